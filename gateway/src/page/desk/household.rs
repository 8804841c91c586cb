//! People of a household, to tick who is here.

use super::joined;
use crate::backend::{Household, Member};
use crate::page::shell::Shell;
use crate::page::words;
use crate::text::Text;

pub(super) struct HouseholdLine {
    pub(super) members: Vec<MemberLine>,
}

pub(super) struct MemberLine {
    pub(super) person: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) about: String,
    pub(super) is_ticked: bool,
}

/// The households that a search found.
pub(super) fn lines(shell: &Shell, found: &[Household]) -> Vec<HouseholdLine> {
    // A family name finds whole households, of whom perhaps one has come: nobody is ticked for the
    // desk unless it asked for just this person, or ticked them on the form that was refused.
    let matches = found.iter().flat_map(|household| &household.members);
    let asked_for_one = matches.filter(|member| member.is_match).count() == 1;
    let was_refused = shell.is_refused_at("/desk/check-in");
    let is_ticked = |member: &Member| {
        if was_refused {
            let person = member.person.to_string();
            return shell.all_typed("person").any(|typed| typed == person);
        }
        asked_for_one && member.is_match && member.at.is_none()
    };
    let line =
        |found: &Member| MemberLine { is_ticked: is_ticked(found), ..member(shell.t, found) };
    let household = |household: &Household| HouseholdLine {
        members: household.members.iter().map(line).collect(),
    };
    found.iter().map(household).collect()
}

/// One of a household, not ticked.
pub(super) fn member(t: &Text, member: &Member) -> MemberLine {
    let at = member.at.as_ref().map(|site| t.fill("desk.counted_at", &[("site", site)]));
    MemberLine {
        person: member.person.to_string(),
        name: words::name(t, &member.name),
        kana: words::kana(&member.name),
        about: joined(&[
            &words::birth_year(t, member.birth_year),
            &member.address,
            &at.unwrap_or_default(),
        ]),
        is_ticked: false,
    }
}
