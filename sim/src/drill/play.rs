//! The play itself: with nobody looking on, or for people to look on and tap along.

#![expect(clippy::disallowed_methods, reason = "the drill times real processes")]

use std::io::IsTerminal;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::cast::{LINKS, Places, Post, Screen, links_of};
use super::figures::{ConflictLine, ServiceCounts, Summary};
use super::formats;
use super::hands::{Hands, WISHES_MAX};
use super::ledger::{Act, Ledger};
use super::look::{Latch, Look};
use super::pace::Clock;
use super::page::Page;
use super::plan::{Crowd, Plan, Tempo};
use super::readers::Readers;
use super::town::{Statuses, Town, differing, taken_for_real};
use super::{DrillFault, Options, progress, say};
use crate::population::{MARK, Person};

/// How long the eight may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How long the register may take to come to everybody.
const SPREAD_WITHIN: Duration = Duration::from_secs(120);

/// How long an opening may take to come to everybody.
const OPEN_WITHIN: Duration = Duration::from_secs(30);

/// How long the replicas may take to become equal after the links are back.
const CONVERGE_WITHIN: Duration = Duration::from_secs(60);

/// How long a round of the drill takes when people look on.
const ROUND: Duration = Duration::from_secs(120);

/// How long a drill without people takes unless its minutes are given.
const HEADLESS_MINUTES: f64 = 1.0;

/// Waits for the eight, prints the login link, and opens the incident and the shelters.
async fn open(town: &Town, options: &Options) -> Result<(), DrillFault> {
    town.until_ready(READY_WITHIN).await?;
    progress("all eight answer; the register is on its way to them");
    let spread = |statuses: &Statuses| town.is_converged(statuses);
    wait(town, "the register came to everybody", SPREAD_WITHIN, spread).await?;
    let link = town.login_link(Post::Headquarters).await?;
    if options.json {
        progress(&link)
    } else {
        say(&link)
    }

    town.ask(Post::Headquarters, &formats::OPEN_INCIDENT).await?;
    let is_open = |statuses: &Statuses| {
        statuses.values().all(|status| status.incidents.iter().any(|incident| incident.open))
    };
    wait(town, "the incident came to everybody", OPEN_WITHIN, is_open).await?;
    let real = taken_for_real(&town.statuses().await?);
    if !real.is_empty() {
        let real: Vec<_> = real.into_iter().map(Post::folder).collect();
        let who = real.join(", ");
        return Err(DrillFault::Machine(format!(
            "{who}: this drill would pass for the real thing"
        )));
    }
    for post in Post::SHELTERS {
        town.ask(post, &formats::OPEN_SITE).await?;
    }
    wait(town, "the openings came to everybody", OPEN_WITHIN, spread).await?;
    progress("the incident (訓練) and three shelters are open");
    Ok(())
}

async fn wait(
    town: &Town,
    what: &str,
    within: Duration,
    enough: impl Fn(&Statuses) -> bool,
) -> Result<(), DrillFault> {
    match town.until(within, enough).await? {
        Ok(_) => Ok(()),
        Err(last) => {
            let (apart, within) = (apart(town, &last).join(", "), within.as_secs());
            Err(DrillFault::Late(format!("{within} s were not enough until {what} ({apart})")))
        }
    }
}

fn names(posts: &[Post]) -> String {
    posts.iter().map(|post| post.folder()).collect::<Vec<_>>().join(", ")
}

/// The scopes that differ and the links that are down.
fn apart(town: &Town, statuses: &Statuses) -> Vec<String> {
    let scopes = differing(statuses).into_iter().map(|scope| format!("{scope} differs"));
    let links = town.unlinked(statuses);
    let links = links.iter().map(|link| format!("{}–{} down", link.0.folder(), link.1.folder()));
    scopes.chain(links).collect()
}

