//! The town's values in the words of `docs/GLOSSARY.md`.

use digiana_core::fact::shelter::{Act, Assurance, Congestion, IncidentKind, SiteState};
use digiana_core::fact::warning::WarningLevel;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::sites::{Designation, Hazards};
use digiana_core::view::public::Band;
use digiana_node::reader::card::TurnedAway;
use unicode_normalization::UnicodeNormalization as _;

use crate::auth::Role;
use crate::backend::{Custody, Freshness, Headcount, ShownName};
use crate::import::hazard::{Hazard, Validity};
use crate::page::when;
use crate::text::Text;

pub(crate) fn kind(t: &Text, kind: IncidentKind) -> &str {
    match kind {
        IncidentKind::Real => t.say("incident.real"),
        IncidentKind::Drill => t.say("incident.drill"),
    }
}

pub(crate) fn state(t: &Text, state: SiteState) -> &str {
    match state {
        SiteState::NotOpened => t.say("state.not_opened"),
        SiteState::Preparing => t.say("state.preparing"),
        SiteState::Open => t.say("state.open"),
        SiteState::Suspended => t.say("state.suspended"),
        SiteState::Closed => t.say("state.closed"),
    }
}

/// As programs and styles read it.
pub(crate) fn state_code(state: SiteState) -> &'static str {
    match state {
        SiteState::NotOpened => "not_opened",
        SiteState::Preparing => "preparing",
        SiteState::Open => "open",
        SiteState::Suspended => "suspended",
        SiteState::Closed => "closed",
    }
}

/// The state that a code of [`state_code`] means.
pub(crate) fn state_of_code(code: &str) -> Option<SiteState> {
    use SiteState::{Closed, NotOpened, Open, Preparing, Suspended};
    let all = [NotOpened, Preparing, Open, Suspended, Closed];
    all.into_iter().find(|state| state_code(*state) == code)
}

pub(crate) fn congestion(t: &Text, level: Option<Congestion>) -> &str {
    match level {
        Some(Congestion::Free) => t.say("congestion.free"),
        Some(Congestion::Some) => t.say("congestion.some"),
        Some(Congestion::Crowded) => t.say("congestion.crowded"),
        Some(Congestion::Full) => t.say("congestion.full"),
        None => t.say("congestion.unknown"),
    }
}

/// As programs read it.
pub(crate) fn congestion_code(level: Congestion) -> &'static str {
    match level {
        Congestion::Free => "free",
        Congestion::Some => "some",
        Congestion::Crowded => "crowded",
        Congestion::Full => "full",
    }
}

pub(crate) fn hazard(t: &Text, hazard: Hazard) -> &str {
    match hazard {
        Hazard::Flood => t.say("hazard.flood"),
        Hazard::Landslide => t.say("hazard.landslide"),
        Hazard::StormSurge => t.say("hazard.storm_surge"),
        Hazard::Earthquake => t.say("hazard.earthquake"),
        Hazard::Tsunami => t.say("hazard.tsunami"),
        Hazard::LargeFire => t.say("hazard.fire"),
        Hazard::InlandFlood => t.say("hazard.inland_flood"),
        Hazard::Volcano => t.say("hazard.volcano"),
    }
}

/// As programs and forms read it.
pub(crate) fn hazard_code(hazard: Hazard) -> &'static str {
    match hazard {
        Hazard::Flood => "flood",
        Hazard::Landslide => "landslide",
        Hazard::StormSurge => "storm_surge",
        Hazard::Earthquake => "earthquake",
        Hazard::Tsunami => "tsunami",
        Hazard::LargeFire => "fire",
        Hazard::InlandFlood => "inland_flood",
        Hazard::Volcano => "volcano",
    }
}

pub(crate) fn validity(t: &Text, validity: Validity) -> &str {
    match validity {
        Validity::Designated => t.say("validity.designated"),
        Validity::NotDesignated => t.say("validity.not_designated"),
        Validity::OutOfScope => t.say("validity.out_of_scope"),
    }
}

/// As programs and styles read it.
pub(crate) fn validity_code(validity: Validity) -> &'static str {
    match validity {
        Validity::Designated => "designated",
        Validity::NotDesignated => "not_designated",
        Validity::OutOfScope => "out_of_scope",
    }
}

/// 「警戒レベル4 避難指示」
pub(crate) fn warning(t: &Text, level: WarningLevel) -> String {
    let name = match level {
        WarningLevel::ElderlyLeave => t.say("warning.elderly_leave"),
        WarningLevel::EveryoneLeaves => t.say("warning.everyone_leaves"),
        WarningLevel::SaveYourself => t.say("warning.save_yourself"),
    };
    t.fill("warning.of", &[("number", &level.number().to_string()), ("name", name)])
}

