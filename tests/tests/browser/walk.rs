//! Through a page by the Tab key: every control in its turn, and the eye sees where one is.

use serde_json::{Value, json};

use crate::webdriver::{TAB, WebDriver};

/// More controls than any page has.
const STOPS_MAX: usize = 400;

/// Notes the names of all controls in the order of the page, puts the keyboard on the first, and
/// from then on notes where it comes to and what is wrong with how that shows.
const BEGIN: &str = r#"
const name = e => `${e.localName} ` + (e.getAttribute("aria-label")
  || [...(e.labels || [])].map(l => l.textContent).join(" ") || e.textContent || e.name || "")
  .replace(/\s+/g, " ").trim().slice(0, 60);
const stops = [...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter(e => {
    if (e.disabled || !e.checkVisibility({ visibilityProperty: true })) return false;
    // What nobody is told of is no stop either, such as the button that a form's Enter key presses.
    if (e.tabIndex < 0 && e.ariaHidden === "true") return false;
    if (e.type !== "radio") return true;
    // A group of choices is one stop: at the chosen one, or at the first.
    const all = [...(e.form || document).querySelectorAll("input[type=radio]")];
    const group = all.filter(o => o.name === e.name);
    return e === (group.find(o => o.checked) || group[0]);
  });
const seen = [];
const look = e => {
  const style = getComputedStyle(e);
  const ringed = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const drawn = e.querySelector(".mark > :not(.touch):not(text)");
  const thick = drawn && parseFloat(getComputedStyle(drawn).strokeWidth) >= 3;
  // Of what is taller than the screen, the part that is on it counts.
  const within = (from, to, most) => (Math.max(from, 0) + Math.min(to, most)) / 2;
  const hidden = [...e.getClientRects()].every(box => {
    const top = document.elementFromPoint(
      within(box.left, box.right, innerWidth), within(box.top, box.bottom, innerHeight));
    return !top || !(e.contains(top) || top.contains(e));
  });
  const wrong = [];
  if (!ringed && !thick) wrong.push("does not show that the keyboard is on it");
  if (hidden) wrong.push("is hidden while the keyboard is on it");
  // A part that scrolls takes the keyboard too, between two controls.
  seen.push([name(e), wrong, e.matches("div, section, ul, svg") && !e.hasAttribute("tabindex")]);
};
window.walked?.abort();
window.walked = new AbortController();
window.seen = seen;
document.activeElement.blur();
document.addEventListener("focusin", event => look(event.target), { signal: window.walked.signal });
if (stops.length > 0) stops[0].focus({ focusVisible: true });
return stops.map(name);
"#;

/// How many steps more than one a clock or a calendar may take: its hours, minutes and days are
/// stops of their own, and the page is not told of them.
const STEPS_OF_A_CLOCK: usize = 7;

/// How many clocks and calendars there are.
const CLOCKS: &str = "return document.querySelectorAll('input[type=time], input[type=date], input[type=datetime-local]').length";

/// What a walk through the page finds wrong.
pub(crate) fn findings(browser: &WebDriver) -> Vec<String> {
    let stops = browser.run(BEGIN, &json!([]));
    let stops: Vec<_> = stops.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert!((1..STOPS_MAX).contains(&stops.len()), "{} controls on one page", stops.len());
    browser.keys(&vec![TAB; stops.len() - 1]);
    let clocks = browser.run(CLOCKS, &json!([])).as_u64().and_then(|it| usize::try_from(it).ok());
    let mut seen = browser.run("return window.seen", &json!([]));
    for _ in 0..clocks.unwrap_or(0) * STEPS_OF_A_CLOCK {
        if seen.as_array().map_or(0, Vec::len) >= stops.len() {
            break;
        }
        browser.keys(&[TAB]);
        seen = browser.run("return window.seen", &json!([]));
    }
    let mut findings = Vec::new();
    let mut next = stops.iter();
    for stop in seen.as_array().into_iter().flatten() {
        let name = stop[0].as_str().unwrap_or_default();
        let wrong = stop[1].as_array().into_iter().flatten().filter_map(Value::as_str);
        findings.extend(wrong.map(|wrong| format!("{name:?} {wrong}")));
        if stop[2] == false && next.next() != Some(&name) {
            findings.push(format!("the Tab key comes to {name:?} out of its turn"));
            break;
        }
    }
    // Each part that scrolls is one step more; it comes before what it holds.
    let steps = seen.as_array().map_or(0, Vec::len);
    if findings.is_empty() && steps < stops.len() {
        findings.push(format!("the Tab key comes to {steps} of {} controls", stops.len()));
    }
    findings
}
