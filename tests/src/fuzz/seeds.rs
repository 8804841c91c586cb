//! Inputs made of real values: released bytes, files as people write them, choices at random.

use crate::readers;
use digiana_core::credential::town_of;
use digiana_core::credential::{CredentialKind, Envelope};
use digiana_core::fact::{Fact, Kind};
use digiana_core::journal::entry::{Position, write_entry};
use digiana_core::time::{Confidence, Wall};
use digiana_node::keys::TownFile;
use digiana_node::reader::bounds::Line;
use digiana_node::reader::card::CardFault;
use digiana_node::reader::enrol::{Asked, Secret};
use digiana_node::reader::identify::Known;
use digiana_sim::card::Card;
use digiana_sim::card::kind::{self, Quirks};
use digiana_sim::population::People;
use digiana_sim::population::register_csv as people;

use super::journals::opening;
use super::keys::signer;
use crate::town::noise;

/// Every released form, a line each: its group and name, and its bytes.
const GOLDEN: &str = include_str!("../../../core/src/tests/golden.txt");

/// The released bytes of a group, with their names.
fn golden(group: &str) -> Vec<(&'static str, Vec<u8>)> {
    let lines = GOLDEN.lines().filter_map(|line| line.split_once(" = "));
    let of_group = lines.filter_map(|(name, hex)| Some((name.strip_prefix(group)?, hex)));
    let decode = |hex: &str| data_encoding::HEXLOWER.decode(hex.as_bytes());
    of_group.map(|(name, hex)| (name, decode(hex).expect("released bytes are in hex"))).collect()
}

fn bytes_of(group: &str) -> Vec<Vec<u8>> {
    golden(group).into_iter().map(|(_, bytes)| bytes).collect()
}

