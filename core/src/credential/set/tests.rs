//! Whom a town believes.

use super::*;
use crate::credential::admit::Writable;
use crate::limits::CREDENTIAL_BYTES_MAX;
use crate::sign::Signer;

struct Town {
    root: Signer,
    officer: Signer,
    set: CredentialSet,
}

fn town() -> Town {
    let root = Signer::new(Scheme::Ed25519, &[1; 32]);
    let officer = Signer::new(Scheme::Ed25519, &[2; 32]);
    let set = CredentialSet::new(Scheme::Ed25519, root.public());
    Town { root, officer, set }
}

impl Town {
    fn appoint(&self) -> Envelope {
        let act =
            Appoint { officer: self.officer.officer(), office: "総務課".into(), issued_at: 1 };
        Envelope::seal(self.set.town(), &self.root, CredentialKind::APPOINT, &act)
    }

    fn admit(&self, node: u8, writes: &[(Scope, &[u32])], reads: &[Scope]) -> Envelope {
        let writable = |(scope, kinds): &(Scope, &[u32])| Writable {
            scope: *scope,
            kinds: kinds.iter().map(|kind| Kind(*kind)).collect(),
        };
        let act = Admit {
            node: NodeId([node; 32]),
            name: format!("node {node}"),
            role: Role::Reader,
            sites: Vec::new(),
            reads: reads.to_vec(),
            writes: writes.iter().map(writable).collect(),
            budgets: Vec::new(),
            age_recipient: None,
            issued_at: 2,
        };
        Envelope::seal(self.set.town(), &self.officer, CredentialKind::ADMIT, &act)
    }
}

#[test]
fn a_node_counts_once_root_and_officer_vouch_for_it() {
    let mut town = town();
    let admit = town.admit(9, &[(Scope::Shelter, &[])], &[]);
    let stranger = town.set.insert(&admit);
    assert_eq!(stranger, Err(CredentialFault::UnknownIssuer(admit.id())));
    assert_eq!(town.set.insert(&town.appoint()), Ok(Taken::New(town.appoint().id())));
    assert_eq!(town.set.insert(&admit), Ok(Taken::New(admit.id())));
    assert_eq!(town.set.insert(&admit), Ok(Taken::Held));
    let standing = town.set.standing(NodeId([9; 32])).unwrap();
    assert!(standing.may_write(Scope::Shelter, Kind(19)));
    assert!(!standing.may_write(Scope::Register, Kind(5)));
    assert_eq!(town.set.writers(Scope::Shelter), [NodeId([9; 32])]);
}

#[test]
fn two_admissions_of_one_node_unite() {
    let mut town = town();
    town.set.insert(&town.appoint()).unwrap();
    town.set.insert(&town.admit(9, &[(Scope::Shelter, &[19])], &[])).unwrap();
    town.set.insert(&town.admit(9, &[(Scope::Shelter, &[18])], &[Scope::Register])).unwrap();
    let standing = town.set.standing(NodeId([9; 32])).unwrap();
    assert!(standing.may_write(Scope::Shelter, Kind(18)));
    assert!(standing.may_write(Scope::Shelter, Kind(19)));
    assert!(!standing.may_write(Scope::Shelter, Kind(20)));
    assert!(standing.reads.contains(&Scope::Register));
    assert!(!standing.writes(Scope::Register));
}

#[test]
fn a_changed_credential_and_one_of_another_town_are_refused() {
    let mut town = town();
    let mut changed = town.appoint();
    changed.body.push(0);
    assert_eq!(town.set.insert(&changed), Err(CredentialFault::BadSignature(changed.id())));
    let other = Signer::new(Scheme::Ed25519, &[3; 32]);
    let foreign = Envelope::seal(
        town_of(&other.public()),
        &other,
        CredentialKind::APPOINT,
        &Appoint { officer: town.officer.officer(), office: "他町".into(), issued_at: 1 },
    );
    assert_eq!(town.set.insert(&foreign), Err(CredentialFault::BadSignature(foreign.id())));
}

#[test]
fn an_introduction_is_enough_for_a_stranger_and_fits_one_frame() {
    let mut town = town();
    town.set.insert(&town.appoint()).unwrap();
    let every = Scope::EVERY_READER.map(|scope| (scope, [].as_slice()));
    town.set.insert(&town.admit(9, &every, &[Scope::Register])).unwrap();
    let shown = town.set.introduction(NodeId([9; 32]));
    let mut stranger = CredentialSet::new(Scheme::Ed25519, town.root.public());
    for envelope in &shown {
        let bytes = envelope.to_bytes();
        stranger.insert(&Envelope::read(&bytes).unwrap()).unwrap();
    }
    assert_eq!(stranger, town.set);
    let bytes: usize = shown.iter().map(|envelope| envelope.to_bytes().len() + 2).sum();
    assert!(bytes < PRESENT_BYTES_MAX, "{bytes} bytes");
}

#[test]
fn the_longest_admission_by_an_officer_of_the_longest_office_is_shown_to_a_stranger() {
    let mut town = town();
    let officer = town.officer.officer();
    let office = |chars| Appoint { officer, office: "o".repeat(chars), issued_at: 1 };
    let name = |chars| Admit {
        node: NodeId([9; 32]),
        name: "n".repeat(chars),
        role: Role::Reader,
        sites: Vec::new(),
        reads: Vec::new(),
        writes: Vec::new(),
        budgets: Vec::new(),
        age_recipient: None,
        issued_at: 2,
    };
    let room = |bytes: Vec<u8>| CREDENTIAL_BYTES_MAX - bytes.len();
    let office = office(room(minicbor::to_vec(office(300)).unwrap()) + 300);
    let admit = name(room(minicbor::to_vec(name(300)).unwrap()) + 300);
    let id = town.set.town();
    let appoint = Envelope::seal(id, &town.root, CredentialKind::APPOINT, &office);
    let admit = Envelope::seal(id, &town.officer, CredentialKind::ADMIT, &admit);
    for envelope in [&appoint, &admit] {
        assert_eq!(envelope.body.len(), CREDENTIAL_BYTES_MAX);
        town.set.insert(envelope).unwrap();
    }
    assert_eq!(town.set.introduction(NodeId([9; 32])), [appoint, admit]);
}
