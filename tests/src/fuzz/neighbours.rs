//! A neighbour that says whatever an input says: one the town admitted, and one it never met.

use std::sync::OnceLock;
use std::time::Duration;

use digiana_core::credential::{CredentialKind, Envelope};
use digiana_core::fact::{Fact, Kind};
use digiana_core::frontier::vector::Place;
use digiana_core::id::JournalId;
use digiana_core::journal::chain::Chain;
use digiana_core::journal::opening::{End, Opening};
use digiana_core::journal::writer::seal_entries;
use digiana_core::scope::Scope;
use digiana_core::sign::{Domain, Signer};
use digiana_core::sync::frame::{Frame, Hello};
use digiana_core::time::{Confidence, Wall};

use super::cursor::Cursor;
use super::scene::{HOSTILE, Scene, WRITES, signer, town};
use super::seeds;

const WORDS_MAX: usize = 24;

/// A neighbour that was admitted hurts its own link and what it may write, and nothing else.
pub(super) fn admitted_neighbour(bytes: &[u8]) {
    converse(bytes, true);
}

/// A neighbour that nobody admitted changes nothing at all.
pub(super) fn unknown_neighbour(bytes: &[u8]) {
    converse(bytes, false);
}

fn converse(bytes: &[u8], is_admitted: bool) {
    let mut cursor = Cursor::new(bytes);
    let mut scene = Scene::begin(is_admitted);
    let mut hostile = Hostile::default();
    let mut person = 100;
    for _ in 0..WORDS_MAX {
        if cursor.is_empty() {
            break;
        }
        match cursor.byte() % 32 {
            0..24 => {
                let word = hostile.word(&mut cursor, &scene);
                scene.say(word);
            }
            24 => scene.wait(Duration::from_millis(u64::from(cursor.byte()) * 10)),
            25 => scene.wait(Duration::from_secs(u64::from(cursor.byte()))),
            26 => scene.link_down(),
            27 => scene.link_up(),
            28 => scene.disk_slows(),
            29 => scene.disk_answers(usize::from(cursor.byte() % 2)),
            _ => {
                person += 1;
                // A disk that does not answer lets nobody be told yet.
                assert_ne!(scene.check_in(person), Some(false));
            }
        }
        scene.is_at_rest();
    }
    scene.end(is_admitted);
}

/// What the hostile neighbour wrote so far.
#[derive(Default)]
struct Hostile {
    chains: Vec<Chain>,
}

impl Hostile {
    /// The next thing it says.
    fn word(&mut self, cursor: &mut Cursor<'_>, scene: &Scene) -> Vec<u8> {
        match cursor.byte() % 16 {
            0 => cursor.long_run().to_vec(),
            1..3 => mutated(cursor, honest_words()),
            // What it was told, said back.
            3 => mutated(cursor, &scene.heard),
            4..8 => self.batch(cursor),
            8 => hello(cursor),
            9 => {
                let places = (0..cursor.byte() % 5).map(|_| place(cursor, scene)).collect();
                let scope = cursor.byte() % 8;
                Frame::Vector { scope, by_name: cursor.flag(), places }.to_bytes()
            }
            10 => {
                let place =
                    |cursor: &mut Cursor<'_>| (u16::from(cursor.byte() % 5), place(cursor, scene));
                let places = (0..cursor.byte() % 5).map(|_| place(cursor)).collect();
                Frame::Behind { scope: cursor.byte() % 8, places }.to_bytes()
            }
            11 => {
                let (journal, seq) = (journal(cursor, scene), seq(cursor));
                let held = if cursor.flag() {
                    Frame::Have { journal, seq }
                } else {
                    Frame::Gap { journal, seq }
                };
                held.to_bytes()
            }
            12 => report(cursor),
            13 => credential(cursor, scene),
            14 => {
                let ids: Vec<_> = scene
                    .engine()
                    .credentials()
                    .ids()
                    .take(usize::from(cursor.byte() % 5))
                    .collect();
                let asked = if cursor.flag() {
                    Frame::WantCredentials(ids)
                } else {
                    Frame::CredentialIds(ids)
                };
                asked.to_bytes()
            }
            _ => {
                let scopes = (0..cursor.byte() % 9).map(|_| cursor.array()).collect();
                let credentials = scene.engine().credentials().digest();
                Frame::Digests { credentials, scopes }.to_bytes()
            }
        }
    }