/// Choices at random.
fn choices(what: &str) -> Vec<Vec<u8>> {
    let of = |number| noise::<512>(what, number).get(..32 << (number % 5)).map(<[u8]>::to_vec);
    (0..24).filter_map(of).collect()
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(super) fn frame() -> Vec<Vec<u8>> {
    bytes_of("frame: ")
}

pub(super) fn stream() -> Vec<Vec<u8>> {
    let mut all = vec![3];
    for frame in frame() {
        all.push(0);
        digiana_node::mesh::framing::put_frame(&mut all, &frame);
    }
    vec![all, vec![0, 0, 0], vec![9, 0xff, 0xff, 3, 1], vec![1, 0x80, 0x80, 4]]
}

pub(super) fn report() -> Vec<Vec<u8>> {
    let whole = bytes_of("report: ");
    // A target signs a body itself: kind, then body.
    let bodies =
        whole.iter().filter_map(|report| Some([report.get(..1)?, report.get(97..)?].concat()));
    bodies.chain(whole.clone()).collect()
}

pub(super) fn credential() -> Vec<Vec<u8>> {
    let whole = bytes_of("credential: ");
    let mut all = Vec::new();
    for envelope in &whole {
        let envelope = Envelope::read(envelope).expect("released bytes are read");
        let issuer = if envelope.kind == CredentialKind::APPOINT { 0 } else { 2 };
        let len = u16::try_from(envelope.body.len()).expect("a body is short");
        all.extend_from_slice(&[issuer, envelope.kind.0]);
        all.extend_from_slice(&len.to_le_bytes());
        all.extend_from_slice(&envelope.body);
    }
    whole.into_iter().chain([all]).collect()
}

/// The kind of a released fact, by the name of its line.
fn kind_of(name: &str, body: &[u8]) -> Option<usize> {
    let word: String = name.split(' ').filter(|word| *word != "late").take(2).collect();
    let fits = |(at, (_, kind)): (usize, &(Kind, &str))| {
        let kind = kind.to_lowercase();
        (word == kind || name.split(' ').next() == Some(&kind)).then_some(at)
    };
    let mut named = Fact::KINDS.iter().enumerate().filter_map(fits);
    named.find(|at| {
        let kind = Fact::KINDS.get(*at).map(|it| it.0);
        kind.is_some_and(|kind| Fact::decode(kind, body).is_ok())
    })
}

fn released_facts() -> Vec<(u8, Vec<u8>)> {
    let facts = golden("fact: ").into_iter();
    let with_kind =
        facts.filter_map(|(name, body)| Some((u8::try_from(kind_of(name, &body)?).ok()?, body)));
    with_kind.collect()
}

pub(super) fn fact() -> Vec<Vec<u8>> {
    let facts = released_facts().into_iter().map(|(kind, body)| [vec![kind], body].concat());
    let own = golden("journal's own: ").into_iter().map(|(name, body)| {
        let chosen = match name.split(' ').next() {
            Some("opening") => 250,
            Some("reclaim") => 251,
            Some("adopt") => 252,
            _ => 253,
        };
        [vec![chosen], body].concat()
    });
    facts.chain(own).collect()
}

pub(super) fn journal() -> Vec<Vec<u8>> {
    let author = signer(3);
    let town = town_of(&signer(1).public());
    let wall = Wall { seconds: 1_790_000_000, confidence: Confidence::Held };
    let start = Position::start(opening(author).root(town));
    let mut entries = Vec::new();
    let first = opening(author).to_bytes();
    let mut position = write_entry(&mut entries, start, Kind::OPENING, 41, wall, &first);
    let own = entries.clone();
    entries.clear();
    let mut count = 0;
    for (at, body) in released_facts() {
        let kind = Fact::KINDS.get(usize::from(at)).map_or(Kind(60_000), |it| it.0);
        let counter = position.counter + 1;
        position = write_entry(&mut entries, position, kind, counter, wall, &body);
        count += 1;
    }
    let whole = [vec![1, 0], own].concat();
    [bytes_of("batch: "), vec![[vec![0, count], entries].concat(), whole, vec![0, 0]]].concat()
}

pub(super) fn document() -> Vec<Vec<u8>> {
    choices("document")
}

pub(super) fn service() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut inputs = Vec::new();
    for (kind, body) in released_facts() {
        let number = Fact::KINDS.get(usize::from(kind)).map_or(0, |(kind, _)| kind.0);
        let scope = match number {
            16..32 => 0,
            32..48 => 1,
            48..64 => 2,
            64 | 112..=116 => 3,
            80 => 4,
            5 => 5,
            _ => 0,
        };
        let mut one = vec![0, scope, kind, u8::try_from(body.len()).expect("facts are short")];
        one.extend_from_slice(&body);
        all.extend_from_slice(&one);
        inputs.push([one.clone(), one].concat());
    }
    inputs.push(all);
    inputs
}

/// A hostile journal that begins with an opening and goes on with a released fact each.
fn batches() -> Vec<Vec<u8>> {
    let kinds = u8::try_from(Fact::KINDS.len() + 1).expect("there are few kinds");
    let mut inputs = Vec::new();
    for (kind, body) in released_facts() {
        let len = u8::try_from(body.len()).expect("facts are short");
        let mut said = vec![0, 4, 255, 0, 0, 1, 0, 0, kind + kinds, len];
        said.extend_from_slice(&body);
        said.extend_from_slice(&[0, 0, 2]);
        // The same again, as the next entry.
        said.extend_from_slice(&[0, 4, 0, 0, 0, kind + kinds, len]);
        said.extend_from_slice(&body);
        said.extend_from_slice(&[0, 0, 2, 25, 1]);
        inputs.push(said);
    }
    inputs
}

pub(super) fn admitted_neighbour() -> Vec<Vec<u8>> {
    [choices("admitted"), batches()].concat()
}

pub(super) fn unknown_neighbour() -> Vec<Vec<u8>> {
    choices("unknown")
}

