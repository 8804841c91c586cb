//! Headquarters' board with two thousand people at nineteen shelters: how long a browser waits.
//!
//! A real node on a real store, its pages on a socket of this machine, and one reader who asks
//! again and again. The desk of one shelter and the public shelters are asked for in turns with
//! it, so that a slow moment of the machine hits all.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use anyhow::Context as _;
use digiana_core::fact::Fact;
use digiana_core::fact::edit::{Change, Edit};
use digiana_core::fact::shelter::Act;
use digiana_core::journal::journals::MemoryJournals;
use digiana_core::record::of_person;
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_gateway::app::App;
use digiana_gateway::backend::Backend;
use digiana_gateway::backend::node::NodeBackend;
use digiana_gateway::config::{Screen, WebConfig};
use digiana_gateway::serve::serve;
use digiana_node::node::Node;
use digiana_tests::disk;
use digiana_tests::figure::{median, milliseconds, progress, sized, tell};
use digiana_tests::town::{Town, person, presence, register_fields, site};

const SHELTERS: usize = 19;

/// The scopes of headquarters' node, as far as the board reads them.
const SCOPES: [Scope; 4] = [Scope::Town, Scope::Tokens, Scope::Shelter, Scope::Register];

/// How long the board may take: milliseconds.
const BOARD_MS: f64 = 200.0;

fn main() -> anyhow::Result<()> {
    let (people, rounds) = sized((2_000, 41), (40, 1));
    let folder = disk::folder()?;
    progress("board: writing two thousand people at nineteen shelters");
    write(folder.path(), people)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let config = disk::config(folder.path(), site(SHELTERS));
    let node = runtime.block_on(Node::open(config))?;
    let town: Arc<dyn Backend> = Arc::new(NodeBackend::new(node.handle()));
    let web = WebConfig { role: Screen::Headquarters, ..WebConfig::default() };
    let app = App::new(web, town, folder.path());
    let link = app.links().make(SystemTime::now())?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let at = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let pages = runtime.spawn(serve(app, listener, async {
        let _ = stopped.await;
    }));
    let door = ask(at, &format!("/login/once/{}", link.expose()), "")?;
    let cookie = door.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let cookie = cookie.and_then(|line| line.split(';').next()).context("the door opens")?;
    let paths = ["/board".to_owned(), format!("/desk?site={}", site(0)), "/public/".to_owned()];
    let mut took: [Vec<f64>; 3] = Default::default();
    for round in 1..=rounds {
        progress(&format!("board: round {round} of {rounds}"));
        for (path, took) in paths.iter().zip(&mut took) {
            let began = Instant::now();
            let answer = ask(at, path, cookie)?;
            took.push(milliseconds(began.elapsed()));
            anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "{path} is not shown");
            let is_whole = path != "/board" || answer.contains(&format!("{people}人"));
            anyhow::ensure!(is_whole, "the board does not show {people} people");
        }
    }
    for (name, took) in ["board", "desk of one shelter", "residents' page"].iter().zip(&took) {
        tell("board", name, median(took), "ms", BOARD_MS);
    }
    let _ = stop.send(());
    runtime.block_on(pages)??;
    Ok(())
}

/// One question of a browser over a connection of its own, and the whole answer.
fn ask(at: SocketAddr, path: &str, cookie: &str) -> anyhow::Result<String> {
    let mut line = TcpStream::connect(at)?;
    line.set_nodelay(true)?;
    let question = format!(
        "GET {path} HTTP/1.1\r\nHost: {at}\r\nCookie: {cookie}; digiana_lang=ja\r\nConnection: close\r\n\r\n"
    );
    line.write_all(question.as_bytes())?;
    let mut answer = String::new();
    line.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Writes the town and a node of it that may read the register.
fn write(folder: &Path, people: usize) -> anyhow::Result<()> {
    let config = disk::config(folder, site(SHELTERS));
    let mut town = Town::of(SHELTERS);
    town.admit_to_register(0)?;
    disk::found(&mut town, &config, site(SHELTERS), &SCOPES)?;
    let mut journals = MemoryJournals::default();
    town.open_incident(&mut journals)?;
    for node in 0..SHELTERS {
        town.open_site(&mut journals, node, site(node))?;
    }
    for number in 0..people {
        for (field, value) in register_fields(number) {
            let record = of_person(person(number));
            let change = Change::Put(value);
            let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
            town.record(&mut journals, 0, Scope::Register, &Fact::Edit(edit))?;
        }
        let node = number % SHELTERS;
        let here = presence(number, site(node), Act::CheckIn, Saw::NOTHING);
        town.record(&mut journals, node, Scope::Shelter, &here)?;
    }
    disk::save(&town, &config, &journals)
}