    /// A batch of its own, well sealed unless it is mutated afterwards: the next of a journal, of
    /// a journal's other branch, of another life, or in a scope that it may not write.
    fn batch(&mut self, cursor: &mut Cursor<'_>) -> Vec<u8> {
        let author = signer(HOSTILE);
        let (which, keep) = (cursor.byte(), cursor.byte());
        let mut entries = Vec::new();
        let at = match usize::from(which) {
            which @ 0..192 if !self.chains.is_empty() => which % self.chains.len(),
            _ => {
                let chain = self.opening(cursor, author);
                self.chains.push(chain);
                self.chains.len() - 1
            }
        };
        let chain = self.chains.get_mut(at).expect("it was chosen among them");
        if chain.tip().position.seq == 0 {
            entries.push((Kind::OPENING, chain.opening().to_bytes()));
        }
        for _ in 0..=cursor.byte() % 3 {
            let kind = match usize::from(cursor.byte()) {
                own @ 0..6 => Kind(u32::try_from(own).expect("it is small")),
                which => {
                    Fact::KINDS.get(which % (Fact::KINDS.len() + 1)).map_or(Kind(60_000), |it| it.0)
                }
            };
            entries.push((kind, cursor.run().to_vec()));
        }
        let before = chain.tip().position;
        let leap = if cursor.byte() < 240 { 1 } else { cursor.number() >> 8 };
        let counter = before.counter.saturating_add(leap).min(1 << 60).max(before.counter + 1);
        let seconds =
            if cursor.byte() < 240 { 1_790_000_000 } else { i64::from_le_bytes(cursor.array()) };
        let wall = Wall { seconds, confidence: Confidence::from_code(u64::from(cursor.byte())) };
        let tip = chain.tip();
        if tip.block_entries + entries.len() > 500 || before.counter >= 1 << 60 {
            return Frame::Who.to_bytes();
        }
        let (batch, tip) = seal_entries(author, town(), chain, &entries, counter, wall);
        if keep < 224 {
            chain.advance(tip);
        }
        let mut bytes = Frame::Batch(batch.batch().clone()).to_bytes();
        if keep % 8 == 7 {
            mutate(cursor, &mut bytes);
        }
        bytes
    }

    fn opening(&self, cursor: &mut Cursor<'_>, author: &Signer) -> Chain {
        let scope = match cursor.byte() {
            0..128 => WRITES[0],
            128..224 => WRITES[1],
            _ => Scope::Transport,
        };
        let nonce = minicbor::bytes::ByteArray::from([cursor.byte(); 16]);
        let (life, predecessor) = match cursor.byte() {
            0..160 => (1, None),
            _ => {
                let before =
                    cursor.one_of(&self.chains).map(|chain| (chain.journal(), chain.tip()));
                let short = u64::from(cursor.byte() % 3);
                let end = before.map(|(journal, tip)| End {
                    journal,
                    seq: tip.position.seq.saturating_sub(short),
                    head: tip.position.head,
                });
                (u64::from(cursor.byte() % 4), end)
            }
        };
        Chain::new(town(), Opening { node: author.node(), scope, life, nonce, predecessor })
    }
}

/// What an honest device in its place says when it comes back and brings news.
fn honest_words() -> &'static [Vec<u8>] {
    static WORDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    WORDS.get_or_init(seeds::frame)
}

fn mutated(cursor: &mut Cursor<'_>, words: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = cursor.one_of(words).cloned().unwrap_or_default();
    for _ in 0..cursor.byte() % 4 {
        mutate(cursor, &mut bytes);
    }
    bytes
}

