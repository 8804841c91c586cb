//! A shelter's node under a real smart-card service: a card is held to its reader, by the program that
//! anybody can start.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::process::{Child, Stdio};

use digiana_core::fact::shelter::Assurance;
use digiana_tests::cards::enrol_my_number;
use digiana_tests::processes::{Process, Town, signal, until};
use digiana_tests::raw::presences;
use digiana_tests::readers::pin_authority;
use serde_json::Value;

use crate::hosts::{host, play, role};
use crate::pcsc_host::{Daemon, NAMESPACES, die_with_the_story, reader, tied};

/// `digiana-sim card`, as a terminal shows it: a card in the reader until it is ended.
struct CardProgram(Child);

impl CardProgram {
    fn of(person: &str, kind: &str) -> Self {
        let sim = digiana_tests::processes::binary("digiana-sim");
        let reader = reader().to_string();
        let words = ["card", "--vpcd", &reader, "--person", person, "--kind", kind];
        let child = tied(sim.to_str().unwrap()).args(words).stdout(Stdio::null()).spawn();
        Self(child.unwrap())
    }

    fn take_out(mut self) {
        signal(&self.0, rustix::process::Signal::TERM);
        assert!(self.0.wait().unwrap().success());
    }
}

/// The shelter reads cards through the service, and believes the drill's authority.
fn reads_through_the_service(node: &Process) {
    let config = std::fs::read_to_string(node.config()).unwrap();
    let virtual_reader = format!("kind = \"virtual\"\nlisten = \"{}\"", node.reader);
    let cards = "kind = \"pcsc\"\n[cards]\nauthorities = \"authority\"\nmunicipality = \"32448\"";
    let changed = config.replace(&virtual_reader, cards);
    assert_ne!(changed, config);
    std::fs::write(node.config(), changed).unwrap();
    pin_authority(&node.folder.join("authority"));
}

#[test]
fn a_card_at_a_shelter_under_pcscd_is_proven_and_its_copy_is_shown_as_one() {
    const TEST: &str =
        "shelter_card::a_card_at_a_shelter_under_pcscd_is_proven_and_its_copy_is_shown_as_one";
    if role().is_none() {
        return play(host(NAMESPACES, TEST, "shelter"));
    }
    die_with_the_story();
    let mut daemon = Daemon::start();
    let mut town = Town::of(&["本部", "都賀"], &[(0, 1)]);
    reads_through_the_service(&town.nodes[1]);
    enrol_my_number(&town.nodes[0], 12..=13);
    town.start_all();
    town.until_equal();
    town.open_shelters(&[1]);
    let shelter = &town.nodes[1];
    let outcomes = shelter.follow();
    let held = |person: &str, kind: &str| -> Value {
        let card = CardProgram::of(person, kind);
        let outcome = outcomes.next();
        card.take_out();
        outcome
    };

    let proven = held("12", "normal");
    assert_eq!((&proven["accepted"], &proven["word"]), (&true.into(), &"check-in".into()));
    assert_eq!(proven["assurance"], "proven");
    let copied = held("13", "cloned");
    assert_eq!(copied["accepted"], false, "{copied}");
    assert_eq!(copied["word"], "CardNotGenuine");
    // A copy that will not sign shows a number, which is less than a proof.
    let listed = held("13", "cloned-refusing");
    assert_eq!((&listed["accepted"], &listed["assurance"]), (&true.into(), &"listed".into()));

    // The service goes, the node runs on and says so; it comes back, and cards are read again.
    drop(daemon);
    until("the node says that the service is gone", || {
        shelter.log().contains("pcscd does not answer")
    });
    assert_eq!(shelter.present(), (2, 2));
    let reader = shelter.status()["reader"].as_str().unwrap().to_owned();
    assert!(reader.contains("systemctl start pcscd"), "{reader}");
    daemon = Daemon::start();
    until("cards are taken again", || shelter.log().matches("the reader takes cards").count() == 2);
    let again = held("12", "normal");
    assert_eq!(again["word"], "AlreadyHere", "{again}");

    until("headquarters shows both", || town.nodes[0].present() == (2, 2));
    town.nodes.iter_mut().for_each(Process::stop);
    let of = |outcome: &Value| outcome["entry"].as_str().unwrap().to_owned();
    let recorded = presences(&town.nodes[0]);
    let assurances: Vec<Assurance> = recorded.values().map(|it| it.assurance).collect();
    assert_eq!(assurances.len(), 2, "{recorded:?}");
    assert_eq!(recorded[&of(&proven)].assurance, Assurance::Proven);
    assert_eq!(recorded[&of(&listed)].assurance, Assurance::Listed);
    drop(daemon);
}
