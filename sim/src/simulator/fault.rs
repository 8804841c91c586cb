//! Everything that goes wrong in a simulated town, by name, so that a report can count it.

use std::collections::BTreeMap;

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident $word:literal;)*) => {
        /// One kind of trouble.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[$doc])* $fault,)*
        }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$fault,)*];

            /// Its word in reports and scenarios.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$fault => $word,)*
                }
            }
        }
    };
}

faults! {
    /// A node loses its power.
    Crash "crash";
    /// A transaction was under way when the power went, and did not count.
    TornWrite "torn_write";
    /// A transaction reached the disk whole, and nobody was told before the power went.
    UntoldWrite "untold_write";
    /// A disk forgets what it had confirmed.
    Rollback "rollback";
    /// A write that was confirmed is missing.
    LostWrite "lost_write";
    /// A write stands in the place of another.
    MisdirectedWrite "misdirected_write";
    /// A bit turns.
    BitRot "bit_rot";
    /// A disk is full.
    DiskFull "disk_full";
    /// A disk takes seconds for a commit.
    SlowDisk "slow_disk";
    /// Two parts of the town stop hearing each other.
    Partition "partition";
    /// A line carries in one direction only.
    OneWay "one_way";
    /// A line comes and goes.
    Flapping "flapping";
    /// Packets are lost, and sent again later.
    Loss "loss";
    /// Packets come twice.
    Duplication "duplication";
    /// Packets overtake each other.
    Reordering "reordering";
    /// A line of 256 kbit/s.
    ThinLine "thin_line";
    /// A bus comes to a depot, and leaves again.
    BusVisit "bus_visit";
    /// A clock that was never set.
    ClockUnset "clock_unset";
    /// A clock in 2035.
    ClockFarAhead "clock_far_ahead";
    /// A clock jumps.
    ClockJump "clock_jump";
    /// A peer sends what no honest node sends.
    Malformed "malformed";
    /// A node ran another version for a while, which wrote what this one does not know.
    OtherVersion "other_version";
    /// An admission comes late, by another road.
    LateAdmission "late_admission";
    /// An admission is widened while its node runs.
    WidenedAdmission "widened_admission";
}

/// How often each kind happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(BTreeMap<Fault, u64>);

impl Faults {
    /// One more.
    pub fn count(&mut self, fault: Fault) {
        self.add(fault, 1);
    }

    /// Some more.
    pub fn add(&mut self, fault: Fault, times: u64) {
        *self.0.entry(fault).or_default() += times;
    }

    /// How often that kind happened.
    pub fn of(&self, fault: Fault) -> u64 {
        self.0.get(&fault).copied().unwrap_or(0)
    }

    /// Takes up what happened in another town.
    pub fn absorb(&mut self, other: &Self) {
        other.0.iter().for_each(|(fault, times)| self.add(*fault, *times));
    }
}
