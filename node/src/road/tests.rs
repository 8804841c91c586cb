//! Files reach the store whether the node runs or not, and a second time changes nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at what it did not expect"
)]

use std::sync::{Arc, Mutex};

use digiana_core::credential::admit::{Admit, Appoint, Role, Writable};
use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::engine::folds::Folds;
use digiana_core::fact::edit::{Change, Edit, Value};
use digiana_core::id::{OfficerId, PersonId};
use digiana_core::record::{field, of_person};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::shelter::command::Command as Shelter;
use digiana_core::sign::{Scheme, Signer};
use digiana_core::token::TokenTag;
use tempfile::TempDir;

use super::*;
use crate::config::ConfigFile;
use crate::control::{Control, Request, Response};
use crate::keys::{NodeKey, TownFile};
use crate::store::{Owner, Store};

/// A node of a drill town that was admitted and never ran.
fn node(admitted: bool) -> (TempDir, NodeConfig) {
    let folder = tempfile::tempdir().unwrap();
    let text = "data = \"data\"\ntown = \"town.json\"\nname = \"訓練本部\"\n";
    let file = ConfigFile::parse(&folder.path().join("node.toml"), text.to_owned()).unwrap();
    let config = file.node().unwrap();
    let key = NodeKey::create(&config.key_path()).unwrap();
    let root = Signer::new(Scheme::Ed25519, &[1; 32]);
    let officer = Signer::new(Scheme::Ed25519, &[2; 32]);
    let town = town_of(&root.public());
    let appoint =
        Appoint { officer: OfficerId(officer.public()), office: "訓練".to_owned(), issued_at: 0 };
    let writes = [Scope::Register, Scope::Town, Scope::Tokens];
    let admit = Admit {
        node: key.node(),
        name: "訓練本部".to_owned(),
        role: Role::Headquarters,
        sites: Vec::new(),
        reads: Vec::new(),
        writes: writes.map(|scope| Writable { scope, kinds: Vec::new() }).to_vec(),
        budgets: Vec::new(),
        age_recipient: None,
        issued_at: 0,
    };
    let mut credentials = vec![
        Envelope::seal(town, &officer, CredentialKind::ADMIT, &admit),
        Envelope::seal(town, &root, CredentialKind::APPOINT, &appoint),
    ];
    if !admitted {
        credentials.remove(0);
    }
    let file = TownFile::new("訓練町".to_owned(), root.public(), [3; 32], true, credentials);
    file.save(&config.town).unwrap();
    let owner = Owner { town, node: key.node() };
    Store::create(&config.store_path(), owner, 1 << 20).unwrap().close().unwrap();
    (folder, config)
}

fn person(number: u32) -> PersonId {
    let [a, b, c, d] = number.to_be_bytes();
    PersonId([1, 0, 0, 0, a, b, c, d])
}

fn put(number: u32, field: digiana_core::fact::edit::FieldId, value: Value) -> Edit {
    let record = of_person(person(number));
    Edit { record, field, change: Change::Put(value), saw: Saw::NOTHING, happened_at: None }
}

/// Commands that write `count` people of a drill, seven with eight fields each a command.
fn register(count: u32, street: &str) -> Vec<Command> {
    let people: Vec<Vec<Edit>> = (0..count)
        .map(|number| {
            let text = |text: String| Value::Text(text);
            vec![
                put(number, field::PERSON_NAME, text(format!("訓練 {number}"))),
                put(number, field::PERSON_KANA, text(format!("クンレン {number}"))),
                put(number, field::PERSON_BIRTH, text("1950-04-01".to_owned())),
                put(number, field::PERSON_SEX, text("女".to_owned())),
                put(number, field::PERSON_ADDRESS, text(format!("{street}{number}番地"))),
                put(number, field::PERSON_DISTRICT, text("訓練自治会".to_owned())),
                put(number, field::PERSON_PHONE, text(format!("0000-{number:06}"))),
                put(number, field::PERSON_PROTECTED, Value::Bool(false)),
            ]
        })
        .collect();
    let edits = people.chunks(7).map(<[_]>::concat);
    edits.map(|edits| Command::Edit { scope: Scope::Register, edits }).collect()
}

fn links(count: u32) -> Vec<Command> {
    let link = |number: u32| {
        let mut tag = [0; 16];
        tag[..4].copy_from_slice(&number.to_be_bytes());
        let (token, person) = (TokenTag(tag), person(number));
        Command::Shelter(Shelter::LinkToken { token, person, replace: false })
    };
    (0..count).map(link).collect()
}

