//! One place as a card: whether it is open, how full, what it is good for, and the way there.

use digiana_core::fact::shelter::{Congestion, SiteState};
use digiana_core::id::SiteId;

use super::Age;
use crate::backend::PublicShelter;
use crate::import::hazard::{Hazard, Validity};
use crate::page::{when, words};
use crate::text::Text;

/// A place in words.
pub(crate) struct Card {
    pub(crate) anchor: String,
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) state: String,
    pub(crate) state_code: &'static str,
    pub(crate) congestion: String,
    /// How many of four bars of congestion are full; 0 where nobody knows.
    pub(crate) bars: usize,
    pub(crate) people: String,
    pub(crate) is_welfare: bool,
    pub(crate) validity: Vec<Answer>,
    /// The way there, as map apps open it.
    pub(crate) geo: Option<String>,
    /// The view of the map around it.
    pub(crate) around: String,
    /// Degrees north and east, for a phone that knows where it is.
    pub(crate) at: String,
    pub(crate) age: Option<Age>,
    pub(crate) unheard: Option<String>,
}

/// The hazards for which one answer holds, in words.
pub(crate) struct Answer {
    pub(crate) said: String,
    pub(crate) code: &'static str,
}

impl Card {
    pub(super) fn of(
        t: &Text,
        shelter: &PublicShelter,
        number: usize,
        threats: &[Hazard],
        now: i64,
    ) -> Self {
        let is_open = shelter.state == SiteState::Open;
        let geo = shelter.place.map(words::geo);
        let capacity = shelter.capacity.map_or_else(String::new, |capacity| {
            t.fill("people.capacity", &[("n", &capacity.to_string())])
        });
        Self {
            anchor: anchor(shelter.site),
            number,
            name: shelter.name.clone(),
            address: shelter.address.clone(),
            state: words::state(t, shelter.state).to_owned(),
            state_code: words::state_code(shelter.state),
            congestion: if is_open {
                words::congestion(t, shelter.congestion).to_owned()
            } else {
                String::new()
            },
            bars: shelter.congestion.filter(|_| is_open).map_or(0, bars),
            people: words::band(t, shelter.people).to_owned() + &capacity,
            is_welfare: shelter.is_welfare,
            validity: answers(t, shelter, threats),
            at: geo.as_deref().and_then(|geo| geo.strip_prefix("geo:")).unwrap_or("").to_owned(),
            around: format!("/public/?map={}#map", shelter.site),
            geo,
            age: shelter.updated_at.map(|at| Age::of(t, at, now)),
            unheard: shelter
                .unheard_since
                .map(|at| t.fill("public.unheard", &[("at", &when::stamp(t, at, now))])),
        }
    }
}

/// Where a place stands on the page.
pub(super) fn anchor(site: SiteId) -> String {
    format!("site-{site}")
}

/// Whether a place is not designated for something that threatens.
pub(super) fn is_unfit(shelter: &PublicShelter, threats: &[Hazard]) -> bool {
    let asked = shelter.hazards.iter().filter(|(hazard, _)| threats.contains(hazard));
    asked.into_iter().any(|(_, found)| *found == Validity::NotDesignated)
}

/// What a place is good for, what it is not good for first: for what threatens, or for everything
/// where nothing does. What nobody states is an answer too, so that no place is left blank and read
/// as safe.
fn answers(t: &Text, shelter: &PublicShelter, threats: &[Hazard]) -> Vec<Answer> {
    let asked = |hazard: &Hazard| threats.is_empty() || threats.contains(hazard);
    let answer = |wanted: Validity| {
        let of = shelter.hazards.iter().filter(|(hazard, found)| *found == wanted && asked(hazard));
        let hazards: Vec<_> = of.map(|(hazard, _)| words::hazard(t, *hazard)).collect();
        (!hazards.is_empty()).then(|| Answer {
            said: t.fill(
                "validity.of",
                &[
                    ("hazard", &hazards.join(t.say("word.and"))),
                    ("word", words::validity(t, wanted)),
                ],
            ),
            code: words::validity_code(wanted),
        })
    };
    [Validity::NotDesignated, Validity::Designated, Validity::OutOfScope]
        .into_iter()
        .filter_map(answer)
        .collect()
}

fn bars(level: Congestion) -> usize {
    match level {
        Congestion::Free => 1,
        Congestion::Some => 2,
        Congestion::Crowded => 3,
        Congestion::Full => 4,
    }
}
