//! A town hall's files reach the store of a real node.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{CommandFactory, Parser};
use digiana_core::credential::admit::Role;
use digiana_core::journal::journals::Journals as _;
use digiana_node::keys::NodeKey;
use digiana_node::store::{Owner, Store};
use tempfile::TempDir;

use super::*;
use crate::authority::Authority;
use crate::authority::admission::Admission;
use crate::authority::passphrase::Passphrase;

#[derive(Debug, Parser)]
struct Import {
    #[command(subcommand)]
    command: ImportCommand,
}

async fn run(line: &[&str]) -> Result<(), String> {
    let words = std::iter::once("import").chain(line.iter().copied());
    let import = Import::try_parse_from(words).map_err(|error| error.to_string())?;
    import.command.run().await.map_err(|fault| format!("{fault:#}"))
}

/// Headquarters of a drill town, as its folder: town file, key, empty store, configuration.
fn headquarters() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let passphrase = Passphrase::new("訓練".to_owned()).unwrap();
    let dir = at("authority");
    let mut authority = Authority::init(&dir, "訓練町", true, &passphrase, &passphrase, 0).unwrap();
    let key = NodeKey::create(&at("data/node.key")).unwrap();
    let name = "訓練本部".to_owned();
    let admission = Admission::of_role(key.node(), name, Role::Headquarters, BTreeSet::new());
    authority.admit(&admission, &passphrase, 0).unwrap();
    authority.town().save(&at("town.json")).unwrap();
    let owner = Owner { town: authority.town().town(), node: key.node() };
    Store::create(&at("data/store.redb"), owner, 1 << 20).unwrap().close().unwrap();
    let text = "data = \"data\"\ntown = \"town.json\"\nname = \"訓練本部\"\n\n[web]\nrole = \"headquarters\"\n";
    std::fs::write(at("gateway.toml"), text).unwrap();
    folder
}

fn entries(folder: &TempDir) -> u64 {
    let key = NodeKey::load(&folder.path().join("data/node.key")).unwrap();
    let town = TownFile::load(&folder.path().join("town.json")).unwrap();
    let owner = Owner { town: town.town(), node: key.node() };
    let store = Store::open(&folder.path().join("data/store.redb"), owner, 1 << 20).unwrap();
    let mut entries = 0;
    for journal in store.list().unwrap() {
        let mut held = 0;
        // Blocks are few: a journal of this test has some tens of thousands of entries.
        for _ in 0..10_000 {
            let rows = store.rows(journal, held + 1, 1 << 16).unwrap();
            let Some(last) = rows.last() else { break };
            held = last.last();
        }
        entries += held;
    }
    store.close().unwrap();
    entries
}

fn register(people: u32) -> String {
    let mut text =
        "整理番号,世帯番号,氏名,氏名カナ,生年月日,性別,住所,自治会,電話番号,要配慮者,支援措置\n"
            .to_owned();
    for number in 1..=people {
        let (household, care) = (number / 3, if number % 5 == 0 { "要介護" } else { "" });
        writeln!(
            text,
            "{number},{household},訓練 {number}号,クンレン,S25.4.1,女,訓練{household}番地,訓練自治会,0000-00-{number:04},{care},",
        )
        .unwrap();
    }
    text
}

#[test]
fn every_command_explains_itself_with_an_example() {
    Import::command().debug_assert();
    for command in Import::command().get_subcommands_mut() {
        let help = command.render_long_help().to_string();
        assert!(help.contains("digiana-gateway import"), "{help}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named_from_the_root_of_the_disk() {
    let folder = headquarters();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (config, missing) = (at("gateway.toml"), at("register.csv"));
    for command in ["people", "tokens", "sites"] {
        let fault = run(&[command, "--config", &config, &missing]).await.unwrap_err();
        assert!(fault.contains(&format!("there is no file {missing}; give the path")), "{fault}");
        let fault = run(&[command, "--config", &config, &at("data")]).await.unwrap_err();
        assert!(fault.contains("is a folder"), "{fault}");
    }
}

#[tokio::test]
async fn the_town_of_4231_comes_in_and_a_second_time_changes_nothing() {
    let folder = headquarters();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (config, people, cards) = (at("gateway.toml"), at("register.csv"), at("cards.csv"));
    std::fs::write(&people, register(4_231)).unwrap();
    let mut text = "整理番号,カード\n".to_owned();
    for number in 1..=4_231 {
        writeln!(text, "{number},0A{number:06X}").unwrap();
    }
    std::fs::write(&cards, &text).unwrap();
    let lines: [&[&str]; 3] = [
        &["sites", "--config", &config, "--misato"],
        &["people", "--config", &config, &people],
        &["tokens", "--config", &config, &cards],
    ];
    let checked: Vec<&str> = [lines[1], &["--check"]].concat();
    run(&checked).await.unwrap();
    assert_eq!(entries(&folder), 0);
    for line in lines {
        run(line).await.unwrap();
    }
    // Each scope's journal has an opening; then seven fields a site, eight a person, and one more
    // for whom care is needed: a flag that is off is not written.
    let expected = (1 + 19 * 7) + (1 + 4_231 * 8 + 846) + (1 + 4_231);
    assert_eq!(entries(&folder), expected);
    for line in lines {
        run(line).await.unwrap();
    }
    assert_eq!(entries(&folder), expected);
    let moved = register(4_231).replacen("訓練0番地", "移転先", 1);
    std::fs::write(&people, moved).unwrap();
    run(lines[1]).await.unwrap();
    // The street, behind the opening of this run's life.
    let expected = expected + 2;
    assert_eq!(entries(&folder), expected);
    text.push_str("99999,0B000001\n");
    std::fs::write(&cards, &text).unwrap();
    let fault = run(lines[2]).await.unwrap_err();
    assert!(fault.contains("row 4233: no such person is known here"), "{fault}");
    std::fs::write(&people, register(3).replace("訓練 2号", "")).unwrap();
    let fault = run(lines[1]).await.unwrap_err();
    assert!(fault.contains("register.csv, row 3, 氏名: expected a name"), "{fault}");
    assert_eq!(entries(&folder), expected);
}
