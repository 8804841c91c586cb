//! A town of gateways as a town hall would make it: keys, admissions, places and register by the
//! authority's own commands, then each gateway a process with pages and a virtual reader.
//!
//! Everybody in it is generated (訓練データ). It panics where something does not go as it must.

#![allow(clippy::unwrap_used, reason = "a story that fails says so by panicking")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use digiana_gateway::import::lists::site_id;
use digiana_sim::card::{Card, ReaderAddr, Uid};
use digiana_sim::population::{People, Person, register_csv};
use serde_json::{Map, Value};

use crate::processes::{Follower, Process, Program, binary, free_tcp, free_udp, until};
use crate::readers::pin_authority;

/// What people, and the numbers of their cards, are drawn from.
pub const SEED: u64 = 1;

/// The passphrase of the authority's keys, and of each gateway's staff.
pub const PASSPHRASE: &str = "訓練データの合言葉です。四つの言葉";

/// What stands where.
#[derive(Debug, Clone, Copy)]
pub enum Post {
    /// 災害対策本部, with the board.
    Headquarters,
    /// A shelter's desk, by the key of its place in GSI's file.
    Desk(&'static str),
    /// A facility's reader and counter, by its key in the lists.
    Facility(&'static str),
    /// A shop's till, by its key in the lists.
    Shop(&'static str),
    /// A bus with its display, by its key in the lists.
    Bus(&'static str),
    /// A school's gate and staff room, by the key of its place in GSI's file.
    School(&'static str),
}

impl Post {
    fn key(self) -> Option<&'static str> {
        match self {
            Self::Headquarters => None,
            Self::Desk(key)
            | Self::Facility(key)
            | Self::Shop(key)
            | Self::Bus(key)
            | Self::School(key) => Some(key),
        }
    }

    /// What its reader serves, in the configuration's word.
    fn serves(self) -> &'static str {
        match self {
            Self::Headquarters | Self::Desk(_) => "shelter",
            Self::Facility(_) => "facility",
            Self::Shop(_) => "shop",
            Self::Bus(_) => "bus",
            Self::School(_) => "school",
        }
    }
}

/// What stories need of the town's lists.
const LISTS: &str = include_str!("gateways/lists.toml");

/// How often somebody holds a card to a reader that says each time that it was not read.
const TAPS_MAX: usize = 5;

/// How many pupils each class of a school has.
const CLASS_PUPILS: usize = 6;

/// The classes of a school.
const CLASSES: [&str; 2] = ["1年1組", "2年1組"];

/// A town of gateways in a folder of its own; everything ends with it.
#[derive(Debug)]
pub struct Gateways {
    /// Headquarters first, then the desks. Declared first too, so that every process has ended
    /// before the folder goes.
    pub all: Vec<Gateway>,
    /// Who is in the register, in order of households.
    pub people: Vec<Person>,
    _folder: tempfile::TempDir,
}

/// One gateway.
#[derive(Debug)]
pub struct Gateway {
    /// Its node.
    pub process: Process,
    /// Where its pages are.
    pub web: SocketAddr,
    // What became of each tap since it was started.
    outcomes: Option<Follower>,
    id: String,
    post: Post,
    mesh: SocketAddr,
}

impl Gateways {
    /// A town of headquarters and these desks, each linked with all others, with so many people in
    /// its register; started, and of one mind. Desks are named by the key of their place.
    pub fn started(desks: &[&'static str], people: u32) -> Self {
        let desks: Vec<_> = desks.iter().map(|key| Post::Desk(key)).collect();
        Self::serving(&desks, people)
    }

    /// The same with whatever serves the town beside headquarters, and the lists that it needs; each
    /// school has twelve pupils of two classes, the first of the register.
    pub fn serving(posts: &[Post], people: u32) -> Self {
        let posts = posts.iter().copied();
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("authority");
        let town = authority.join("town.json");
        let init = ["town", "init", "--name", "美郷町", "--drill", "--dir"];
        run(gateway(&init).arg(&authority));
        let all = std::iter::once(Post::Headquarters).chain(posts).zip(0_usize..).map(
            |(post, number)| {
                let folder = folder.path().join(number.to_string());
                std::fs::create_dir(&folder).unwrap();
                Gateway::made(post, number, folder, &town)
            },
        );
        let all: Vec<_> = all.collect();
        for gateway in &all {
            gateway.admit(&authority, &all);
        }
        for gateway in &all {
            std::fs::copy(&town, gateway.process.folder.join("town.json")).unwrap();
            pin_authority(&gateway.process.folder.join("drill-authority"));
            gateway.write_config(&all);
        }
        let people = People::generate(SEED, people);
        let mut town = Self { all, people, _folder: folder };
        town.import();
        if town.all.iter().any(|it| !matches!(it.post, Post::Headquarters | Post::Desk(_))) {
            town.import_lists();
        }
        for gateway in &mut town.all {
            gateway.process.start();
            gateway.outcomes = Some(gateway.process.follow());
        }
        town.until_of_one_mind();
        town
    }

    /// Brings places, people and their cards into headquarters' store.
    fn import(&self) {
        let process = &self.headquarters().process;
        let config = process.config();
        run(gateway(&["import", "sites", "--misato", "--config"]).arg(&config));
        let register = process.folder.join("people.csv");
        std::fs::write(&register, register_csv::to_bytes(&self.people)).unwrap();
        run(gateway(&["import", "people"]).arg(register).arg("--config").arg(&config));
        let card = |person: &Person| {
            let uid = Uid::of_person(SEED, person.number).0;
            let hex: String = uid.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{},{hex}\r\n", person.number)
        };
        let cards: String = self.people.iter().map(card).collect();
        let file = process.folder.join("cards.csv");
        std::fs::write(&file, format!("整理番号,カード\r\n{cards}")).unwrap();
        run(gateway(&["import", "tokens"]).arg(file).arg("--config").arg(&config));
    }

    /// Brings the lists, and the pupils of each school, into headquarters' store.
    fn import_lists(&self) {
        let process = &self.headquarters().process;
        let config = process.config();
        let lists = process.folder.join("lists.toml");
        std::fs::write(&lists, LISTS).unwrap();
        run(gateway(&["import", "lists"]).arg(lists).arg("--config").arg(&config));
        let pupils = self.pupils().zip(CLASSES.iter().flat_map(|class| [class; CLASS_PUPILS]));
        let line = |(pupil, class): (&Person, &&str)| {
            format!("{},{},{},{class}\r\n", pupil.number, pupil.name(), pupil.kana())
        };
        let rows: String = pupils.map(line).collect();
        let file = process.folder.join("pupils.csv");
        std::fs::write(&file, format!("整理番号,氏名,氏名カナ,学級\r\n{rows}")).unwrap();
        for school in self.all.iter().filter(|it| matches!(it.post, Post::School(_))) {
            let site = school.site();
            let mut import = gateway(&["import", "pupils", "--school", &site]);
            run(import.arg(&file).arg("--config").arg(&config));
        }
    }

    /// The pupils of every school, class by class.
    pub fn pupils(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().take(CLASS_PUPILS * CLASSES.len())
    }

    /// 災害対策本部
    pub fn headquarters(&self) -> &Gateway {
        self.all.first().expect("a town has headquarters")
    }

    /// A desk, counted from 1.
    pub fn desk(&self, number: usize) -> &Gateway {
        self.all.get(number).expect("the town was made with this desk")
    }

    /// The households of so many people, in order.
    pub fn households_of(&self, size: usize) -> impl Iterator<Item = &[Person]> {
        let households = self.people.chunk_by(|one, next| one.household == next.household);
        households.filter(move |members| members.len() == size)
    }

    /// Waits until what two gateways hold both, they hold alike.
    pub fn until_of_one_mind(&self) {
        until("the gateways are of one mind", || {
            let held: Vec<Map<String, Value>> = self.all.iter().map(Gateway::scopes).collect();
            let alike = |one: &Map<String, Value>, other: &Map<String, Value>| {
                one.iter().all(|(scope, held)| other.get(scope).is_none_or(|there| there == held))
            };
            held.iter().all(|one| held.iter().all(|other| alike(one, other)))
        });
    }

    /// Cuts these desks off from everybody, or lets them talk again: `pause` or `resume`.
    pub fn tell(&self, word: &str, desks: &[usize]) {
        for (number, one) in self.all.iter().enumerate() {
            let is_cut = |number: &usize| desks.contains(number);
            let others = self.all.iter().enumerate().filter(|(other, _)| *other != number);
            for (_, other) in others.filter(|(other, _)| is_cut(&number) || is_cut(other)) {
                one.process.ctl(&[word, &other.id]);
            }
        }
    }
}

impl Gateway {
    /// Has the key and the empty store made.
    fn made(post: Post, number: usize, folder: PathBuf, town: &Path) -> Self {
        std::fs::copy(town, folder.join("town.json")).unwrap();
        let name = match post {
            Post::Headquarters => "災害対策本部".to_owned(),
            Post::Desk(_) => format!("受付{number}（訓練）"),
            Post::Facility(_) => format!("健康プラザ{number}（訓練）"),
            Post::Shop(_) => format!("店{number}（訓練）"),
            Post::Bus(_) => format!("バス{number}（訓練）"),
            Post::School(_) => format!("学校{number}（訓練）"),
        };
        let process = Process::new(Program::Gateway, name, folder, free_tcp());
        let mesh = SocketAddr::from(([127, 0, 0, 1], free_udp()));
        let (web, id) = (free_tcp(), String::new());
        let mut gateway = Self { process, web, outcomes: None, id, post, mesh };
        gateway.write_config(&[]);
        let printed = run(self::gateway(&["init", "--config"]).arg(gateway.process.config()));
        gateway.id = printed.trim().to_owned();
        let mut set = self::gateway(&["passphrase", "set", "--config"]);
        set.arg(gateway.process.config());
        let word = gateway.process.folder.join("passphrase");
        std::fs::write(&word, PASSPHRASE).unwrap();
        run(set.stdin(std::fs::File::open(word).unwrap()));
        gateway
    }

    fn admit(&self, authority: &Path, all: &[Self]) {
        let mut admit = gateway(&["town", "admit", "--node", &self.id, "--dir"]);
        admit.arg(authority).args(["--name", &self.process.name, "--role"]);
        match self.post {
            Post::Headquarters => admit.arg("headquarters"),
            Post::Desk(key) => admit.args(["reader", "--desk", "--site", key]),
            Post::Facility(_) | Post::Shop(_) | Post::Bus(_) | Post::School(_) => {
                admit.args(["reader", "--site", &self.site()])
            }
        };
        // The pupils' names are with their school, and with the town hall that enters them.
        let of_school = |it: &&Self| {
            let own = it.id == self.id || matches!(self.post, Post::Headquarters);
            own && matches!(it.post, Post::School(_))
        };
        for school in all.iter().filter(of_school) {
            admit.arg("--write").arg(format!("school@{}", school.site()));
        }
        // Whoever is to be looked after is known by name at the counter that looks.
        if matches!(self.post, Post::Facility(_)) {
            admit.args(["--read", "register"]);
        }
        run(&mut admit);
    }

    fn write_config(&self, peers: &[Self]) {
        let Process { name, folder: _, reader, .. } = &self.process;
        let (web, mesh) = (self.web, self.mesh);
        let (site, role) = match self.post.key() {
            None => (String::new(), "headquarters"),
            Some(_) => (format!("site = \"{}\"\n", self.site()), "shelter"),
        };
        let serves = self.post.serves();
        let mut text = format!(
            "data = \"data\"\ntown = \"town.json\"\nname = \"{name}\"\n{site}serves = \
             \"{serves}\"\n[web]\nlisten = \
             \"{web}\"\nrole = \"{role}\"\n[reader]\nkind = \"virtual\"\nlisten = \"{reader}\"\n\
             [cards]\nauthorities = \"drill-authority\"\n[control]\npath = \"control.sock\"\n[mesh]\nbind = [\"{mesh}\"]\n"
        );
        for peer in peers.iter().filter(|peer| peer.id != self.id) {
            let (id, address) = (&peer.id, peer.mesh);
            text += &format!("[[mesh.peers]]\nnode = \"{id}\"\naddresses = [\"{address}\"]\n");
        }
        std::fs::write(self.process.config(), text).unwrap();
    }

    /// The place of a desk, as pages name it.
    ///
    /// # Panics
    /// Headquarters is at none.
    pub fn site(&self) -> String {
        site_id(self.post.key().expect("headquarters stands at no place")).to_string()
    }

    /// The address of one of its pages.
    pub fn page(&self, path: &str) -> String {
        format!("http://{}{path}", self.web)
    }

    /// A link that opens its staff's pages once.
    pub fn login_link(&self) -> String {
        let printed = run(gateway(&["login-link", "--config"]).arg(self.process.config()));
        printed.trim().to_owned()
    }

    /// Makes an opening kit for a desk, and gives back the word that is printed on it.
    pub fn kit(&self) -> String {
        let paper = self.process.folder.join("kit.html");
        let _ = std::fs::remove_file(&paper);
        let make = ["kit", "make", "--config"];
        run(gateway(&make).arg(self.process.config()).arg("--to").arg(&paper));
        let paper = std::fs::read_to_string(paper).unwrap();
        let (_, rest) = paper.split_once("class=\"word\">").expect("the paper has its word");
        rest.split('<').next().unwrap_or_default().to_owned()
    }

    /// Holds somebody's card to its reader until it says that the tap is taken. Where it says that
    /// the card was not read they hold it there again, as anyone would.
    ///
    /// # Panics
    /// A tap that is refused is not what the story tells.
    pub fn tap(&self, person: u32) {
        for _ in 0..TAPS_MAX {
            let outcome = self.hold(person);
            if outcome.get("word").and_then(Value::as_str) != Some("card-unread") {
                let accepted = outcome.get("accepted") == Some(&Value::Bool(true));
                assert!(accepted, "{} does not take the tap: {outcome}", self.process.name);
                return;
            }
        }
        panic!("{} reads no card in {TAPS_MAX} taps", self.process.name);
    }

    /// Holds a card to its reader once, until it says something.
    fn hold(&self, person: u32) -> Value {
        let outcomes = self.outcomes.as_ref().expect("it was started with the town");
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let reader = ReaderAddr::new(self.process.reader).unwrap();
        let uid = Uid::of_person(SEED, person);
        let card = runtime.block_on(Card::insert(reader, uid)).unwrap();
        let outcome = outcomes.next();
        runtime.block_on(card.remove());
        outcome
    }

    fn scopes(&self) -> Map<String, Value> {
        let mut status = self.process.status();
        match status.get_mut("scopes").map(Value::take) {
            Some(Value::Object(scopes)) => scopes,
            _ => Map::new(),
        }
    }
}

/// `digiana-gateway` with these words.
fn gateway(words: &[&str]) -> Command {
    let mut command = Command::new(binary(Program::Gateway.name()));
    command.args(words).env("DIGIANA_PASSPHRASE", PASSPHRASE).stdin(Stdio::null());
    command
}

/// Runs a command to its good end, and gives back what it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {said}", command.get_args());
    String::from_utf8(output.stdout).unwrap()
}