pub(super) fn control_request() -> Vec<Vec<u8>> {
    let edits = golden("fact: edit").into_iter();
    let edits: Vec<String> =
        edits.map(|(_, body)| format!("{:?}", data_encoding::HEXLOWER.encode(&body))).collect();
    let edits =
        format!("{{\"command\":\"edits\",\"scope\":\"town\",\"edits\":[{}]}}", edits.join(","));
    let mut requests = texts(&[
        "{\"command\":\"status\"}",
        "{\"command\":\"outcomes\",\"follow\":true}",
        "{\"command\":\"pause\",\"peer\":\"都賀公民館\"}",
        "{\"command\":\"resume\",\"peer\":\"a\"}",
        "{\"command\":\"journals\"}",
        "{\"command\":\"incident\",\"title\":\"訓練\",\"hazards\":[\"flood\"],\"drill\":true}",
        "{\"command\":\"site\",\"state\":\"open\"}",
        "{\"command\":\"charge\",\"points\":300}",
        "{\"command\":\"linktokens\",\"links\":[[\"70707070707070707070707070707070\",\"abababababababab\"]]}",
    ]);
    requests.push(edits.into_bytes());
    requests
}

pub(super) fn control_response() -> Vec<Vec<u8>> {
    texts(&[
        "{\"answer\":\"done\"}",
        "{\"answer\":\"recorded\",\"facts\":3}",
        "{\"answer\":\"error\",\"why\":\"訓練\"}",
        "{\"answer\":\"outcome\",\"seconds\":1790000000,\"accepted\":true,\"word\":\"checked in\",\"entry\":\"ab/3\"}",
        "{\"answer\":\"journal\",\"journal\":\"ab\",\"node\":\"cd\",\"scope\":\"shelter\",\"life\":1,\"seq\":300}",
        "{\"answer\":\"status\",\"node\":\"ab\",\"name\":\"a\",\"town\":\"cd\",\"drill\":true,\"store_takes_writes\":true,\"journals\":3,\"entries\":9,\"listening\":[\"127.0.0.1:1\"],\"peers\":[{\"node\":\"ef\",\"name\":\"b\",\"linked\":true,\"paused\":false,\"heard_seconds_ago\":3,\"equal\":true}],\"scopes\":{\"shelter\":{\"frontier\":\"01\",\"fold\":\"02\",\"unknown\":0}},\"incidents\":[{\"incident\":\"07\",\"title\":\"訓練\",\"drill\":true,\"open\":true,\"present_sure\":1,\"present_at_most\":2,\"two_places\":1}],\"services\":{\"visits\":1,\"rides\":2},\"custody\":[1,2]}",
    ])
}

/// Whole conversations with cards of every honest sort: a tap, then a desk that opens the card.
pub(super) fn card() -> Vec<Vec<u8>> {
    use kind::Kind::{Android, Blocked, Cloned, Normal, OtherTown, Plain};

    let checks = readers::checks_with(|_| Known { is_known: true, keys: Vec::new() });
    let mut said = Vec::new();
    for kind in [Normal, Plain, Android, Blocked, Cloned, OtherTown] {
        let card = Card::of_person(readers::SEED, 1, kind, Quirks::default());
        let code = card.secrets().map(|secrets| secrets.code_b.clone());
        let mut line = Overheard { card: readers::InHand(card), heard: Vec::new() };
        line.card.0.power_on();
        let (_, cost) = checks.meet(&mut line);
        assert!(cost.exchanges > 0, "a card is asked something");
        said.push(std::mem::take(&mut line.heard));
        if let Some(asked) = code.and_then(|code| Asked::open(Secret::CodeB, &code).ok()) {
            // What becomes of it is the card's own; its answers are what is wanted.
            let _ = checks.enrol(&mut line, &asked);
            said.push(line.heard);
        }
    }
    said.push(vec![0xff, 0xff]);
    said
}

/// A card whose answers are kept as the target reads them.
struct Overheard {
    card: readers::InHand,
    heard: Vec<u8>,
}

impl Line for Overheard {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
        let answer = self.card.exchange(command)?;
        let length = u16::try_from(answer.len()).expect("an answer is short");
        self.heard.extend(length.to_be_bytes());
        self.heard.extend(&answer);
        Ok(answer)
    }
}

