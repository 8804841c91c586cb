//! Bytes that never change: each released form, written once and for all.
//!
//! `golden.txt` holds a line for each: its name and its bytes. What is written today must be those
//! bytes, and those bytes must be read as what they were. A new kind is a new line; a line that
//! stands is never edited.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use minicbor::bytes::ByteArray;

use crate::credential::admit::{Admit, Appoint, Role, Writable};
use crate::credential::withdraw::{Cut, Evidence, Narrow, Revoke, Revoked, SealedHead};
use crate::credential::{CredentialKind, Envelope, town_of};
use crate::fact::correct::Correct;
use crate::fact::edit::{Change, DeletedRun, Edit, Element, FieldId, Splice, Value};
use crate::fact::school::{Attendance, Attends};
use crate::fact::shelter::{
    Act, Assurance, ConfirmedSafe, Congestion, CongestionSet, Hazard, IncidentClosed, IncidentKind,
    IncidentOpened, Presence, SafePlace, SiteState, SiteStateSet,
};
use crate::fact::token::{PersonsJoined, TokenKey, TokenSet, TokenState};
use crate::fact::transport::{BookIssued, BookVoided, Ride};
use crate::fact::warning::{WarningLevel, WarningSet};
use crate::fact::wellbeing::{Award, Grant, Reverse, Settle, Settlement, Spend, Transfer, Visit};
use crate::fact::words::Words;
use crate::fact::{Fact, Kind, to_cbor};
use crate::frontier::vector::Place;
use crate::id::{BookId, EntryId, Hash, IncidentId, JournalId, PersonId, RecordId, SiteId, TownId};
use crate::journal::batch::Batch;
use crate::journal::chain::Chain;
use crate::journal::opening::{Adopt, ClockFix, End, Opening, Reclaim};
use crate::journal::writer::seal_entries;
use crate::receipt::{Alive, Body, HeldEnd, Receipt, Report};
use crate::register::Saw;
use crate::scope::Scope;
use crate::sign::{Scheme, Signature, Signer};
use crate::sync::frame::{Frame, Hello};
use crate::time::{Confidence, Day, Wall};
use crate::token::TokenTag;
use crate::token::proof::ProofKey;

const GOLDEN: &str = include_str!("golden.txt");
const SCHEME: Scheme = Scheme::Ed25519;
const SECONDS: i64 = 1_790_000_000;
const WALL: Wall = Wall { seconds: SECONDS, confidence: Confidence::Held };
const SITE: SiteId = SiteId([0x51; 8]);
const INCIDENT: IncidentId = IncidentId([0x1c; 8]);
const PERSON: PersonId = PersonId([0xab; 8]);
const JOURNAL: JournalId = JournalId([0x0a; 8]);
const ENTRY: EntryId = EntryId { journal: JOURNAL, seq: 300 };
const HEAD: Hash = Hash([0x4e; 32]);

fn signer(number: u8) -> Signer {
    Signer::new(SCHEME, &[number; 32])
}

fn town() -> TownId {
    town_of(&signer(1).public())
}

fn saw() -> Saw {
    Saw::new(vec![ENTRY])
}

fn opening() -> Opening {
    let predecessor = None;
    let nonce = ByteArray::from([0x77; 16]);
    Opening { node: signer(3).node(), scope: Scope::Shelter, life: 1, nonce, predecessor }
}

/// Somebody's first check-in, the fact that ENGINE.md explains byte by byte.
fn check_in() -> Presence {
    Presence {
        incident: INCIDENT,
        person: PERSON,
        site: SITE,
        act: Act::CheckIn,
        assurance: Assurance::Listed,
        saw: Saw::NOTHING,
        happened_at: None,
        destination: None,
    }
}

/// A journal's first batch, which opens it, and its second, a check-in pushed alone.
fn batches() -> [Batch; 2] {
    let opening = opening();
    let mut chain = Chain::new(town(), opening.clone());
    let mut seal = |kind, body, counter, seconds| {
        let wall = Wall { seconds, ..WALL };
        let (batch, tip) = seal_entries(&signer(3), town(), &chain, &[(kind, body)], counter, wall);
        chain.advance(tip);
        batch.batch().clone()
    };
    let first = seal(Kind::OPENING, opening.to_bytes(), 41, SECONDS);
    let presence = Fact::from(check_in());
    [first, seal(presence.kind(), presence.encode(), 42, SECONDS + 5)]
}