async fn bring(config: &NodeConfig, commands: Vec<Command>) -> Result<Submitted, RoadFault> {
    submit(config, commands, |_, _| {}).await
}

#[tokio::test]
async fn a_whole_town_goes_into_the_store_and_a_second_time_changes_nothing() {
    let (_folder, config) = node(true);
    let mut told = Vec::new();
    let first = submit(&config, register(4_231, "訓練"), |done, total| told.push((done, total)));
    assert_eq!(first.await.unwrap(), Submitted { facts: 4_231 * 7, unchanged: 0 });
    assert_eq!(told.last(), Some(&(605, 605)));
    let again = bring(&config, register(4_231, "訓練")).await.unwrap();
    assert_eq!(again, Submitted { facts: 0, unchanged: 605 });
    let moved = bring(&config, register(7, "移転")).await.unwrap();
    assert_eq!(moved, Submitted { facts: 7, unchanged: 0 });
    let back = bring(&config, register(7, "訓練")).await.unwrap();
    assert_eq!(back, Submitted { facts: 7, unchanged: 0 }, "the later file holds, no conflict");
    assert_eq!(bring(&config, links(4_231)).await.unwrap().facts, 4_231);
    let again = bring(&config, links(4_231)).await.unwrap();
    assert_eq!(again, Submitted { facts: 0, unchanged: 4_231 });
}

#[tokio::test]
async fn a_node_that_is_not_admitted_is_told_what_to_do() {
    let (_folder, config) = node(false);
    let fault = bring(&config, register(1, "訓練")).await.unwrap_err();
    assert!(fault.to_string().contains("town admit --node"), "{fault}");
    assert_eq!(fault.at(), None);
}

#[tokio::test]
async fn the_command_that_is_refused_is_named_and_those_before_it_stay() {
    let (_folder, config) = node(true);
    bring(&config, register(2, "訓練")).await.unwrap();
    let mut commands = links(2);
    commands.push(links(9).pop().unwrap());
    let fault = bring(&config, commands).await.unwrap_err();
    assert!(matches!(fault, RoadFault::Refused { at: 2, why: Refusal::UnknownPerson }), "{fault}");
    assert_eq!(bring(&config, links(2)).await.unwrap().facts, 0);
}

#[tokio::test]
async fn the_store_of_a_command_is_let_go_and_the_next_command_goes_on_behind_it() {
    let (_folder, config) = node(true);
    for street in ["一", "二", "三"] {
        bring(&config, register(1, street)).await.unwrap();
    }
    let key = NodeKey::load(&config.key_path()).unwrap();
    let town = TownFile::load(&config.town).unwrap();
    let owner = Owner { town: town.town(), node: key.node() };
    let store = Store::open(&config.store_path(), owner, 1 << 20).unwrap();
    // Each command is a run of its own, and so a life of the register.
    assert_eq!(digiana_core::journal::journals::Journals::list(&store).unwrap().len(), 3);
}

/// Answers like a running node to which all is new, and remembers how much each request asked for.
async fn answering(config: &NodeConfig) -> (tokio::task::JoinHandle<()>, Arc<Mutex<Vec<usize>>>) {
    let control = Control::bind(&config.control.path).await.unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let serving = tokio::spawn(control.serve(move |request, mut answers| {
        let heard = Arc::clone(&heard);
        async move {
            let unknown = person(8).to_string();
            let facts = match &request {
                Request::LinkTokens { links } if links.iter().any(|(_, it)| *it == unknown) => None,
                Request::LinkTokens { links } => Some(links.len()),
                Request::Edits { .. } => match command_of(&request, &Folds::default()).unwrap() {
                    Some(Command::Edit { edits, .. }) => Some(edits.len()),
                    other => panic!("edits become edits, not {other:?}"),
                },
                Request::Status
                | Request::Outcomes { .. }
                | Request::Journals
                | Request::Incident { .. }
                | Request::Site { .. }
                | Request::Charge { .. }
                | Request::Pause { .. }
                | Request::Resume { .. } => return answers.send(&Response::Done).await.unwrap(),
            };
            heard.lock().unwrap().extend(facts);
            let refused = Response::Error { why: Refusal::UnknownPerson.to_string() };
            let recorded = |facts: usize| Response::Recorded { facts: facts.try_into().unwrap() };
            answers.send(&facts.map_or(refused, recorded)).await.unwrap();
        }
    }));
    (serving, asked)
}

