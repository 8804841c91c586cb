//! Files and lines, as the other binaries write and read them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::answer::{NotUnderstood, ScopeDigests};
use super::*;
use crate::drill::cast::Places;
use crate::drill::ports::Ports;
use crate::population::People;
use config::GatewayFile;

fn file(post: Post) -> GatewayFile {
    let ports = Ports::hold(None).unwrap();
    let peers = post.peers().map(|peer| (NodeId([7; 32]), ports.of(peer)));
    GatewayFile::of(post, post.device(&Places::carried()), ports.of(post), peers)
}

#[test]
fn a_shelters_file_has_its_site_its_reader_and_its_pages() {
    let table: toml::Table = file(Post::FirstShelter).text().parse().unwrap();
    assert_eq!(table["name"].as_str(), Some("避難所 比之宮交流センター（訓練）"));
    assert_eq!(table["site"].as_str().unwrap().len(), 16);
    assert_eq!(table["mesh"]["peers"].as_array().unwrap().len(), 4);
    assert_eq!(table["reader"]["kind"].as_str(), Some("virtual"));
    assert_eq!(table["web"]["role"].as_str(), Some("shelter"));
    let listen = table["reader"]["listen"].as_str().unwrap();
    assert!(listen.parse::<std::net::SocketAddr>().unwrap().ip().is_loopback());
}

#[test]
fn a_reader_says_what_it_serves_and_headquarters_has_none() {
    let table = |post| file(post).text().parse::<toml::Table>().unwrap();
    for post in Post::READERS {
        let expected = post.serves().unwrap().word();
        assert_eq!(table(post)["serves"].as_str(), Some(expected));
        assert_eq!(table(post)["reader"]["kind"].as_str(), Some("virtual"));
    }
    let bus = table(Post::Bus);
    assert_eq!(bus["web"]["role"].as_str(), Some("shelter"));
    assert_eq!(bus["mesh"]["peers"].as_array().unwrap().len(), 7);
    let headquarters = table(Post::Headquarters);
    assert!(!headquarters.contains_key("site") && !headquarters.contains_key("serves"));
    assert_eq!(headquarters["reader"]["kind"].as_str(), Some("none"));
}

#[test]
fn a_command_is_shown_without_the_passphrase() {
    let command = town_admit(Path::new("a"), Post::School, NodeId([1; 32]), "学校", "geheim");
    let shown = format!("{command} {command:?}");
    assert!(shown.starts_with("digiana-gateway town admit --dir a --node 0101"), "{shown}");
    assert!(shown.contains("--role reader --site"), "{shown}");
    assert!(!shown.contains("--desk"), "{shown}");
    assert!(!shown.contains("geheim"));
    assert_eq!(command.environment, [("DIGIANA_PASSPHRASE", "geheim".to_owned())]);
}

#[test]
fn the_school_and_headquarters_write_what_is_known_of_pupils_and_nobody_else() {
    for post in Post::ALL {
        let shown = town_admit(Path::new("a"), post, NodeId([1; 32]), "端末", "geheim").to_string();
        let school = format!("--write school@{}", Post::School.site().unwrap());
        let may = [Post::Headquarters, Post::School].contains(&post);
        assert_eq!(shown.contains(&school), may, "{shown}");
    }
    let shown = import_pupils(Path::new("c"), Path::new("p.csv")).to_string();
    assert!(shown.starts_with("digiana-gateway import pupils --school "), "{shown}");
    assert!(shown.ends_with(" p.csv --config c"), "{shown}");
}

#[test]
fn the_register_of_cards_names_each_persons_card() {
    let text = tokens_csv(1, &People::generate(1, 2));
    let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.first(), Some(&"整理番号,カード"));
    assert_eq!(lines.len(), 3);
    let (number, card) = lines.last().unwrap().split_once(',').unwrap();
    assert_eq!((number, card.len()), ("2", 16));
}