fn edit(change: Change) -> Fact {
    let record = RecordId([0xec; 8]);
    Fact::Edit(Edit { record, field: FieldId(32), change, saw: saw(), happened_at: None })
}

fn facts() -> Vec<(&'static str, Fact)> {
    let element = Element { splice: ENTRY, index: 2 };
    let splice = Splice {
        after: vec![element],
        before: Some(element),
        text: Words::new("毛布"),
        deleted: vec![DeletedRun { from: element, len: 3 }],
    };
    let reason = Words::new("別の人");
    let late = Presence {
        act: Act::Leave,
        assurance: Assurance::Vouched,
        saw: saw(),
        happened_at: Some(SECONDS - 600),
        destination: Some(Words::new("自宅")),
        ..check_in()
    };
    vec![
        ("correct", Fact::Correct(Correct { target: ENTRY, target_hash: [1, 2, 3, 4], reason })),
        ("edit put text", edit(Change::Put(Value::Text("訓練データ".into())))),
        ("edit put int", edit(Change::Put(Value::Int(-90)))),
        ("edit put bool", edit(Change::Put(Value::Bool(true)))),
        ("edit put bytes", edit(Change::Put(Value::Bytes(vec![0xec; 8])))),
        ("edit delete", edit(Change::Delete)),
        ("edit splice", edit(Change::Splice(splice))),
        (
            "incident opened",
            Fact::from(IncidentOpened {
                incident: INCIDENT,
                kind: IncidentKind::Drill,
                hazards: vec![Hazard::Flood, Hazard::Landslide],
                title: "訓練".into(),
                happened_at: None,
            }),
        ),
        ("incident closed", Fact::from(IncidentClosed { incident: INCIDENT, happened_at: None })),
        (
            "site state set",
            Fact::from(SiteStateSet {
                incident: INCIDENT,
                site: SITE,
                state: SiteState::Open,
                saw: saw(),
                happened_at: None,
            }),
        ),
        ("presence", Fact::from(check_in())),
        ("presence late", Fact::from(late)),
        (
            "confirmed safe",
            Fact::from(ConfirmedSafe {
                incident: INCIDENT,
                person: PERSON,
                place: SafePlace::Relatives,
                assurance: Assurance::Vouched,
                happened_at: None,
            }),
        ),
        (
            "congestion set",
            Fact::from(CongestionSet {
                incident: INCIDENT,
                site: SITE,
                level: Some(Congestion::Crowded),
                until: SECONDS,
                saw: saw(),
            }),
        ),
        (
            "warning set",
            Fact::from(WarningSet {
                incident: INCIDENT,
                district: "都賀".to_owned(),
                level: Some(WarningLevel::EveryoneLeaves),
                saw: saw(),
                happened_at: None,
            }),
        ),
        (
            "token set",
            Fact::from(TokenSet {
                token: TokenTag([0x70; 16]),
                person: PERSON,
                state: TokenState::Active,
                saw: saw(),
                happened_at: None,
            }),
        ),
        (
            "persons joined",
            Fact::from(PersonsJoined {
                walk_in: PersonId([0xaa; 8]),
                person: PERSON,
                happened_at: None,
            }),
        ),
        (
            "token key",
            Fact::from(TokenKey {
                token: TokenTag([0x70; 16]),
                key: ProofKey::rsa(&[1, 0, 1], &[0xc5; 8]).unwrap(),
                saw: saw(),
                happened_at: None,
            }),
        ),
    ]
}

