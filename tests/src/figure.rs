//! Figures: one JSON object a line on stdout, progress on stderr, and the clocks behind both.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// One figure beside what it is measured against.
#[derive(Debug, Serialize)]
struct Figure<'a> {
    bench: &'a str,
    metric: &'a str,
    value: f64,
    unit: &'a str,
    baseline: f64,
    ratio: f64,
}

/// Tells one figure. `baseline` has the same unit and comes from the same process, or is the
/// target itself where nothing else does the same work.
pub fn tell(bench: &str, metric: &str, value: f64, unit: &str, baseline: f64) {
    let figure = Figure {
        bench,
        metric,
        value: rounded(value),
        unit,
        baseline: rounded(baseline),
        ratio: rounded(value / baseline),
    };
    line(&figure);
}

/// Prints anything as one line of JSON.
///
/// # Panics
/// When it cannot be JSON: a map whose keys are no texts.
pub fn line<T: Serialize>(what: &T) {
    println!("{}", serde_json::to_string(what).expect("texts and numbers are JSON"));
}

/// Tells whoever waits what is being done.
pub fn progress(what: &str) {
    eprintln!("bench: {what}");
}

/// Whether this run is for figures. `cargo bench` says so; `cargo test` runs each benchmark small,
/// to see that it still works.
pub fn is_measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// `full` when figures are wanted, else `small`.
pub fn sized<T>(full: T, small: T) -> T {
    if is_measured() { full } else { small }
}

/// The CPU time of this thread so far. Others on the machine do not add to it.
pub fn thread_cpu() -> Duration {
    cpu(ClockId::ThreadCPUTime)
}

/// The CPU time of this process so far, all threads together.
pub fn process_cpu() -> Duration {
    cpu(ClockId::ProcessCPUTime)
}

fn cpu(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).expect("CPU time is never negative");
    let nanos = u32::try_from(time.tv_nsec).expect("a second has a billion nanoseconds");
    Duration::new(seconds, nanos)
}

/// The middle of the values; of two middles the upper.
///
/// # Panics
/// When there are none.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 1, 2)
}

/// The value below which `part` of `parts` of the values lie.
///
/// # Panics
/// When there are no values.
pub fn quantile(values: &[f64], part: usize, parts: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() * part / parts).min(sorted.len().saturating_sub(1));
    *sorted.get(at).expect("something was measured")
}

/// A count as a value. Counts here are far below four billion.
pub fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("counts here are small"))
}

/// A time in milliseconds.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Four places after the point: the rest is noise.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
