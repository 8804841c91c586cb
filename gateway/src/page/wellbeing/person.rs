//! One wallet: what it holds, how that came about, and what staff of this place may do to it.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use digiana_core::fact::wellbeing::Settlement;
use digiana_core::id::{PersonId, SiteId};
use digiana_core::service::lists::site::{FACILITY, SHOP};
use digiana_core::service::wellbeing::statement::Outcome;
use digiana_core::service::wellbeing::wallet::Balance;
use digiana_node::config::Serves;

use super::{unheard_line, who};
use crate::app::App;
use crate::auth::Role;
use crate::auth::session::Staff;
use crate::backend::wellbeing::{GrantSeen, Line, LineWhat, kind};
use crate::error::PageError;
use crate::page::shell::{self, Shell, Visit};
use crate::page::{when, words};
use crate::text::Text;

/// The most lines of a wallet that one page lists, the newest first.
const LINES_MAX: usize = 200;

#[derive(Template)]
#[template(path = "wellbeing_person.html")]
struct WalletPage {
    shell: Shell,
    person: String,
    name: String,
    kana: String,
    balance: String,
    is_overdrawn: bool,
    debt: u64,
    pending: Option<String>,
    unheard: Option<String>,
    facilities: Vec<Choice>,
    shops: Vec<Choice>,
    may_transfer: bool,
    may_settle: bool,
    lines: Vec<StatementLine>,
    more: Option<String>,
    /// The form that was refused, so that what was typed stands in it.
    refused: String,
}

/// A place to choose.
struct Choice {
    id: String,
    name: String,
}

/// One line of a statement in words.
struct StatementLine {
    entry: String,
    when: String,
    recorded: String,
    what: String,
    notes: Vec<String>,
    by: String,
    points: String,
    balance: String,
    is_minus: bool,
    may_reverse: bool,
    may_correct: bool,
}

/// What staff of this place may do to wallets.
pub(super) struct May {
    /// Where they may note a visit.
    pub(super) facilities: Vec<(SiteId, String)>,
    /// For which shops they may take points.
    pub(super) shops: Vec<(SiteId, String)>,
    /// Whether they may undo what another place posted, move points out of town and settle.
    pub(super) is_counter: bool,
}

impl May {
    pub(super) fn of(app: &App, staff: &Staff) -> Self {
        let town = app.town();
        let own = |site: SiteId, kind| {
            let name = || {
                let all = town.sites_serving(i64::MAX);
                all.into_iter().find(|(id, _)| *id == site).map(|(_, name)| name)
            };
            let is_recorded = town.may_record(kind);
            is_recorded
                .then(|| (site, name().unwrap_or_else(|| site.short())))
                .into_iter()
                .collect()
        };
        let (visit, spend) = (kind::VISIT, kind::SPEND);
        match staff.role {
            Role::Headquarters => Self {
                facilities: if town.may_record(visit) {
                    town.sites_serving(FACILITY)
                } else {
                    Vec::new()
                },
                shops: if town.may_record(spend) { town.sites_serving(SHOP) } else { Vec::new() },
                is_counter: true,
            },
            Role::Desk(site) if town.serves() == Serves::Facility => {
                Self { facilities: own(site, visit), shops: Vec::new(), is_counter: false }
            }
            Role::Desk(site) if town.serves() == Serves::Shop => {
                Self { facilities: Vec::new(), shops: own(site, spend), is_counter: false }
            }
            Role::Desk(_) | Role::Kiosk(_) => {
                Self { facilities: Vec::new(), shops: Vec::new(), is_counter: false }
            }
        }
    }

    /// Whether a line may be undone from here: at the counter any, at a shop its own.
    pub(super) fn may_reverse(&self, what: &LineWhat) -> bool {
        match what {
            LineWhat::Spent { shop, is_reversed: false, .. } => {
                self.is_counter || self.shops.iter().any(|(own, _)| own == shop)
            }
            LineWhat::Transferred { is_reversed: false } => self.is_counter,
            LineWhat::Spent { .. }
            | LineWhat::Transferred { .. }
            | LineWhat::Visited { .. }
            | LineWhat::Awarded { .. }
            | LineWhat::Reversed { .. }
            | LineWhat::Settled { .. } => false,
        }
    }

    /// Whether a line may be corrected from here, as if it had never been: a card of somebody else.
    pub(super) fn may_correct(&self, what: &LineWhat) -> bool {
        match what {
            LineWhat::Visited { .. } => self.is_counter || !self.facilities.is_empty(),
            LineWhat::Awarded { .. } | LineWhat::Settled { .. } => self.is_counter,
            LineWhat::Spent { .. } | LineWhat::Transferred { .. } | LineWhat::Reversed { .. } => {
                false
            }
        }
    }
}

/// 「120ポイント」, or what is owed.
pub(super) fn balance(t: &Text, points: i64) -> String {
    let (key, points) = match Balance::of(points) {
        Balance::Available(points) => ("wellbeing.n_points", points),
        Balance::Overdrawn(points) => ("wellbeing.owes", points),
    };
    t.fill(key, &[("n", &points.to_string())])
}

