//! The whole state of a school as one text, for its digest.

use crate::service::canon::{Canon, Canonical as _};
use crate::service::stamp::Stamped as _;

use super::fold::SchoolFold;

impl SchoolFold {
    pub(super) fn canonical_digest(&self) -> [u8; 16] {
        let mut canon = Canon::of("school");
        self.corrections.put(&mut canon);
        self.authors.put(&mut canon);
        canon.len(self.pupils.len());
        for (person, days) in &self.pupils {
            canon.value(person).len(days.0.len());
            for (day, register) in &days.0 {
                canon.value(day).register(register);
            }
        }
        canon.len(self.struck.len());
        for (entry, struck) in &self.struck {
            canon.entry(*entry).value(&struck.person).value(&struck.day).value(&struck.write.saw);
            struck.write.value.stamp().put(&mut canon);
            struck.write.value.put(&mut canon);
        }
        canon.digest()
    }
}