/// As styles read it.
pub(crate) fn warning_code(level: Option<WarningLevel>) -> &'static str {
    match level {
        Some(WarningLevel::ElderlyLeave) => "level-3",
        Some(WarningLevel::EveryoneLeaves) => "level-4",
        Some(WarningLevel::SaveYourself) => "level-5",
        None => "lifted",
    }
}

/// What a place's hazards say of one.
pub(crate) fn designation(designated: Hazards, hazard: Hazard) -> Validity {
    match designated.designation(hazard.in_facts()) {
        Designation::Designated => Validity::Designated,
        Designation::NotDesignated => Validity::NotDesignated,
        Designation::OutOfScope => Validity::OutOfScope,
    }
}

/// The designation that a code of [`validity_code`] means.
pub(crate) fn designation_of_code(code: &str) -> Option<Designation> {
    match code {
        "designated" => Some(Designation::Designated),
        "not_designated" => Some(Designation::NotDesignated),
        "out_of_scope" => Some(Designation::OutOfScope),
        _ => None,
    }
}

/// Digits as programs read them, however wide they were typed.
pub(crate) fn narrow(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// What somebody did.
pub(crate) fn act(t: &Text, act: Act) -> &str {
    match act {
        Act::CheckIn => t.say("act.check_in"),
        Act::CheckOut => t.say("act.check_out"),
        Act::Leave => t.say("act.leave"),
        Act::Return => t.say("act.return"),
    }
}

/// A place, in millionths of a degree, as the address that map apps open (RFC 5870).
pub(crate) fn geo((north, east): (i64, i64)) -> String {
    let degree = |millionths: i64| {
        let sign = if millionths < 0 { "-" } else { "" };
        let size = millionths.unsigned_abs();
        format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
    };
    format!("geo:{},{}", degree(north), degree(east))
}

/// Where somebody is who did that last.
pub(crate) fn whereabouts(t: &Text, act: Act) -> &str {
    match act {
        Act::CheckIn | Act::Return => t.say("presence.present"),
        Act::Leave => t.say("presence.on_leave"),
        Act::CheckOut => t.say("presence.gone"),
    }
}

pub(crate) fn assurance(t: &Text, assurance: Assurance) -> &str {
    match assurance {
        Assurance::Listed => t.say("assurance.listed"),
        Assurance::Vouched => t.say("assurance.vouched"),
        Assurance::Proven => t.say("assurance.proven"),
    }
}

/// A count with all its doubt: 「42人（最大45人・未受信1か所）」.
pub(crate) fn headcount(t: &Text, count: Headcount) -> String {
    let (sure, most) = (count.sure.to_string(), count.at_most.to_string());
    let unheard = count.unheard.to_string();
    match (count.at_most > count.sure, count.unheard > 0) {
        (false, false) => t.fill("people.exact", &[("n", &sure)]),
        (true, false) => t.fill("people.interval", &[("n", &sure), ("most", &most)]),
        (false, true) => t.fill("people.unheard", &[("n", &sure), ("unheard", &unheard)]),
        (true, true) => t.fill(
            "people.interval_unheard",
            &[("n", &sure), ("most", &most), ("unheard", &unheard)],
        ),
    }
}

/// Why a card that was read is not taken.
pub(crate) fn turned_away(t: &Text, why: TurnedAway) -> &str {
    t.say(match why {
        TurnedAway::Phone => "card.phone",
        TurnedAway::NoCertificate => "card.no_certificate",
        TurnedAway::Untrusted => "card.untrusted",
        TurnedAway::Expired => "card.expired",
        TurnedAway::Revoked => "card.revoked",
        TurnedAway::OtherTown => "card.other_town",
        TurnedAway::NotGenuine => "card.not_genuine",
        TurnedAway::NotACode => "card.not_a_code",
    })
}

pub(crate) fn freshness(t: &Text, freshness: Freshness, now: i64) -> String {
    match freshness {
        Freshness::Here => t.say("fresh.here").to_owned(),
        Freshness::Linked => t.say("fresh.linked").to_owned(),
        Freshness::Heard(at) => t.fill(
            "fresh.heard",
            &[("at", &when::stamp(t, at, now)), ("age", &when::age(t, at, now))],
        ),
        Freshness::Never => t.say("fresh.never").to_owned(),
    }
}

pub(crate) fn custody(t: &Text, custody: Custody, now: i64) -> String {
    match custody {
        Custody::Held(at) => t.fill("custody.held", &[("at", &when::stamp(t, at, now))]),
        Custody::Waiting(None) => t.say("custody.waiting").to_owned(),
        Custody::Waiting(Some(at)) => {
            t.fill("custody.waiting_since", &[("at", &when::stamp(t, at, now))])
        }
        Custody::Nothing => t.say("custody.nothing").to_owned(),
    }
}

/// The name, or why there is none.
pub(crate) fn name(t: &Text, name: &ShownName) -> String {
    match name {
        ShownName::Shown { name, .. } => name.clone(),
        ShownName::Protected => t.say("name.protected").to_owned(),
        ShownName::Unknown => t.say("name.unknown").to_owned(),
    }
}

/// How a name is read, where it may be seen.
pub(crate) fn kana(name: &ShownName) -> String {
    match name {
        ShownName::Shown { kana, .. } => kana.clone(),
        ShownName::Protected | ShownName::Unknown => String::new(),
    }
}

pub(crate) fn birth_year(t: &Text, year: Option<i32>) -> String {
    year.map_or_else(String::new, |year| t.fill("person.born", &[("year", &year.to_string())]))
}

pub(crate) fn band(t: &Text, band: Option<Band>) -> &str {
    match band {
        Some(Band::Under10) => t.say("band.under_10"),
        Some(Band::Under50) => t.say("band.under_50"),
        Some(Band::Under100) => t.say("band.under_100"),
        Some(Band::Under200) => t.say("band.under_200"),
        Some(Band::From200) => t.say("band.from_200"),
        None => t.say("band.unknown"),
    }
}

/// As programs read it.
pub(crate) fn band_code(band: Band) -> &'static str {
    match band {
        Band::Under10 => "0-9",
        Band::Under50 => "10-49",
        Band::Under100 => "50-99",
        Band::Under200 => "100-199",
        Band::From200 => "200+",
    }
}