const NODE_CONFIG: &str = "data = \"data\"\ntown = \"town.json\"\nname = \"訓練端末\"\nserves = \"shelter\"\n\n[mesh]\nbind = [\"127.0.0.1:41001\"]\n\n[[peer]]\nnode = \"ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1\"\naddresses = [\"10.0.0.7:41001\"]\n\n[reader]\nkind = \"virtual\"\nlisten = \"127.0.0.1:35963\"\n\n[control]\npath = \"node.sock\"\n\n[store]\ncache_mib = 8\n";

pub(super) fn node_config() -> Vec<Vec<u8>> {
    texts(&[
        NODE_CONFIG,
        "data = \"data\"\ntown = \"town.json\"\nname = \"a\"\n",
        "data = 5\n[mesh]\nbnd = []\n",
        "name = \"\"\"\n訓練\n\"\"\"\ndata = 'd'\ntown = 't'\n",
    ])
}

pub(super) fn gateway_config() -> Vec<Vec<u8>> {
    let web = "\n[web]\nlisten = \"127.0.0.1:8080\"\nrole = \"headquarters\"\npublic_only = false\nplain_http = true\nmetrics_token = \"x\"\nkiosk_seconds = 8\n";
    let mut configs = node_config();
    configs.push(format!("{NODE_CONFIG}{web}").into_bytes());
    configs.push(format!("data = 'd'\ntown = 't'\nname = 'n'\n{web}").into_bytes());
    configs
}

pub(super) fn node_key() -> Vec<Vec<u8>> {
    let key = |end: &str| format!("digiana node key 1{end}{}{end}", "0a".repeat(32)).into_bytes();
    vec![
        key("\n"),
        key("\r\n"),
        b"digiana node key 2\n".to_vec(),
        b"digiana node key 1\n0a\n".to_vec(),
    ]
}

pub(super) fn town_file() -> Vec<Vec<u8>> {
    let credentials = bytes_of("credential: ");
    let read = |bytes: &Vec<u8>| Envelope::read(bytes).expect("released bytes are read");
    let credentials: Vec<Envelope> = credentials.iter().map(read).take(2).collect();
    let written = |town: TownFile| serde_json::to_vec_pretty(&town).expect("texts are JSON");
    let small = TownFile::new("訓練".to_owned(), [1; 32], [2; 32], true, Vec::new());
    let whole = TownFile::new("訓練町".to_owned(), [1; 32], [2; 32], false, credentials);
    vec![written(small), written(whole)]
}

pub(super) fn locked_key() -> Vec<Vec<u8>> {
    let key = format!(
        "{{\"format\":1,\"key\":\"root\",\"public\":\"{}\",\"argon2id\":{{\"memory_kib\":65536,\"passes\":3,\"lanes\":4}},\"salt\":\"{}\",\"nonce\":\"{}\",\"locked\":\"{}\"}}",
        "0a".repeat(32),
        "0b".repeat(16),
        "0c".repeat(24),
        "0d".repeat(48)
    );
    vec![
        key.replace("root", "officer").into_bytes(),
        key.replace(":1,", ":2,").into_bytes(),
        key.into_bytes(),
    ]
}

pub(super) fn addresses() -> Vec<Vec<u8>> {
    let node = "0a".repeat(32);
    vec![
        format!("{{\"{node}\":[\"10.0.0.7:41001\",\"[fe80::1]:41001\"]}}").into_bytes(),
        b"{\"a\":[]}".to_vec(),
        b"{}".to_vec(),
    ]
}

