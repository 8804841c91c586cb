//! The digest of the shelter fold: two replicas with the same one show the same.

use crate::service::canon::{Canon, Canonical};

use super::fold::ShelterFold;

impl ShelterFold {
    /// What [`Fold::digest`](crate::service::Fold::digest) answers.
    pub(super) fn canonical_digest(&self) -> [u8; 16] {
        let mut canon = Canon::of("shelter");
        self.corrections.put(&mut canon);
        self.authors.put(&mut canon);
        canon.len(self.incidents.len());
        for (id, incident) in &self.incidents {
            canon.value(id).register(&incident.opened).register(&incident.closed);
            canon.len(incident.sites.len());
            for (site, entry) in &incident.sites {
                canon.value(site).register(&entry.state).register(&entry.congestion);
            }
            canon.len(incident.warnings.len());
            for (district, register) in &incident.warnings {
                canon.value(district).register(register);
            }
            canon.len(incident.people.len());
            for (person, entry) in &incident.people {
                canon.value(person).register(&entry.presence);
                canon.register(&entry.safe).register(&entry.claims);
            }
        }
        canon.digest()
    }
}