/// As [`refused`], for whoever sent the form: headquarters is not sent to headquarters.
pub(crate) fn refused_to(t: &Text, refusal: Refusal, role: Role) -> &str {
    match (refusal, role) {
        (Refusal::NotPermitted, Role::Headquarters) => t.say("refused.not_permitted_here"),
        (refusal, _) => refused(t, refusal),
    }
}

/// Why nothing was done, and what to do: the rows of `docs/REFUSALS.md` for a desk.
pub(crate) fn refused(t: &Text, refusal: Refusal) -> &str {
    match refusal {
        Refusal::Busy => t.say("refused.busy"),
        Refusal::StoreFull => t.say("refused.store_full"),
        Refusal::NotDurable => t.say("refused.not_durable"),
        Refusal::NotPermitted => t.say("refused.not_permitted"),
        Refusal::TooLong => t.say("refused.too_long"),
        Refusal::TooMany => t.say("refused.too_many"),
        Refusal::TimeInFuture => t.say("refused.time_in_future"),
        Refusal::NoOpenIncident => t.say("refused.no_open_incident"),
        Refusal::UnknownIncident => t.say("refused.unknown_incident"),
        Refusal::UnknownToken => t.say("refused.unknown_token"),
        Refusal::TokenSuspended => t.say("refused.token_suspended"),
        Refusal::TokenEnded => t.say("refused.token_ended"),
        Refusal::TokenConflict => t.say("refused.token_conflict"),
        Refusal::TokenTaken => t.say("refused.token_taken"),
        Refusal::UnknownPerson => t.say("refused.unknown_person"),
        Refusal::NoSite => t.say("refused.no_site"),
        Refusal::SiteNotOpen => t.say("refused.site_not_open"),
        Refusal::AlreadyHere { .. } => t.say("refused.already_here"),
        Refusal::NotHere => t.say("refused.not_here"),
        Refusal::SeenLater { .. } => t.say("refused.seen_later"),
        Refusal::UnknownProduct => t.say("refused.unknown_product"),
        Refusal::UnknownBook => t.say("refused.unknown_book"),
        Refusal::NoAmount => t.say("refused.no_amount"),
        Refusal::NotSoMany => t.say("refused.not_so_many"),
        Refusal::TooFewPoints => t.say("refused.too_few_points"),
        Refusal::NoDebt => t.say("refused.no_debt"),
        Refusal::AlreadyReversed => t.say("refused.already_reversed"),
        Refusal::AlreadyVisited => t.say("refused.already_visited"),
        Refusal::SameRide => t.say("refused.same_ride"),
        Refusal::NotAPupil => t.say("refused.not_a_pupil"),
        Refusal::AlreadyNoted => t.say("refused.already_noted"),
        Refusal::NothingToChange => t.say("refused.nothing_to_change"),
        Refusal::AlreadyCorrected => t.say("refused.already_corrected"),
        Refusal::UnknownTarget => t.say("refused.unknown_target"),
        Refusal::NoReason => t.say("refused.no_reason"),
    }
}