fn mutate(cursor: &mut Cursor<'_>, bytes: &mut Vec<u8>) {
    let at = cursor.below(bytes.len().max(1));
    let byte = cursor.byte();
    match cursor.byte() % 5 {
        0 => bytes.truncate(at),
        1 => bytes.insert(at.min(bytes.len()), byte),
        2 => bytes.iter_mut().skip(at).take(9).for_each(|it| *it = 0xff),
        3 => bytes.extend_from_slice(cursor.run()),
        _ => bytes.iter_mut().skip(at).take(1).for_each(|it| *it ^= byte),
    }
}

fn hello(cursor: &mut Cursor<'_>) -> Vec<u8> {
    let flags = cursor.byte();
    let wide = flags & 2 != 0;
    let hello = Hello {
        initiates: flags & 1 != 0,
        scopes: if wide { cursor.number() } else { 0b1_1111 },
        digest: [cursor.byte(); 16],
        wall: Wall {
            seconds: if wide { i64::from_le_bytes(cursor.array()) } else { 1_790_000_000 },
            confidence: Confidence::from_code(u64::from(flags >> 4)),
        },
        counter: if flags & 4 != 0 { cursor.number() } else { 40 },
    };
    Frame::Hello(hello).to_bytes()
}

fn journal(cursor: &mut Cursor<'_>, scene: &Scene) -> JournalId {
    let known: Vec<JournalId> = scene.engine().frontier().in_order().map(Chain::journal).collect();
    let chosen = cursor.below(known.len() + 1);
    known.get(chosen).copied().unwrap_or_else(|| JournalId(cursor.array()))
}

fn seq(cursor: &mut Cursor<'_>) -> u64 {
    match cursor.byte() {
        255 => cursor.number(),
        small => u64::from(small % 8),
    }
}

fn place(cursor: &mut Cursor<'_>, scene: &Scene) -> Place {
    match cursor.byte() % 4 {
        0 => Place::Nothing,
        1 => {
            let ends = 0..cursor.byte() % 4;
            Place::Ends(ends.map(|_| (journal(cursor, scene), seq(cursor))).collect())
        }
        _ => Place::Life { life: (seq(cursor) >> 1).max(1), seq: seq(cursor) },
    }
}

fn report(cursor: &mut Cursor<'_>) -> Vec<u8> {
    let author = signer(cursor.byte() % 3);
    let own = author.node() == signer(HOSTILE).node();
    let kind = cursor.byte() % 3;
    let body = cursor.run();
    let domain = if kind == 1 { Domain::Receipt } else { Domain::Alive };
    // The others' keys are not the hostile neighbour's to sign with.
    let with = signer(HOSTILE);
    let signature = with.sign(domain, &[town().as_bytes(), body]);
    let mut report = vec![kind];
    report.extend_from_slice(if own { with.node() } else { author.node() }.as_bytes());
    report.extend_from_slice(&signature.0);
    report.extend_from_slice(body);
    Frame::Reports(vec![report.into()]).to_bytes()
}

/// Credentials that the town gave, and such as it never gave.
fn credential(cursor: &mut Cursor<'_>, scene: &Scene) -> Vec<u8> {
    let credentials = scene.engine().credentials();
    let mut shown: Vec<Envelope> = Vec::new();
    for _ in 0..cursor.byte() % 4 {
        let ids: Vec<_> = credentials.ids().collect();
        match cursor.one_of(&ids).and_then(|id| credentials.get(*id)) {
            Some(envelope) if cursor.flag() => shown.push(envelope.clone()),
            held => {
                let issuer = signer(HOSTILE);
                let kind = CredentialKind(cursor.byte() % 7);
                let body = held.map_or_else(|| cursor.run().to_vec(), |it| it.body.clone());
                let town = town();
                let parts: [&[u8]; 3] = [town.as_bytes(), &[kind.0], &body];
                let signature = issuer.sign(Domain::Credential, &parts);
                shown.push(Envelope { kind, issuer: issuer.public(), signature, body });
            }
        }
    }
    let present = cursor.flag();
    if present { Frame::Present(shown) } else { Frame::Credentials(shown) }.to_bytes()
}
