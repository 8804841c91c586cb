//! Reports: a node's signed word of what it holds, and that it lives.
//!
//! They are in no journal: the newest of each node and scope wins. From receipts of headquarters
//! comes custody, from signs of life freshness, and from fold digests the alarm that two replicas
//! with the same entries ever show different states.
//!
//! Bytes: `kind 1 ‖ node 32 ‖ signature 64 ‖ body`, the body a CBOR array, signed with the town in
//! the receipt's or the sign of life's own domain.

pub mod custody;

use std::sync::Arc;

use minicbor::bytes::ByteArray;

use crate::fact::to_cbor;
use crate::id::{JournalId, NodeId, TownId};
use crate::scope::Scope;
use crate::sign::{Domain, Scheme, Signature, Signer, verify};
use crate::time::Wall;
use crate::wire::{Malformed, Reader};

const RECEIPT: u8 = 1;
const ALIVE: u8 = 2;

/// Where a journal ends at whoever signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct HeldEnd {
    /// Which journal.
    #[n(0)]
    pub journal: JournalId,
    /// Its last durable entry.
    #[n(1)]
    pub seq: u64,
}

/// What a node holds durably of one scope.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Receipt {
    /// Of which scope.
    #[n(0)]
    pub scope: Scope,
    /// Its own counter: the newer receipt is the one with the higher.
    #[n(1)]
    pub counter: u64,
    /// When it was made, by the node's clock.
    #[n(2)]
    pub made_at: Wall,
    /// Every end of its frontier; lives before an end are complete.
    #[n(3)]
    pub ends: Vec<HeldEnd>,
    /// The digest of that frontier.
    #[n(4)]
    pub frontier: ByteArray<8>,
    /// The digest of its credentials.
    #[n(5)]
    pub credentials: ByteArray<8>,
    /// The digest of its frontier of the `tokens` scope, whose links views join.
    #[n(6)]
    pub tokens: ByteArray<8>,
    /// The version of its folds.
    #[n(7)]
    pub fold_version: u32,
    /// The digest of what the scope folds into.
    #[n(8)]
    pub fold: ByteArray<16>,
}

/// That a node lives, and where its own journals end.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Alive {
    /// Its own counter: the newer sign is the one with the higher.
    #[n(0)]
    pub counter: u64,
    /// What its wall clock showed.
    #[n(1)]
    pub wall: Wall,
    /// Where its own journals end.
    #[n(2)]
    pub ends: Vec<HeldEnd>,
    /// The version of its software; none from nodes that did not say so yet.
    #[n(3)]
    pub version: Option<String>,
    /// Whom it had links to, each by the first bytes of its id.
    #[n(4)]
    pub linked: Option<Vec<ByteArray<4>>>,
}

/// What a report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// What a node holds of a scope.
    Receipt(Receipt),
    /// That it lives.
    Alive(Alive),
}

/// A report whose signature fits its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose word it is.
    pub node: NodeId,
    /// What it says.
    pub body: Body,
    bytes: Arc<[u8]>,
}

/// Bytes that are no report of that node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAReport {
    /// They cannot be read.
    #[error("it cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// The body is not what the kind says.
    #[error("its body cannot be read")]
    BadBody,
    /// The signature is not the node's.
    #[error("its signature does not fit")]
    BadSignature,
}

impl Report {
    /// Signs what this node says.
    pub fn sign(signer: &Signer, town: TownId, body: Body) -> Self {
        let (kind, domain, content) = match &body {
            Body::Receipt(receipt) => (RECEIPT, Domain::Receipt, to_cbor(receipt)),
            Body::Alive(alive) => (ALIVE, Domain::Alive, to_cbor(alive)),
        };
        let signature = signer.sign(domain, &[town.as_bytes(), &content]);
        let mut bytes = vec![kind];
        bytes.extend_from_slice(&signer.public());
        bytes.extend_from_slice(&signature.0);
        bytes.extend_from_slice(&content);
        Self { node: signer.node(), body, bytes: bytes.into() }
    }

    /// Reads a report and checks its signature. It keeps the bytes without copying them: they go on to
    /// every link.
    ///
    /// # Errors
    /// [`NotAReport`] when anything is wrong with it.
    pub fn read(scheme: Scheme, town: TownId, bytes: &Arc<[u8]>) -> Result<Self, NotAReport> {
        let (node, signature, content, body) = parse(bytes)?;
        let domain = match &body {
            Body::Receipt(_) => Domain::Receipt,
            Body::Alive(_) => Domain::Alive,
        };
        verify(scheme, node.as_bytes(), domain, &[town.as_bytes(), content], &signature)
            .map_err(|_| NotAReport::BadSignature)?;
        Ok(Self { node, body, bytes: Arc::clone(bytes) })
    }

