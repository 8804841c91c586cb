//! Everything that can happen to the town.

use std::fmt;

use super::clock::ClockFault;
use super::disk::Damage;

/// The number of a node.
pub type Node = usize;

/// The number of a resident.
pub type Resident = u32;

/// The number of a line.
pub type Line = usize;

/// A choice that is made when the step comes, among what there is then.
pub type Pick = u32;

/// One thing that can happen to the town. A run is a seed and the steps drawn from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A resident holds a card to a reader: what it means is the post's.
    Tap(Node, Resident),
    /// A member of staff lets somebody go, for a while or for good, or come back.
    Going(Node, Resident, Pick),
    /// A member of staff writes a field of a shared record.
    Edit(Node, Pick),
    /// Two people write in one free text.
    Splice(Node, Pick),
    /// A member of staff takes back something that was recorded.
    Correct(Node, Pick),
    /// A disaster begins.
    OpenIncident(Node),
    /// It is over.
    CloseIncident(Node),
    /// A shelter opens.
    OpenShelter(Node),
    /// A shelter closes.
    CloseShelter(Node),
    /// The counter sells a ticket book.
    IssueBook(Node, Resident),
    /// The counter takes tickets back.
    VoidBook(Node, Pick),
    /// A teacher says what is so of a pupil.
    NotePupil(Node, Resident, Pick),
    /// A card is given to a resident, or suspended.
    Card(Node, Resident, Pick),
    /// A desk finds that two ids are one resident.
    Join(Node, Resident, Pick),
    /// A node loses power. What it had not made durable is gone.
    Crash(Node),
    /// A node is closed, as in the evening.
    Close(Node),
    /// A node is switched on.
    Start(Node),
    /// A node that lost its power has it again.
    Restart(Node),
    /// A disk begins to confirm what it does not keep.
    Lie(Node),
    /// Something on a disk goes wrong.
    Damage(Node, Damage),
    /// A disk is full.
    Fill(Node),
    /// There is room on it again.
    Free(Node),
    /// A disk takes its time, or is quick again.
    SlowDisk(Node, bool),
    /// Something happens to a clock.
    Clock(Node, ClockFault),
    /// These stop hearing the others.
    Partition(Vec<Node>),
    /// All roads that a partition closed are open again.
    Heal,
    /// A line carries nothing from its first end (`true`) or its second any more.
    OneWay(Line, bool),
    /// A line carries nothing for a moment.
    Flap(Line),
    /// A line that carried one way, or none, carries both again.
    Mend(Line),
    /// A bus comes to a depot.
    Call(Line),
    /// It leaves.
    Depart(Line),
    /// Over a line comes what no honest node sends.
    Garble(Line, Pick),
    /// A node ran another version, which wrote what this one does not know.
    OtherVersion(Node),
    /// Somebody is given the admission of a node that few know.
    Introduce(Node, Node),
    /// A node's admission is widened, and given to somebody.
    Widen(Node, Node),
}

impl Step {
    /// The line it is about, if it is about one.
    pub fn line(&self) -> Option<Line> {
        match self {
            Self::OneWay(line, _)
            | Self::Flap(line)
            | Self::Mend(line)
            | Self::Call(line)
            | Self::Depart(line)
            | Self::Garble(line, _) => Some(*line),
            Self::Tap(..)
            | Self::Going(..)
            | Self::Edit(..)
            | Self::Splice(..)
            | Self::Correct(..)
            | Self::OpenIncident(_)
            | Self::CloseIncident(_)
            | Self::OpenShelter(_)
            | Self::CloseShelter(_)
            | Self::IssueBook(..)
            | Self::VoidBook(..)
            | Self::NotePupil(..)
            | Self::Card(..)
            | Self::Join(..)
            | Self::Crash(_)
            | Self::Close(_)
            | Self::Start(_)
            | Self::Restart(_)
            | Self::Lie(_)
            | Self::Damage(..)
            | Self::Fill(_)
            | Self::Free(_)
            | Self::SlowDisk(..)
            | Self::Clock(..)
            | Self::Partition(_)
            | Self::Heal
            | Self::OtherVersion(_)
            | Self::Introduce(..)
            | Self::Widen(..) => None,
        }
    }

