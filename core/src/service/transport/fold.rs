//! The transport scope's facts, folded.

use crate::fact::{Fact, TransportFact};
use crate::id::{EntryId, JournalId, NodeId};
use crate::service::canon::{Canon, Canonical as _};
use crate::service::corrections::Corrections;
use crate::service::stamp::Authors;
use crate::service::{Fold, Origin, Standing};

/// All that the admitted facts of the transport scope say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransportFold {
    corrections: Corrections,
    authors: Authors,
}

impl TransportFold {
    /// Who writes a journal, for a page that shows who said what.
    pub fn author(&self, journal: JournalId) -> Option<NodeId> {
        self.authors.of(journal)
    }
}

impl Fold for TransportFold {
    fn apply(&mut self, origin: &Origin, fact: &Fact) {
        if origin.standing != Standing::Admitted {
            return;
        }
        self.authors.apply(origin);
        if let Fact::Correct(correct) = fact {
            self.corrections.apply(origin, correct);
            return;
        }
        if self.corrections.of(origin.entry, origin.hash).is_some() {
            return;
        }
        let Fact::Transport(fact) = fact else { return };
        match fact {
            TransportFact::BookIssued(_)
            | TransportFact::BookVoided(_)
            | TransportFact::Ride(_) => {}
        }
    }

    fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    fn hash_of(&self, _entry: EntryId) -> Option<[u8; 4]> {
        None
    }

    fn digest(&self) -> [u8; 16] {
        let mut canon = Canon::of("transport");
        self.corrections.put(&mut canon);
        self.authors.put(&mut canon);
        canon.digest()
    }
}