    /// What bytes claim to be a report of. Nothing of it is believed yet, and no more of it is read:
    /// most reports that come are held already.
    ///
    /// # Errors
    /// [`NotAReport`] when that much cannot be read.
    pub fn claim(bytes: &[u8]) -> Result<Claim, NotAReport> {
        let (kind, node, _, content) = split(bytes)?;
        let bad = |_| NotAReport::BadBody;
        let mut places = minicbor::Decoder::new(content);
        places.array().map_err(bad)?;
        let scope = match kind {
            RECEIPT => Some(places.decode().map_err(bad)?),
            ALIVE => None,
            _ => return Err(NotAReport::BadBody),
        };
        Ok(Claim { node, scope, counter: places.u64().map_err(bad)? })
    }

    /// The report's bytes, as they are sent and stored.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The scope of a receipt; none for a sign of life.
    pub fn scope(&self) -> Option<Scope> {
        match &self.body {
            Body::Receipt(receipt) => Some(receipt.scope),
            Body::Alive(_) => None,
        }
    }

    /// Its node's counter: of two reports of one node and scope the higher is the newer.
    pub fn counter(&self) -> u64 {
        match &self.body {
            Body::Receipt(receipt) => receipt.counter,
            Body::Alive(alive) => alive.counter,
        }
    }

    /// What the node's wall clock showed.
    pub fn wall(&self) -> Wall {
        match &self.body {
            Body::Receipt(receipt) => receipt.made_at,
            Body::Alive(alive) => alive.wall,
        }
    }
}

/// Whose report bytes claim to be, and how new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Whose word.
    pub node: NodeId,
    /// Of which scope; none for a sign of life.
    pub scope: Option<Scope>,
    /// Its counter.
    pub counter: u64,
}

fn split(bytes: &[u8]) -> Result<(u8, NodeId, Signature, &[u8]), NotAReport> {
    let mut reader = Reader::new(bytes);
    let kind = reader.byte()?;
    let node = NodeId(reader.array()?);
    let signature = Signature(reader.array()?);
    let content = reader.take(bytes.len() - reader.at())?;
    Ok((kind, node, signature, content))
}

fn parse(bytes: &[u8]) -> Result<(NodeId, Signature, &[u8], Body), NotAReport> {
    let (kind, node, signature, content) = split(bytes)?;
    let bad = |_| NotAReport::BadBody;
    let body = match kind {
        RECEIPT => Body::Receipt(minicbor::decode(content).map_err(bad)?),
        ALIVE => Body::Alive(minicbor::decode(content).map_err(bad)?),
        _ => return Err(NotAReport::BadBody),
    };
    Ok((node, signature, content, body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Confidence;

    #[test]
    fn what_is_claimed_is_what_is_read() {
        let signer = Signer::new(Scheme::Ed25519, &[4; 32]);
        let town = TownId([1; 32]);
        let wall = Wall { seconds: 1_790_000_000, confidence: Confidence::Synced };
        let receipt = Receipt {
            scope: Scope::Wellbeing,
            counter: 300,
            made_at: wall,
            ends: vec![HeldEnd { journal: JournalId([2; 8]), seq: 40 }],
            frontier: ByteArray::from([1; 8]),
            credentials: ByteArray::from([2; 8]),
            tokens: ByteArray::from([3; 8]),
            fold_version: 1,
            fold: ByteArray::from([4; 16]),
        };
        let alive = Alive { counter: 301, wall, ends: vec![], version: None, linked: None };
        for body in [Body::Receipt(receipt), Body::Alive(alive)] {
            let report = Report::sign(&signer, town, body);
            let (node, scope, counter) = (report.node, report.scope(), report.counter());
            assert_eq!(Report::claim(report.bytes()), Ok(Claim { node, scope, counter }));
        }
    }

    #[test]
    fn a_changed_report_is_nobodys_word() {
        let signer = Signer::new(Scheme::Ed25519, &[4; 32]);
        let town = TownId([1; 32]);
        let wall = Wall { seconds: 1_790_000_000, confidence: Confidence::Synced };
        let ends = vec![HeldEnd { journal: JournalId([2; 8]), seq: 40 }];
        let alive = Body::Alive(Alive { counter: 7, wall, ends, version: None, linked: None });
        let report = Report::sign(&signer, town, alive);
        assert!(report.bytes().len() <= 130, "{} bytes", report.bytes().len());
        assert_eq!(Report::read(Scheme::Ed25519, town, report.bytes()), Ok(report.clone()));
        for place in 0..report.bytes().len() {
            let mut changed = report.bytes().to_vec();
            changed[place] ^= 1;
            assert!(Report::read(Scheme::Ed25519, town, &changed.into()).is_err(), "byte {place}");
        }
        let elsewhere = Report::read(Scheme::Ed25519, TownId([2; 32]), report.bytes());
        assert_eq!(elsewhere, Err(NotAReport::BadSignature));
    }
}