pub(super) fn register_csv() -> Vec<Vec<u8>> {
    let generated = people::to_bytes(&People::generate(1, 4));
    let mut files = texts(&[
        "整理番号,世帯番号,続柄,氏名,氏名カナ,生年月日,性別,住所,地区,自治会,電話番号,要配慮者,支援措置,備考\n1,10,世帯主,訓練 太郎,クンレン タロウ,昭和25年4月1日,男,訓練1番地,訓練,訓練自治会,0000-00-0001,,,訓練データ\n2,10,妻,\"訓練, 花子\",クンレン ハナコ,S27.1.2,女,訓練1番地,訓練,訓練自治会,,1,1,訓練データ\n",
        "整理番号\n",
        "a,b\n\"\n",
    ]);
    files.push(generated);
    files
}

pub(super) fn tokens_csv() -> Vec<Vec<u8>> {
    texts(&[
        "整理番号,カード\n1,04:A1:B2:C3\n1,０４Ａ１Ｂ２Ｃ４\n2,04a1b2c5\n",
        "カード,整理番号\r\n04a1b2c3d4e5f6,3\r\n",
        "整理番号,カード\n1,123456789012\n",
    ])
}

pub(super) fn pupils_csv() -> Vec<Vec<u8>> {
    texts(&[
        "整理番号,氏名,氏名カナ,学級\n1,訓練 太郎,クンレン タロウ,1年1組\n2,訓練 花子,クンレン ハナコ,2年\n",
        "学級,氏名カナ,氏名,整理番号,備考\n,ｸﾝﾚﾝ,訓練,7,\n",
    ])
}

pub(super) fn sites_geojson() -> Vec<Vec<u8>> {
    let feature = |number: u32| {
        format!(
            "{{\"type\":\"Feature\",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[132.58{number},35.07]}},\"properties\":{{\"共通ID\":\"E3244800000{number}\",\"都道府県名及び市町村名\":\"島根県邑智郡美郷町\",\"施設・場所名\":\"訓練データ\",\"住所\":\"訓練\",\"洪水\":\"1\",\"崖崩れ、土石流及び地滑り\":\"\",\"備考\":\"\"}}}}"
        )
    };
    let file = |features: &str| {
        format!("{{\"type\":\"FeatureCollection\",\"features\":[{features}]}}").into_bytes()
    };
    // Real features as well, because the names of their properties are the publisher's.
    let mut files = vec![file(&feature(1)), file(&[feature(1), feature(2)].join(",")), file("")];
    for (_, published) in digiana_gateway::data::gsi_files() {
        let value: serde_json::Value =
            serde_json::from_slice(published).expect("the published file is JSON");
        let features = value.get("features").and_then(serde_json::Value::as_array);
        let first = features.and_then(|features| features.first());
        files.extend(first.map(|feature| file(&feature.to_string())));
    }
    let both: Vec<&Vec<u8>> = files.iter().rev().take(2).collect();
    let both = both.into_iter().rev().cloned().collect::<Vec<_>>().join(&0);
    files.push(both);
    files
}

pub(super) fn lists_toml() -> Vec<Vec<u8>> {
    texts(&[
        "[[operator]]\nkey = \"town-bus\"\nname = \"町営バス（訓練データ）\"\n\n[[stop]]\nkey = \"hall\"\nname = \"役場前（訓練データ）\"\n\n[[stop]]\nkey = \"school\"\nname = \"学校前（訓練データ）\"\n\n[[route]]\nkey = \"valley\"\nname = \"谷線（訓練データ）\"\noperator = \"town-bus\"\nstops = [\"hall\", \"school\"]\ntimes = [\"07:00 07:12\", \"16:30 16:42\"]\n\n[[product]]\nkey = \"eleven\"\nname = \"11回券（訓練データ）\"\ntickets = 11\nprice = 2000\n\n[[rule]]\nkey = \"visit\"\nname = \"来館（訓練データ）\"\npoints = 5\nfor = \"visit\"\n\n[[site]]\nkey = \"bus-1\"\nname = \"町営バス1号車（訓練データ）\"\nserves = [\"vehicle\"]\noperator = \"town-bus\"\n",
        "[[stop]]\nkey = \"a\"\nname = \"b\"\n",
        "[[rule]]\nkey = 'a'\npoints = -1\n",
    ])
}