/// The facts of tickets, points and schools.
fn everyday_facts() -> Vec<(&'static str, Fact)> {
    let (rule, version, book) = (RecordId([0x16; 8]), [5, 6, 7, 8], BookId([0xb0; 8]));
    let day = Some(Day(20_780));
    let grant = Grant { rule, version, points: 5, daily_cap: Some(10) };
    let reason = || Words::new("別の人");
    let (person, assurance, happened_at) = (PERSON, Assurance::Listed, Some(SECONDS - 600));
    let ride = Ride {
        person,
        vehicle: SITE,
        operator: None,
        route: None,
        from: None,
        to: None,
        tickets: 1,
        fare: None,
        assurance,
        happened_at: None,
    };
    let whole = Ride {
        operator: Some(RecordId([0x0e; 8])),
        route: Some(RecordId([0x40; 8])),
        from: Some(RecordId([0x41; 8])),
        to: Some(RecordId([0x42; 8])),
        tickets: 3,
        fare: Some(1200),
        happened_at,
        ..ride.clone()
    };
    vec![
        (
            "book issued",
            Fact::from(BookIssued {
                book,
                person,
                product: RecordId([0x90; 8]),
                version,
                tickets: 11,
                price: 2000,
                operator: Some(RecordId([0x0e; 8])),
                valid_until: day,
                happened_at,
            }),
        ),
        (
            "book voided",
            Fact::from(BookVoided {
                book,
                person,
                tickets: 4,
                refund: 700,
                reason: reason(),
                happened_at,
            }),
        ),
        ("ride", Fact::from(ride)),
        ("ride with all", Fact::from(whole)),
        (
            "visit",
            Fact::from(Visit {
                person,
                site: SITE,
                grants: vec![grant, Grant { daily_cap: None, ..grant }],
                assurance,
                happened_at,
                temperature: Some(365),
            }),
        ),
        ("attendance", {
            let (attends, assurance) = (Attends::Absent, Assurance::Vouched);
            let saw = saw();
            Fact::from(Attendance { person, attends, assurance, saw, happened_at, day })
        }),
        ("award", Fact::from(Award { person, site: SITE, grant, day })),
        ("spend", Fact::from(Spend { person, shop: SITE, points: 300, assurance, happened_at })),
        ("transfer", Fact::from(Transfer { person, points: 300, happened_at })),
        (
            "reverse",
            Fact::from(Reverse { target: ENTRY, target_hash: [1, 2, 3, 4], reason: reason() }),
        ),
        ("settle", {
            let (points, how, reason) = (40, Settlement::WrittenOff, reason());
            Fact::from(Settle { person, points, how, reason, happened_at })
        }),
    ]
}

/// What stands in a journal and belongs to the journal itself.
fn own_kinds() -> Vec<(&'static str, Vec<u8>)> {
    let end = End { journal: JOURNAL, seq: 300, head: HEAD };
    let adopt = Adopt {
        journal: JOURNAL,
        seq: 301,
        hash: HEAD,
        counter: 42,
        wall: WALL,
        bytes: vec![3, 19, 1, 0],
    };
    let fix = ClockFix { journal: JOURNAL, from: 5, to: 9, offset: -31_536_000 };
    vec![
        ("opening", opening().to_bytes()),
        ("opening of life 2", Opening { life: 2, predecessor: Some(end), ..opening() }.to_bytes()),
        ("reclaim", to_cbor(&Reclaim { end })),
        ("adopt", to_cbor(&adopt)),
        ("clock fix", to_cbor(&fix)),
    ]
}