    /// Whether it needs a node of this number or above.
    pub fn needs(&self, nodes: usize) -> bool {
        match self {
            Self::Tap(node, _)
            | Self::Going(node, ..)
            | Self::Edit(node, _)
            | Self::Splice(node, _)
            | Self::Correct(node, _)
            | Self::OpenIncident(node)
            | Self::CloseIncident(node)
            | Self::OpenShelter(node)
            | Self::CloseShelter(node)
            | Self::IssueBook(node, _)
            | Self::VoidBook(node, _)
            | Self::NotePupil(node, ..)
            | Self::Card(node, ..)
            | Self::Join(node, ..)
            | Self::Crash(node)
            | Self::Close(node)
            | Self::Start(node)
            | Self::Restart(node)
            | Self::Lie(node)
            | Self::Damage(node, _)
            | Self::Fill(node)
            | Self::Free(node)
            | Self::SlowDisk(node, _)
            | Self::Clock(node, _)
            | Self::OtherVersion(node) => *node >= nodes,
            Self::Introduce(one, other) | Self::Widen(one, other) => {
                *one >= nodes || *other >= nodes
            }
            Self::Partition(_)
            | Self::Heal
            | Self::OneWay(..)
            | Self::Flap(_)
            | Self::Mend(_)
            | Self::Call(_)
            | Self::Depart(_)
            | Self::Garble(..) => false,
        }
    }
}

/// A line of a trace: the verb, then who. `n` is a node, `r` a resident, `l` a line.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tap(node, who) => write!(f, "tap n{node} r{who}"),
            Self::Going(node, who, pick) => write!(f, "going n{node} r{who} #{pick}"),
            Self::Edit(node, pick) => write!(f, "edit n{node} #{pick}"),
            Self::Splice(node, pick) => write!(f, "splice n{node} #{pick}"),
            Self::Correct(node, pick) => write!(f, "correct n{node} #{pick}"),
            Self::OpenIncident(node) => write!(f, "open-incident n{node}"),
            Self::CloseIncident(node) => write!(f, "close-incident n{node}"),
            Self::OpenShelter(node) => write!(f, "open-shelter n{node}"),
            Self::CloseShelter(node) => write!(f, "close-shelter n{node}"),
            Self::IssueBook(node, who) => write!(f, "issue-book n{node} r{who}"),
            Self::VoidBook(node, pick) => write!(f, "void-book n{node} #{pick}"),
            Self::NotePupil(node, who, pick) => write!(f, "note-pupil n{node} r{who} #{pick}"),
            Self::Card(node, who, pick) => write!(f, "card n{node} r{who} #{pick}"),
            Self::Join(node, who, pick) => write!(f, "join n{node} r{who} #{pick}"),
            Self::Crash(node) => write!(f, "crash n{node}"),
            Self::Close(node) => write!(f, "close n{node}"),
            Self::Start(node) => write!(f, "start n{node}"),
            Self::Restart(node) => write!(f, "restart n{node}"),
            Self::Lie(node) => write!(f, "lie n{node}"),
            Self::Damage(node, damage) => write!(f, "damage n{node} {}", damage_word(*damage)),
            Self::Fill(node) => write!(f, "fill n{node}"),
            Self::Free(node) => write!(f, "free n{node}"),
            Self::SlowDisk(node, true) => write!(f, "slow-disk n{node}"),
            Self::SlowDisk(node, false) => write!(f, "quick-disk n{node}"),
            Self::Clock(node, fault) => match fault {
                ClockFault::Unset => write!(f, "clock n{node} 1970"),
                ClockFault::FarAhead => write!(f, "clock n{node} 2035"),
                ClockFault::Jump(by) => write!(f, "clock n{node} {by:+}s"),
                ClockFault::SetRight => write!(f, "clock n{node} right"),
            },
            Self::Partition(nodes) => {
                write!(f, "partition")?;
                nodes.iter().try_for_each(|node| write!(f, " n{node}"))
            }
            Self::Heal => write!(f, "heal"),
            Self::OneWay(line, true) => write!(f, "deaf l{line} second"),
            Self::OneWay(line, false) => write!(f, "deaf l{line} first"),
            Self::Flap(line) => write!(f, "flap l{line}"),
            Self::Mend(line) => write!(f, "mend l{line}"),
            Self::Call(line) => write!(f, "call l{line}"),
            Self::Depart(line) => write!(f, "depart l{line}"),
            Self::Garble(line, pick) => write!(f, "garble l{line} #{pick}"),
            Self::OtherVersion(node) => write!(f, "other-version n{node}"),
            Self::Introduce(node, to) => write!(f, "introduce n{node} n{to}"),
            Self::Widen(node, to) => write!(f, "widen n{node} n{to}"),
        }
    }
}

/// The word of a kind of damage.
pub fn damage_word(damage: Damage) -> &'static str {
    match damage {
        Damage::LostWrite => "lost-write",
        Damage::MisdirectedWrite => "misdirected-write",
        Damage::BitRot => "bit-rot",
    }
}