#[test]
fn a_status_is_read_with_and_without_what_is_new() {
    let line = r#"{"answer":"status","node":"ab","name":"n","town":"t","drill":true,
        "store_takes_writes":true,"journals":3,"entries":9,"listening":[],
        "peers":[{"node":"cd","name":"m","linked":true,"paused":false,"heard_seconds_ago":1,"equal":true}],
        "scopes":{"shelter":{"frontier":"01","fold":"02"}},
        "incidents":[{"incident":"ee","title":"t","drill":true,"open":true,"present_sure":4,
        "present_at_most":6,"two_places":2}],
        "custody":[7,9],"services":{"visits":3,"rides":4,"books":0,"spends":2,"arrivals":1,
        "ious":4,"overdrawn":1,"ledger_sum":0}}"#
        .replace('\n', "");
    let status = answer::status(&line).unwrap();
    assert!(status.drill && status.incidents.iter().all(|one| one.drill));
    assert!(status.peers.first().unwrap().linked);
    let digests = ScopeDigests { frontier: "01".to_owned(), fold: "02".to_owned() };
    assert_eq!(status.scopes.get("shelter"), Some(&digests));
    assert_eq!(status.incidents.first().unwrap().two_places, 2);
    assert_eq!(status.custody, Some((7, 9)));
    assert_eq!((status.services.rides, status.services.overdrawn), (4, 1));
    assert_eq!(answer::status("{}").unwrap().services.visits, 0);
    assert!(answer::status(r#"{"peers":[]}"#).unwrap().scopes.is_empty());
    assert_eq!(answer::status(""), Err(NotUnderstood::Nothing));
}

#[test]
fn an_accepted_tap_without_an_entry_is_not_believed() {
    let line = r#"{"answer":"outcome","seconds":1,"accepted":true,"word":"CheckIn","entry":"0102030405060708/12"}"#;
    let outcome = answer::outcome(line).unwrap();
    assert_eq!(outcome.entry().unwrap().to_string(), "0102030405060708/12");
    let refused = r#"{"seconds":1,"accepted":false,"word":"UnknownToken","entry":null}"#;
    assert_eq!(answer::outcome(refused).unwrap().entry(), None);
    let said = answer::outcome(r#"{"accepted":true,"word":"CheckIn"}"#).unwrap_err().to_string();
    assert!(said.contains("names no entry"), "{said}");
}

#[test]
fn what_a_node_will_not_do_is_told_in_its_words() {
    let refused = r#"{"answer":"error","why":"no incident is open"}"#;
    let expected = Err(NotUnderstood::Refused("no incident is open".to_owned()));
    assert_eq!(answer::outcome(refused), expected);
    let said = answer::status("thread main").unwrap_err().to_string();
    assert!(said.ends_with("in the line \"thread main\""), "{said}");
}

#[test]
fn journals_are_read_line_by_line() {
    let printed = "{\"journal\":\"0101010101010101\",\"node\":\"x\",\"scope\":\"shelter\",\
                   \"life\":1,\"seq\":5}\n{\"journal\":\"0202020202020202\",\"seq\":9}\n";
    let held = answer::journals(printed).unwrap();
    assert_eq!(held.values().copied().collect::<Vec<_>>(), [5, 9]);
    assert!(answer::journals("{\"journal\":\"01\",\"seq\":1}\n").is_err());
}

#[test]
fn the_last_line_names_the_node_or_the_link() {
    let name = "ab".repeat(32);
    assert_eq!(answer::node_id(&format!("made a key\nnode {name}\n")).unwrap().to_string(), name);
    assert!(answer::node_id("nothing of the kind\n").is_err());
    let url = "http://127.0.0.1:8080/login/once/x";
    assert_eq!(answer::link(&format!("{url}\n")).unwrap(), url);
    assert!(!answer::link("sesame\n").unwrap_err().to_string().contains("sesame"));
}