fn credentials() -> Vec<(&'static str, Envelope)> {
    let [root, officer, node] = [signer(1), signer(2), signer(3)];
    let appoint = Appoint { officer: officer.officer(), office: "officer".into(), issued_at: 7 };
    let kinds = vec![Kind(19), Kind(20)];
    let admit = Admit {
        node: node.node(),
        name: "都賀公民館".into(),
        role: Role::Reader,
        sites: vec![SITE],
        reads: vec![Scope::Town],
        writes: vec![
            Writable { scope: Scope::Shelter, kinds },
            Writable { scope: Scope::Care(SITE), kinds: Vec::new() },
        ],
        budgets: vec![(1, 500)],
        age_recipient: Some(ByteArray::from([0xa9; 32])),
        issued_at: SECONDS,
    };
    let cut = Cut { journal: JOURNAL, seq: 300, head: HEAD };
    let revoke =
        |revoked| Revoke { revoked, cuts: vec![cut.clone()], reason: "lost".into(), issued_at: 9 };
    let narrow = |kind| Narrow {
        node: node.node(),
        scope: Scope::Shelter,
        kind,
        cut: cut.clone(),
        issued_at: 9,
    };
    let seal = |seq| SealedHead {
        seq,
        head: HEAD,
        closes_block: false,
        signature: ByteArray::from([0x5e; 64]),
    };
    let evidence = Evidence {
        node: node.node(),
        journal: JOURNAL,
        one: seal(300),
        other: seal(301),
        between: vec![HEAD],
    };
    let of_node = revoke(Revoked::Node(node.node()));
    let of_officer = revoke(Revoked::Officer(officer.officer()));
    vec![
        ("appoint", Envelope::seal(town(), &root, CredentialKind::APPOINT, &appoint)),
        ("admit", Envelope::seal(town(), &officer, CredentialKind::ADMIT, &admit)),
        ("revoke a node", Envelope::seal(town(), &officer, CredentialKind::REVOKE, &of_node)),
        ("revoke an officer", Envelope::seal(town(), &root, CredentialKind::REVOKE, &of_officer)),
        ("narrow", Envelope::seal(town(), &officer, CredentialKind::NARROW, &narrow(None))),
        (
            "narrow a kind",
            Envelope::seal(town(), &officer, CredentialKind::NARROW, &narrow(Some(Kind(19)))),
        ),
        ("evidence", Envelope::seal(town(), &officer, CredentialKind::EVIDENCE, &evidence)),
    ]
}

