//! The authority's commands as somebody types them.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use clap::{CommandFactory, Parser};

use super::*;

#[derive(Debug, Parser)]
struct Town {
    #[command(subcommand)]
    command: TownCommand,
}

fn run(line: &[&str]) -> Result<(), String> {
    let words = std::iter::once("town").chain(line.iter().copied());
    let town = Town::try_parse_from(words).map_err(|error| error.to_string())?;
    town.command.run().map_err(|fault| format!("{fault:#}"))
}

#[test]
fn every_command_explains_itself_with_an_example() {
    Town::command().debug_assert();
    for command in Town::command().get_subcommands_mut() {
        let help = command.render_long_help().to_string();
        assert!(help.contains("digiana-gateway town"), "{help}");
    }
}

#[test]
fn a_folder_without_a_town_is_named_with_the_command_that_begins_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (dir, secret) = (at("the authority"), at("secret"));
    let list = ["list", "--dir", &dir];
    let begin = format!("`digiana-gateway town init --dir '{dir}' --name NAME`");
    let fault = run(&list).unwrap_err();
    assert!(fault.contains("there is no such folder") && fault.contains(&begin), "{fault}");
    std::fs::create_dir(&dir).unwrap();
    let fault = run(&list).unwrap_err();
    assert!(fault.contains("no town was begun") && fault.contains(&begin), "{fault}");
    std::fs::write(&secret, "訓練の合言葉\n").unwrap();
    let fault = run(&["list", "--dir", &secret]).unwrap_err();
    assert!(fault.contains("this is a file") && fault.contains("--dir"), "{fault}");
    // The step that was named is one that can be taken.
    let from = ["--drill", "--passphrase-file", &secret];
    run(&[["init", "--dir", &dir, "--name", "NAME"].as_slice(), &from].concat()).unwrap();
    run(&list).unwrap();
    std::fs::remove_file(Path::new(&dir).join("town.json")).unwrap();
    let fault = run(&list).unwrap_err();
    assert!(fault.contains("put back the file's last copy"), "{fault}");
}

#[test]
fn a_drill_town_is_begun_admits_a_node_and_lists_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (dir, secret, copy) = (at("authority"), at("secret"), at("town.json"));
    std::fs::write(&secret, "訓練の合言葉\n").unwrap();
    let init = ["init", "--dir", &dir, "--name", "訓練町", "--passphrase-file", &secret];
    let fault = run(&init).unwrap_err();
    assert!(fault.contains("only a town begun with --drill"), "{fault}");
    assert!(!folder.path().join("authority").exists());
    run(&[init.as_slice(), &["--drill"]].concat()).unwrap();
    let fault = run(&[init.as_slice(), &["--drill"]].concat()).unwrap_err();
    assert!(fault.contains("is not overwritten"), "{fault}");
    let node = "0a".repeat(32);
    let admit = ["admit", "--dir", &dir, "--node", &node, "--name", "訓練受付", "--role", "reader"];
    let more = ["--desk", "--site", "E3244800001", "--passphrase-file", &secret];
    run(&[admit.as_slice(), &more].concat()).unwrap();
    run(&[admit.as_slice(), &more].concat()).unwrap();
    let authority = Authority::open(Path::new(&dir)).unwrap();
    let listed = table(authority.town(), &authority.credentials().unwrap());
    assert_eq!(authority.town().credentials.len(), 2);
    assert!(listed.contains(&node) && listed.contains("訓練受付"), "{listed}");
    let site = parse_site("E3244800001").unwrap();
    assert!(
        listed.contains(&format!(
            "writes town tokens shelter transport wellbeing register care@{site}\n  reads  -"
        )),
        "{listed}"
    );
    run(&["list", "--dir", &dir]).unwrap();
    run(&["invite", "--dir", &dir, "--to", &copy]).unwrap();
    assert_eq!(TownFile::load(Path::new(&copy)).unwrap(), *authority.town());
    run(&["invite", "--dir", &dir, "--to", &copy]).unwrap_err();
    let wrong = [admit.as_slice(), &["--read", "shelters"]].concat();
    assert!(run(&wrong).unwrap_err().contains("is no scope"));
    let fault = run(&[admit.as_slice(), &["--desk"]].concat()).unwrap_err();
    assert!(fault.contains("--site"), "{fault}");
    let short = admit.map(|word| if word == node { "0a0a" } else { word });
    assert!(run(&short).unwrap_err().contains("64 hexadecimal digits, this has 4"));
}