/// `GET /wellbeing/person/{person}`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Path(person): Path<String>,
) -> Result<Response, PageError> {
    let person: PersonId = person.parse().map_err(|_| PageError::NotFound)?;
    let wallet = app.town().wallet(person).ok_or(PageError::NotFound)?;
    let mut shell = Shell::staff(&app, &staff, &visit);
    // A page that loads itself anew forgets what somebody is typing.
    shell.refresh = 0;
    let (t, now, may) = (shell.t, app.town().now(), May::of(&app, &staff));
    let debt = wallet.wallet.balance().debt();
    let more = wallet.lines.len().saturating_sub(LINES_MAX);
    let choices = |sites: &[(SiteId, String)]| {
        let choice =
            |(id, name): &(SiteId, String)| Choice { id: id.to_string(), name: name.clone() };
        sites.iter().map(choice).collect()
    };
    let refused = shell.flash.as_ref().filter(|_| shell.is_refused());
    let refused = refused.and_then(|flash| flash.form.rsplit('/').next());
    Ok(shell::html(&WalletPage {
        person: wallet.person.to_string(),
        name: who(t, &wallet.name, wallet.person),
        kana: words::kana(&wallet.name),
        balance: balance(t, wallet.wallet.points),
        is_overdrawn: debt > 0,
        debt,
        pending: (wallet.wallet.pending > 0)
            .then(|| t.fill("wellbeing.pending", &[("n", &wallet.wallet.pending.to_string())])),
        unheard: unheard_line(t, &wallet.unheard, now),
        facilities: choices(&may.facilities),
        shops: choices(&may.shops),
        may_transfer: may.is_counter && app.town().may_record(kind::TRANSFER),
        may_settle: may.is_counter && debt > 0 && app.town().may_record(kind::SETTLE),
        lines: wallet.lines.iter().take(LINES_MAX).map(|held| line(t, held, &may, now)).collect(),
        more: (more > 0).then(|| t.fill("wellbeing.more", &[("n", &more.to_string())])),
        refused: refused.unwrap_or_default().to_owned(),
        shell,
    }))
}

fn line(t: &Text, line: &Line, may: &May, now: i64) -> StatementLine {
    let (what, mut notes) = happened(t, &line.what);
    if line.is_unsure {
        notes.push(t.say("wellbeing.unsure").to_owned());
    }
    StatementLine {
        entry: line.entry.to_string(),
        when: when::stamp(t, line.at, now),
        recorded: line.entered_at.map_or_else(String::new, |at| {
            t.fill("wellbeing.entered_at", &[("at", &when::stamp(t, at, now))])
        }),
        what,
        notes,
        by: line.by.clone(),
        points: match line.points {
            0 => "0".to_owned(),
            points @ 1.. => format!("+{points}"),
            points => format!("−{}", points.unsigned_abs()),
        },
        balance: balance(t, line.balance),
        is_minus: line.points < 0,
        may_reverse: may.may_reverse(&line.what),
        may_correct: may.may_correct(&line.what),
    }
}

fn happened(t: &Text, what: &LineWhat) -> (String, Vec<String>) {
    let undone = |is_reversed: bool| {
        is_reversed.then(|| t.say("wellbeing.is_reversed").to_owned()).into_iter().collect()
    };
    match what {
        LineWhat::Visited { site, grants } => {
            (t.fill("wellbeing.visited", &[("site", site)]), given(t, grants))
        }
        LineWhat::Awarded { site, grants } => {
            (t.fill("wellbeing.awarded", &[("site", site)]), given(t, grants))
        }
        LineWhat::Spent { name, is_reversed, .. } => {
            (t.fill("wellbeing.spent", &[("shop", name)]), undone(*is_reversed))
        }
        LineWhat::Transferred { is_reversed } => {
            (t.say("wellbeing.transferred").to_owned(), undone(*is_reversed))
        }
        LineWhat::Reversed { reason } => {
            (t.say("wellbeing.reversed").to_owned(), vec![reason.clone()])
        }
        LineWhat::Settled { how: Settlement::PaidBack, reason } => {
            (t.say("wellbeing.paid_back").to_owned(), vec![reason.clone()])
        }
        LineWhat::Settled { how: Settlement::WrittenOff, reason } => {
            (t.say("wellbeing.written_off").to_owned(), vec![reason.clone()])
        }
    }
}

/// What each rule gave, and why it gave less than it says.
fn given(t: &Text, grants: &[GrantSeen]) -> Vec<String> {
    let line = |grant: &GrantSeen| {
        let key = match grant.outcome {
            Outcome::Given(points) if points == grant.points => "wellbeing.given",
            Outcome::Given(_) => "wellbeing.capped",
            Outcome::CountedElsewhere => "wellbeing.counted",
            Outcome::Pending => "wellbeing.waits",
        };
        let given = match grant.outcome {
            Outcome::Given(points) => points,
            Outcome::CountedElsewhere | Outcome::Pending => 0,
        };
        let (points, given) = (grant.points.to_string(), given.to_string());
        let values = [("rule", grant.rule.as_str()), ("points", &points), ("given", &given)];
        t.fill(key, &values)
    };
    grants.iter().map(line).collect()
}