/// Taps by itself, cuts two shelters and the tills off, heals, compares.
pub(super) async fn headless(
    town: &Town,
    options: &Options,
    people: &[Person],
) -> Result<Summary, DrillFault> {
    open(town, options).await?;
    let minutes = options.minutes.unwrap_or(HEADLESS_MINUTES);
    let length = Duration::from_secs_f64(minutes * 60.0);
    let plan = Crowd::new(options.seed, people, Tempo::Rush).plan(length);
    let reconciled = act_out(town, &plan, &Readers::follow(town)?).await?;

    progress("no more taps; the replicas are compared");
    let spread = |statuses: &Statuses| town.is_converged(statuses);
    let apart = match town.until(CONVERGE_WITHIN, spread).await? {
        Ok(_) => Vec::new(),
        Err(last) => apart(town, &last),
    };
    let statuses = town.statuses().await?;
    let held = town.journals(Post::Headquarters).await?;
    let board = statuses.get(&Post::Headquarters);
    let incidents = board.map(|status| status.incidents.as_slice()).unwrap_or_default();
    let counted = board.map(|status| status.services).unwrap_or_default();
    let custody = Post::SHELTERS.into_iter().map(|post| statuses.get(&post)?.custody);
    let places = Places::carried();
    let summary = town.with_ledger(|ledger| {
        let conflicts = ledger.conflicts(&plan.cut);
        let name = |post: &Post| places.name(post.site_key().unwrap_or_default()).to_owned();
        Summary {
            taps_accepted: ledger.count_accepted(),
            services: ServiceCounts::of(ledger),
            services_shown: counted.into(),
            taps_refused: ledger.refused().clone(),
            taps_unanswered: ledger.unanswered(),
            taps_lost: ledger.lost(&held).len(),
            converged: apart.is_empty(),
            replicas: statuses.len(),
            reconcile_ms: reconciled
                .map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            conflicts_made: conflicts.len(),
            conflicts_shown: incidents.iter().map(|incident| incident.two_places).sum(),
            conflicts: conflicts
                .iter()
                .map(|conflict| ConflictLine {
                    person: conflict.person,
                    places: conflict.posts.iter().map(name).collect(),
                })
                .collect(),
            ledger_sum: counted.ledger_sum,
            ious: counted.ious,
            overdrafts_made: ledger.overdrafts(&plan.cut).len(),
            overdrafts_found: counted.overdrawn,
            custody_confirmed: custody.map(|of| of.map(|(confirmed, _)| confirmed)).sum(),
            minutes,
            seed: options.seed,
            town: Summary::TOWN,
            apart,
        }
    });
    Ok(summary)
}

/// Plays one plan from the first tap to the last, and tells how long headquarters took to hold all
/// that had been accepted when the links came back.
async fn act_out(
    town: &Town,
    plan: &Plan,
    readers: &Readers,
) -> Result<Option<Duration>, DrillFault> {
    let [
        (linked, linked_for, linked_taps),
        (cut, cut_for, cut_taps),
        (healed, healed_for, last_taps),
    ] = &plan.acts;
    let (clock, links) = (Arc::new(Clock::new()), links_of(&plan.cut));
    progress("taps at every reader, all links up");
    readers.tap(*linked, *linked_for, linked_taps, &clock).await?;
    town.cut(&links).await?;
    progress(&format!("{} are cut off from everybody; taps go on", names(&plan.cut)));
    readers.tap(*cut, *cut_for, cut_taps, &clock).await?;
    progress("the links come back; taps go on");
    let since = Instant::now();
    let back = async {
        town.heal(&links).await?;
        town.until_headquarters_holds_all(since, CONVERGE_WITHIN).await
    };
    let taps = readers.tap(*healed, *healed_for, last_taps, &clock);
    let (reconciled, tapped) = tokio::join!(back, taps);
    tapped?;
    reconciled
}

/// Taps by itself, cuts and heals now and then, and does what is pressed for on the drill's page,
/// until somebody ends it or its minutes are over.
pub(super) async fn interactive(
    town: &Town,
    options: &Options,
    people: &[Person],
    door: TcpListener,
) -> Result<(), DrillFault> {
    open(town, options).await?;
    let (clock, look, readers) = (Arc::new(Clock::new()), Latch::new(), Readers::follow(town)?);
    let (wish, wishes) = mpsc::channel(WISHES_MAX);
    let residents = town.located().at(Post::Headquarters).web;
    let page = Page::at(&door, people, wish, look.clone())?.with_residents(residents);
    show_the_way(town, options, &page.address()).await?;
    let hands = Hands::new(town, &readers, &clock, &look);
    let ends = options.minutes.map(|minutes| Duration::from_secs_f64(minutes * 60.0));
    let show = async {
        tokio::select! {
            ended = rounds(town, options, people, &readers, &clock, &look) => ended,
            ended = summaries(town, &look) => ended,
            ended = page.serve(door) => ended,
            () = hands.obey(wishes) => Ok(()),
        }
    };
    match ends {
        Some(length) => {
            tokio::select! { ended = show => ended, () = sleep(length) => Ok(()) }
        }
        None => show.await,
    }
}

