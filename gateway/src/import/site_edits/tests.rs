//! The places of Misato come out of the town's records as they went in.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use digiana_core::engine::input::Command;
use digiana_core::fact::Fact;
use digiana_core::id::{EntryId, Hash, JournalId, NodeId};
use digiana_core::service::sites::{Designation, Site, all};
use digiana_core::service::{Fold, Origin, Standing};
use digiana_core::time::{Confidence, Wall};

use super::*;
use digiana_core::fact::shelter;

use crate::data;
use crate::import::hazard::Hazard;

fn recorded(plan: &Plan) -> RecordsFold {
    let mut fold = RecordsFold::default();
    let edits = plan.commands().iter().flat_map(|command| {
        let Command::Edit { scope: Scope::Town, edits } = command else {
            panic!("places are edits of the town")
        };
        edits.clone()
    });
    for (seq, edit) in (1..).zip(edits) {
        let entry = EntryId { journal: JournalId([1; 8]), seq };
        let wall = Wall { seconds: 0, confidence: Confidence::Unsure };
        let (hash, author) = (Hash([1; 32]), NodeId([1; 32]));
        let origin =
            Origin { entry, hash, author, counter: seq, wall, standing: Standing::Admitted };
        fold.apply(&origin, &Fact::Edit(edit));
    }
    fold
}

#[test]
fn the_nineteen_places_of_misato_are_recorded_with_their_hazards() {
    let sites = data::sites();
    let town = recorded(&plan(&sites, None));
    assert_eq!(all(&town).count(), 19);
    for site in &sites {
        let held = Site::read(&town, site.id).unwrap();
        assert_eq!(held.name.as_deref(), Some(site.name.as_str()));
        assert_eq!(held.gsi_key.as_deref(), Some(site.key.as_str()));
        assert!((held.latitude_e6.unwrap() - millionths(site.latitude)).abs() <= 1);
        assert!(held.designations.unwrap().contains("指定緊急避難場所"));
        assert!(!held.welfare_only);
        for (hazard, validity) in site.hazards.iter() {
            let place = Hazard::ALL.iter().position(|other| *other == hazard).unwrap();
            let known = *shelter::Hazard::ALL.get(place).unwrap();
            let expected = match validity {
                Validity::Designated => Designation::Designated,
                Validity::NotDesignated => Designation::NotDesignated,
                Validity::OutOfScope => Designation::OutOfScope,
            };
            assert_eq!(held.hazards.unwrap().designation(known), expected);
        }
    }
}

#[test]
fn a_second_import_of_the_same_places_asks_for_nothing() {
    let mut sites = data::sites();
    let town = recorded(&plan(&sites, None));
    assert!(plan(&sites, Some(&town)).is_empty());
    sites.first_mut().unwrap().name = "訓練会館".to_owned();
    let changed = plan(&sites, Some(&town));
    let [Command::Edit { edits, .. }] = changed.commands() else { panic!("one command") };
    let [edit] = edits.as_slice() else { panic!("one field") };
    assert_eq!(edit.field, field::SITE_NAME);
    assert_ne!(edit.saw, Saw::NOTHING);
}