#[tokio::test]
async fn a_running_node_is_asked_in_bounded_requests() {
    let (_folder, config) = node(true);
    let (serving, asked) = answering(&config).await;
    let brought = bring(&config, register(20, "訓練")).await.unwrap();
    assert_eq!(brought, Submitted { facts: 140, unchanged: 0 });
    assert_eq!(*asked.lock().unwrap(), [49, 49, 42]);
    assert_eq!(bring(&config, links(8)).await.unwrap().facts, 8);
    let mut commands = links(8);
    commands.push(links(9).pop().unwrap());
    let fault = bring(&config, commands).await.unwrap_err();
    assert!(matches!(fault, RoadFault::RefusedThere { at: 8, .. }), "{fault}");
    let open = Command::Together(Vec::new());
    let fault = bring(&config, vec![open]).await.unwrap_err();
    assert!(matches!(fault, RoadFault::NeedsStopped { at: 0 }), "{fault}");
    let long = vec![put(1, field::PERSON_NAME, Value::Text("訓".repeat(20_000)))];
    let long = Command::Edit { scope: Scope::Register, edits: long };
    let fault = bring(&config, vec![long]).await.unwrap_err();
    assert!(matches!(fault, RoadFault::TooLong { at: 0 }), "{fault}");
    serving.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_node_takes_the_same_files_and_keeps_them() {
    let (_folder, config) = node(true);
    let control = Control::bind(&config.control.path).await.unwrap();
    let running = crate::node::Node::open(config.clone()).await.unwrap();
    let handle = running.handle();
    let answering =
        tokio::spawn(control.serve(move |request, answers| {
            crate::answers::answer(handle.clone(), request, answers)
        }));
    let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(running.run(async move { stopping.await.unwrap() }));
    let first = bring(&config, register(100, "訓練")).await.unwrap();
    assert_eq!(first, Submitted { facts: 700, unchanged: 0 });
    assert_eq!(bring(&config, register(100, "訓練")).await.unwrap().facts, 0);
    assert_eq!(bring(&config, register(7, "移転")).await.unwrap().facts, 7);
    assert_eq!(bring(&config, links(100)).await.unwrap().facts, 100);
    assert_eq!(bring(&config, links(100)).await.unwrap().facts, 0);
    let fault = bring(&config, links(102)).await.unwrap_err();
    assert!(matches!(fault, RoadFault::RefusedThere { at: 100, .. }), "{fault}");
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    answering.abort();
    let _ = answering.await;
    // The tasks that answered let go of the store in their own time.
    let mut again = bring(&config, links(100)).await;
    for _ in 0..500 {
        if !matches!(again, Err(RoadFault::Store(StoreFault::InUse { .. }))) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        again = bring(&config, links(100)).await;
    }
    assert_eq!(again.unwrap().facts, 0, "the store has them");
    assert_eq!(bring(&config, register(7, "移転")).await.unwrap().facts, 0);
}

#[test]
fn a_request_that_is_none_says_which_part_is_wrong() {
    let check = |request: Request, expected: &str| {
        let why = command_of(&request, &Folds::default()).unwrap_err();
        assert!(why.contains(expected), "{why}");
    };
    let edits = |scope: &str, edits: &[&str]| Request::Edits {
        scope: scope.to_owned(),
        edits: edits.iter().map(|&edit| edit.to_owned()).collect(),
    };
    check(edits("regster", &["80"]), "scope: \"regster\" is no scope");
    check(edits("register", &[]), "nothing is asked");
    check(edits("register", &["8"]), "edit 1: an edit is hexadecimal");
    check(edits("register", &["80"]), "edit 1: ");
    check(edits("register", &["80"; 65]), "65 are over the limit of 64");
    let link = |tag: &str, person: &str| (tag.to_owned(), person.to_owned());
    let (tag, person) = ("00".repeat(16), "00".repeat(8));
    let links = |links: Vec<(String, String)>| Request::LinkTokens { links };
    check(links(vec![link("00", &person)]), "link 1: a token's tag is 32");
    check(links(vec![link(&tag, "0")]), "link 1: a person is 16");
    check(links(vec![link(&tag, &person)]), "link 1: no such person");
    check(Request::Status, "nothing to record");
}