/// Where to look and how to tap.
async fn show_the_way(town: &Town, options: &Options, page: &str) -> Result<(), DrillFault> {
    say(&format!("訓練の操作  {page}"));
    let places = Places::carried();
    for post in Post::ALL {
        let at = town.located().at(post);
        let page = match post.screen() {
            // The first line opened it.
            Screen::Headquarters => format!("http://{}/board", at.web),
            // Its link opens it once; from then on the browser is logged in.
            Screen::Shelter | Screen::Kiosk => town.login_link(post).await?,
        };
        let reader = post.has_reader().then(|| format!("  reader {}", at.reader));
        let reader = reader.unwrap_or_default();
        say(format!("{}  {page}{reader}", post.device(&places)).trim_end());
    }
    let at = town.located().at(Post::Headquarters);
    say(&format!("住民のページ（訓練）  http://{}/public/", at.web));
    let reader = town.located().at(Post::FirstShelter).reader;
    let seed = options.seed;
    let own = std::env::args().next().unwrap_or_else(|| "digiana-sim".to_owned());
    say(&format!("Tap by hand: {own} card --vpcd {reader} --person 12 --seed {seed}"));
    say("Ctrl-C ends the drill.");
    Ok(())
}

async fn rounds(
    town: &Town,
    options: &Options,
    people: &[Person],
    readers: &Readers,
    clock: &Arc<Clock>,
    look: &Latch,
) -> Result<(), DrillFault> {
    let mut crowd = Crowd::new(options.seed, people, Tempo::Gentle);
    loop {
        let plan = crowd.plan(ROUND);
        for (act, length, taps) in &plan.acts {
            if look.with(|look| look.cuts_by_itself) {
                match act {
                    Act::Linked => {}
                    Act::Cut => {
                        town.cut(&links_of(&plan.cut)).await?;
                        progress(&format!("{} are cut off from everybody", names(&plan.cut)));
                    }
                    Act::Healed => {
                        // Somebody may have cut others and handed the links back.
                        town.heal(&LINKS).await?;
                        progress("the links come back");
                    }
                }
            }
            readers.tap(*act, *length, taps, clock).await?;
        }
        // A drill may go on for days.
        town.with_ledger(Ledger::close_round);
    }
}

async fn summaries(town: &Town, look: &Latch) -> Result<(), DrillFault> {
    let on_terminal = std::io::stdout().is_terminal();
    loop {
        look.see(town, &town.statuses().await?);
        let line = summary_line(&look.latest());
        if on_terminal {
            super::say_over(&line)
        } else {
            say(&line)
        }
        sleep(Duration::from_secs(1)).await;
    }
}

fn summary_line(look: &Look) -> String {
    let Look { figures, accepted, refused, .. } = look;
    let (present, doubled) = (figures.present(), figures.two_places);
    let (down, links) = (look.links_down(), LINKS.len());
    format!(
        "{MARK}  taps {accepted} (refused {refused})  避難者 {present}  two places {doubled}  links \
         down {down}/{links}"
    )
}

/// How many people the town of a drill has: enough for every tap of its minutes at the shelters.
pub(super) fn people_needed(options: &Options) -> u32 {
    const LEAST: u32 = 300;
    const TAPS_A_MINUTE: f64 = 200.0;
    let minutes = options.minutes.unwrap_or(HEADLESS_MINUTES);
    let most = crate::population::TOWN_PEOPLE;
    let needed = Duration::from_secs_f64((minutes * TAPS_A_MINUTE).min(most.into())).as_secs();
    u32::try_from(needed).unwrap_or(most).clamp(LEAST, most)
}
