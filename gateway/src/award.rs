//! Points for arrivals at school, granted where both scopes meet: the school writes arrivals alone,
//! and a gateway that reads them and may write points gives what the rules in force say.
//!
//! Several gateways may do so at once: a grant counts once for each rule, pupil, school and day. Where
//! a teacher corrects an arrival, each of them corrects the points that it gave.

use std::time::Duration;

use digiana_core::engine::Engine;
use digiana_core::engine::input::Command;
use digiana_core::fact::wellbeing::Award;
use digiana_core::id::EntryId;
use digiana_core::limits::FACTS_PER_COMMAND_MAX;
use digiana_core::scope::Scope;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::wellbeing::{command, due};
use digiana_core::time::{Confidence, Day, Wall};
use digiana_node::handle::Handle;
use tokio::time::{sleep, timeout};

/// The least time between two looks at the schools.
pub const AWARD_EVERY: Duration = Duration::from_secs(5);

/// How long no change may go by without a look.
pub const LOOK_EVERY: Duration = Duration::from_secs(60);

/// For how many days back arrivals are rewarded that come in late: a bus or a school that was cut
/// off longer is looked after by staff.
pub const AWARD_DAYS_BACK: i32 = 31;

/// Why points are corrected.
const CORRECTED: &str = "登校の記録が訂正された";

/// Grants what is due until the node stops.
pub async fn run(node: Handle) {
    let mut changes = node.changes();
    loop {
        changes.borrow_and_update();
        let now = node.now();
        let (due, wrong) = node.read(|engine| (due_now(engine, now), given_for_nothing(engine)));
        grant(&node, due).await;
        take_back(&node, wrong).await;
        sleep(AWARD_EVERY).await;
        if let Ok(Err(_)) = timeout(LOOK_EVERY, changes.changed()).await {
            return;
        }
    }
}

/// What is due at every school that this node reads; nothing where it may not write points, and
/// nothing by a clock that was never set.
fn due_now(engine: &Engine, now: Wall) -> Vec<Award> {
    let Some(own) = engine.credentials().standing(engine.me()) else { return Vec::new() };
    let folds = engine.folds();
    let Some(town) = folds.records(Scope::Town) else { return Vec::new() };
    if !own.writes(Scope::Wellbeing) || now.confidence == Confidence::Unsure {
        return Vec::new();
    }
    let today = Day::of(now.seconds);
    let days = today.plus(-AWARD_DAYS_BACK)..=today;
    let mut all = Vec::new();
    for scope in &own.reads {
        let Scope::School(school) = *scope else { continue };
        let arrivals = folds.school(school).arrivals().filter(|(_, day)| days.contains(day));
        let (wellbeing, tokens) = (&folds.wellbeing, &folds.tokens);
        all.extend(due::for_arrivals(wellbeing, tokens, town, school, arrivals));
    }
    all
}

/// The awards that this node gave, at every school that it reads, whose arrival was corrected since.
fn given_for_nothing(engine: &Engine) -> Vec<EntryId> {
    let Some(own) = engine.credentials().standing(engine.me()) else { return Vec::new() };
    if !own.writes(Scope::Wellbeing) {
        return Vec::new();
    }
    let folds = engine.folds();
    let schools = own.reads.iter().filter_map(|scope| {
        let Scope::School(school) = *scope else { return None };
        Some(school)
    });
    let wrong = schools.flat_map(|school| {
        let (wellbeing, tokens) = (&folds.wellbeing, &folds.tokens);
        due::given_for_nothing(wellbeing, tokens, engine.me(), school, folds.school(school))
    });
    wrong.collect()
}

/// Corrects what was given for nothing. What was refused is found again at the next look.
async fn take_back(node: &Handle, wrong: Vec<EntryId>) {
    for target in wrong {
        let (scope, reason) = (Scope::Wellbeing, CORRECTED.to_owned());
        match node.submit(Command::Correct { scope, target, reason }).await {
            Ok(_) | Err(Refusal::AlreadyCorrected | Refusal::UnknownTarget) => {}
            Err(refusal) => {
                tracing::warn!(%refusal, "school points could not be taken back; it is tried again");
                return;
            }
        }
    }
}

/// Records what is due. What was refused is found again at the next look.
async fn grant(node: &Handle, due: Vec<Award>) {
    for part in due.chunks(FACTS_PER_COMMAND_MAX) {
        let command = Command::Wellbeing(command::Command::Award(part.to_vec()));
        match node.submit(command).await {
            Ok(_) | Err(Refusal::NothingToChange) => {}
            Err(refusal) => {
                tracing::warn!(%refusal, "school points could not be granted; it is tried again");
                return;
            }
        }
    }
}
