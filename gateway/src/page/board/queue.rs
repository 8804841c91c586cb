//! What waits for somebody's decision, the most urgent first.

use digiana_core::fact::shelter::SiteState;

use crate::backend::{Board, Claim, KitUse, Late, SiteRow, TwoPlaces};
use crate::page::{desk, when, words};
use crate::text::Text;

/// The queue in words.
pub(crate) struct Queue {
    pub(crate) two_places: Vec<TwoPlacesLine>,
    /// Sites to which devices gave different states.
    pub(crate) disputed: Vec<String>,
    /// Which opening kits were used.
    pub(crate) kits: Vec<String>,
    pub(crate) late: Vec<String>,
    pub(crate) unverified: Option<String>,
    pub(crate) set_aside: Option<String>,
}

/// Somebody whom several sites count.
pub(crate) struct TwoPlacesLine {
    pub(crate) person: String,
    pub(crate) name: String,
    /// Kana, year of birth and neighbourhood, as far as they are known.
    pub(crate) about: String,
    pub(crate) claims: Vec<ClaimLine>,
}

/// What one site says of them.
pub(crate) struct ClaimLine {
    pub(crate) site: String,
    pub(crate) site_name: String,
    pub(crate) said: String,
}

impl Queue {
    pub(crate) fn of(t: &Text, board: &Board, now: i64) -> Self {
        let counted =
            |key, count: u64| (count > 0).then(|| t.fill(key, &[("n", &count.to_string())]));
        Self {
            two_places: board.two_places.iter().map(|both| two_places(t, both, now)).collect(),
            disputed: board.sites.iter().filter_map(|row| disputed(t, row)).collect(),
            kits: board.kits.iter().map(|used| kit_line(t, used, now)).collect(),
            late: board.late.iter().map(|late| late_line(t, late, now)).collect(),
            unverified: counted("queue.unverified", u64::from(board.unverified)),
            set_aside: counted("queue.set_aside", board.set_aside),
        }
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.two_places.is_empty()
            && self.disputed.is_empty()
            && self.kits.is_empty()
            && self.late.is_empty()
            && self.unverified.is_none()
            && self.set_aside.is_none()
    }

    /// How many things wait.
    pub(crate) fn count(&self) -> usize {
        let others = [&self.unverified, &self.set_aside].into_iter().flatten().count();
        self.two_places.len() + self.disputed.len() + self.kits.len() + self.late.len() + others
    }
}

fn two_places(t: &Text, both: &TwoPlaces, now: i64) -> TwoPlacesLine {
    let claim = |claim: &Claim| ClaimLine {
        site: claim.site.to_string(),
        site_name: claim.site_name.clone(),
        said: format!(
            "{} {} {}",
            claim.site_name,
            when::stamp(t, claim.at, now),
            words::assurance(t, claim.assurance)
        ),
    };
    TwoPlacesLine {
        person: both.person.to_string(),
        name: words::name(t, &both.name),
        about: desk::joined(&[
            &words::kana(&both.name),
            &words::birth_year(t, both.birth_year),
            &both.lives_in,
        ]),
        claims: both.claims.iter().map(claim).collect(),
    }
}

fn disputed(t: &Text, row: &SiteRow) -> Option<String> {
    let states: Vec<&str> =
        row.disputed.iter().map(|state: &SiteState| words::state(t, *state)).collect();
    let states = states.join(t.say("word.and"));
    let values = [("name", row.name.as_str()), ("states", states.as_str())];
    (!states.is_empty()).then(|| t.fill("queue.disputed", &values))
}

fn kit_line(t: &Text, used: &KitUse, now: i64) -> String {
    let at = when::stamp(t, used.at, now);
    t.fill("kit.used", &[("site", &used.site_name), ("at", &at)])
}

fn late_line(t: &Text, late: &Late, now: i64) -> String {
    let values = [
        ("name", words::name(t, &late.name)),
        ("act", words::act(t, late.act).to_owned()),
        ("site", late.site_name.clone()),
        ("at", when::stamp(t, late.happened_at, now)),
        ("entered", when::stamp(t, late.entered_at, now)),
    ];
    let values: Vec<_> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    t.fill("queue.late_line", &values)
}
