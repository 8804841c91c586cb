//! Imported places as edits of the town's records.

use digiana_core::fact::edit::{Change, Edit, Value};
use digiana_core::record::{field, of_site};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::records::RecordsFold;
use digiana_core::service::sites;
use digiana_node::road::changes_only;

use super::hazard::{Hazards, Validity};
use super::plan::Plan;
use super::sites::{DesignationKind, SiteImport};

/// The commands that write places, whole ones in each. With `held` only what differs from it; a
/// place the files do not name stays as it is.
pub fn plan(sites: &[SiteImport], held: Option<&RecordsFold>) -> Plan {
    let edits = sites.iter().map(|site| {
        let edits = edits(site);
        if held.is_some() { changes_only(held, edits) } else { edits }
    });
    Plan::of_edits(Scope::Town, (1..).zip(edits))
}

/// The edits of one place.
pub fn edits(site: &SiteImport) -> Vec<Edit> {
    let record = of_site(site.id);
    let text = |text: &str| Value::Text(text.to_owned());
    let values = [
        (field::SITE_NAME, text(&site.name)),
        (field::SITE_ADDRESS, text(&site.address)),
        (field::SITE_LATITUDE_E6, Value::Int(millionths(site.latitude))),
        (field::SITE_LONGITUDE_E6, Value::Int(millionths(site.longitude))),
        (field::SITE_HAZARDS, Value::Int(hazards(&site.hazards).as_int())),
        (field::SITE_DESIGNATIONS, Value::Text(designations(site))),
        (field::SITE_WELFARE_ONLY, Value::Bool(!site.is_for_everyone())),
        (field::SITE_GSI_KEY, text(site.key.as_str())),
    ];
    let said = values.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(field, value)| Edit {
        record,
        field,
        change: Change::Put(value),
        saw: Saw::NOTHING,
        happened_at: None,
    })
    .collect()
}

/// The hazards as the town's records hold them.
pub fn hazards(imported: &Hazards) -> sites::Hazards {
    sites::Hazards::new(imported.iter().map(|(hazard, validity)| {
        let hazard = hazard.in_facts();
        let designation = match validity {
            Validity::Designated => sites::Designation::Designated,
            Validity::NotDesignated => sites::Designation::NotDesignated,
            Validity::OutOfScope => sites::Designation::OutOfScope,
        };
        (hazard, designation)
    }))
}

/// What the place is designated as, each kind once.
fn designations(site: &SiteImport) -> String {
    let mut words: Vec<String> = Vec::new();
    for designation in &site.designations {
        let word = match &designation.kind {
            DesignationKind::Emergency { .. } => "指定緊急避難場所".to_owned(),
            DesignationKind::Shelter => "指定避難所".to_owned(),
            DesignationKind::Welfare { admits } => format!("指定避難所（{admits}）"),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join("、")
}

/// Degrees as whole millionths: a tenth of a metre.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a place in Japan has at most 154 degrees, and the reader refused any other"
)]
fn millionths(degrees: f64) -> i64 {
    (degrees * 1e6).round() as i64
}

#[cfg(test)]
mod tests;