fn reports() -> [(&'static str, Report); 3] {
    let ends = vec![HeldEnd { journal: JOURNAL, seq: 300 }];
    let receipt = Receipt {
        scope: Scope::Shelter,
        counter: 43,
        made_at: WALL,
        ends: ends.clone(),
        frontier: ByteArray::from([1; 8]),
        credentials: ByteArray::from([2; 8]),
        tokens: ByteArray::from([3; 8]),
        fold_version: 1,
        fold: ByteArray::from([4; 16]),
    };
    let alive = Alive { counter: 44, wall: WALL, ends, version: None, linked: None };
    let telling = Alive {
        version: Some("0.1.0".to_owned()),
        linked: Some(vec![ByteArray::from([5; 4]), ByteArray::from([6; 4])]),
        ..alive.clone()
    };
    [
        ("receipt", Report::sign(&signer(3), town(), Body::Receipt(receipt))),
        ("alive", Report::sign(&signer(3), town(), Body::Alive(alive))),
        ("alive telling", Report::sign(&signer(3), town(), Body::Alive(telling))),
    ]
}

fn frames() -> Vec<(&'static str, Frame)> {
    let hello =
        Hello { initiates: true, scopes: 0b1_1111, digest: [0xd1; 16], wall: WALL, counter: 42 };
    let places = vec![
        Place::Nothing,
        Place::Life { life: 1, seq: 300 },
        Place::Ends(vec![(JOURNAL, 300), (JournalId([0x0b; 8]), 1)]),
    ];
    let envelope = || credentials().swap_remove(0).1;
    let ids = || vec![envelope().id()];
    let [_, batch] = batches();
    let [(_, receipt), ..] = reports();
    vec![
        ("hello", Frame::Hello(hello)),
        ("digests", Frame::Digests { credentials: [1; 8], scopes: vec![[2; 8], [3; 8]] }),
        ("who", Frame::Who),
        ("present", Frame::Present(vec![envelope()])),
        ("credential ids", Frame::CredentialIds(ids())),
        ("want credentials", Frame::WantCredentials(ids())),
        ("credentials", Frame::Credentials(vec![envelope()])),
        ("vector", Frame::Vector { scope: 2, by_name: false, places: places.clone() }),
        ("vector by name", Frame::Vector { scope: 2, by_name: true, places: places.clone() }),
        ("behind", Frame::Behind { scope: 2, places: (0..).zip(places).collect() }),
        ("batch", Frame::Batch(batch)),
        ("have", Frame::Have { journal: JOURNAL, seq: 300 }),
        ("gap", Frame::Gap { journal: JOURNAL, seq: 0 }),
        ("reports", Frame::Reports(vec![receipt.bytes().clone()])),
    ]
}

fn scopes() -> [(&'static str, Scope); 11] {
    [
        ("town", Scope::Town),
        ("tokens", Scope::Tokens),
        ("shelter", Scope::Shelter),
        ("transport", Scope::Transport),
        ("wellbeing", Scope::Wellbeing),
        ("register", Scope::Register),
        ("care", Scope::Care(SITE)),
        ("school", Scope::School(SITE)),
        ("notices", Scope::Notices),
        ("staff", Scope::Staff),
        ("public", Scope::Public),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every line of the file as it would be written today.
fn written() -> Vec<(String, Vec<u8>)> {
    let mut lines = vec![
        ("town id".to_owned(), town().0.to_vec()),
        ("journal root".to_owned(), opening().root(town()).0.to_vec()),
    ];
    let mut add = |group: &str, name: &str, bytes| lines.push((format!("{group}: {name}"), bytes));
    scopes().into_iter().for_each(|(name, scope)| add("scope", name, scope.to_bytes()));
    own_kinds().into_iter().for_each(|(name, body)| add("journal's own", name, body));
    let facts = facts().into_iter().chain(everyday_facts());
    facts.for_each(|(name, fact)| add("fact", name, fact.encode()));
    let [first, second] = batches();
    add("batch", "opening", first.to_bytes());
    add("batch", "check-in", second.to_bytes());
    credentials().into_iter().for_each(|(name, act)| add("credential", name, act.to_bytes()));
    reports().into_iter().for_each(|(name, report)| add("report", name, report.bytes().to_vec()));
    frames().into_iter().for_each(|(name, frame)| add("frame", name, frame.to_bytes()));
    lines
}

#[test]
fn released_bytes_never_change() {
    let lines = written().into_iter().map(|(name, bytes)| format!("{name} = {}", hex(&bytes)));
    let lines: Vec<String> = lines.collect();
    let golden: Vec<&str> = GOLDEN.lines().collect();
    for (line, golden) in lines.iter().zip(&golden) {
        assert_eq!(line, golden);
    }
    assert_eq!(lines.len(), golden.len(), "{}", lines.join("\n"));
}

#[test]
fn what_was_written_is_read_as_what_it_was() {
    for (name, fact) in facts().into_iter().chain(everyday_facts()) {
        assert_eq!(Fact::decode(fact.kind(), &fact.encode()), Ok(Some(fact)), "{name}");
    }
    for (name, frame) in frames() {
        assert_eq!(Frame::read(&frame.to_bytes()), Ok(frame), "{name}");
    }
    for (name, act) in credentials() {
        assert_eq!(Envelope::read(&act.to_bytes()), Ok(act.clone()), "{name}");
        assert_eq!(act.verify(SCHEME, town()), Ok(()), "{name}");
    }
    for (name, report) in reports() {
        assert_eq!(Report::read(SCHEME, town(), report.bytes()), Ok(report), "{name}");
    }
    let [first, second] = batches();
    let mut chain = Chain::opened_by(town(), &first).unwrap();
    for batch in [first, second] {
        let read = Batch::read(&batch.to_bytes()).unwrap();
        let (_, tip) = chain.attach(SCHEME, town(), read).unwrap();
        chain.advance(tip);
    }
    assert_eq!(chain.tip().position.counter, 42);
}

/// The figures that ENGINE.md gives for the commonest fact there is.
#[test]
fn a_check_in_pushed_alone_has_the_length_that_engine_says() {
    let [_, batch] = batches();
    let presence = Fact::from(check_in()).encode();
    assert_eq!(presence.len(), 31);
    assert_eq!(batch.entries().len(), 31 + 4);
    assert_eq!(batch.to_bytes().len(), 8 + 1 + 1 + 1 + Signature::LEN + 35);
    assert_eq!(Frame::Batch(batch).to_bytes().len(), 111);
}
