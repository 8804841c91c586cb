//! The command line as somebody types it.

use clap::CommandFactory as _;

use super::*;

#[test]
fn every_command_ends_its_help_with_an_example_that_is_understood() {
    CommandLine::command().debug_assert();
    let mut whole = CommandLine::command();
    whole.build();
    let mut below = vec![whole];
    while let Some(mut command) = below.pop() {
        let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
        below.extend(shown.filter(|one| one.get_name() != "help").cloned());
        let help = command.render_long_help().to_string();
        // Its place in the tree, without the arguments that stand between the names.
        let place = command.get_bin_name().unwrap_or("digiana-node").split_whitespace();
        let place: Vec<_> = place.filter(|word| !word.starts_with(['-', '<'])).collect();
        let (_, examples) = help.split_once("\nExample").expect(&help);
        let (_, examples) = examples.split_once('\n').expect("a line for each");
        for line in examples.lines() {
            let words = line.split_whitespace().skip_while(|word| *word != "digiana-node");
            let words: Vec<_> = words.take_while(|word| *word != "<").collect();
            let mut said = words.iter();
            assert!(place.iter().all(|name| said.any(|word| word == name)), "{help}");
            let understood = CommandLine::try_parse_from(&words);
            assert!(understood.is_ok(), "{line}: {understood:?}");
        }
    }
}
