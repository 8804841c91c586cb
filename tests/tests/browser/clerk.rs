//! Somebody at a browser: presses what they read, types into what is labelled, and waits for words.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use digiana_tests::gateways::Gateway;
use digiana_tests::processes::{PATIENCE, until};
use serde_json::json;

use crate::webdriver::{Declined, Element, Scripts, WebDriver};

/// What can be pressed, by the words on it or those a screen reader says.
const PRESSABLE: &str = r#"
const said = e => (e.getAttribute("aria-label") || e.textContent).replace(/\s+/g, " ").trim();
const within = arguments[1] ? [...document.querySelectorAll("li, form, tr, section")].filter(e =>
  e.checkVisibility() && e.textContent.includes(arguments[1])).at(-1) : document;
if (!within) return null;
const all = [...within.querySelectorAll("button, a[href], summary")].filter(e => e.checkVisibility());
const found = all.find(e => said(e) === arguments[0]) || all.find(e => said(e).includes(arguments[0]));
// As somebody would before they press: out from under what stays at the top.
found?.scrollIntoView({ block: "center", behavior: "instant" });
return found || null;
"#;

/// A field by the beginning of its label.
const FIELD: &str = r#"
const labels = [...document.querySelectorAll("label")].filter(e => e.checkVisibility());
const found = labels.find(e => e.control && e.textContent.replace(/\s+/g, " ").trim().includes(arguments[0]));
found?.control.scrollIntoView({ block: "center", behavior: "instant" });
return found ? found.control : null;
"#;

/// Whose clicks and seconds are counted.
#[derive(Debug)]
pub(crate) struct Clerk {
    /// The browser.
    pub(crate) browser: WebDriver,
    actions: Cell<u32>,
    waited: Cell<Duration>,
    page: RefCell<String>,
}

impl Clerk {
    /// Somebody who sits down at a browser.
    pub(crate) fn sits_down(scripts: Scripts) -> Self {
        let (actions, waited) = (Cell::new(0), Cell::new(Duration::ZERO));
        Self { browser: WebDriver::start(scripts), actions, waited, page: RefCell::default() }
    }

    /// The staff of a gateway, who came in by a link.
    pub(crate) fn at(gateway: &Gateway) -> Self {
        let clerk = Self::sits_down(Scripts::On);
        clerk.opens(&gateway.login_link());
        clerk
    }

    /// Goes to an address.
    pub(crate) fn opens(&self, address: &str) {
        self.browser.tell("/url", &json!({ "url": address }));
        self.turn_the_page();
    }

    /// Presses the button, link or fold with these words.
    pub(crate) fn presses(&self, words: &str) {
        self.presses_beside(words, "");
    }

    /// Presses what has these words, in the row, form or part that also holds those.
    pub(crate) fn presses_beside(&self, words: &str, beside: &str) {
        let arguments = json!([words, beside]);
        self.acts(&format!("press {words:?} {beside:?}"), PRESSABLE, &arguments, |browser, it| {
            browser.click(it)
        });
    }

    /// Ticks or chooses what is labelled so.
    pub(crate) fn ticks(&self, label: &str) {
        let what = format!("tick {label:?}");
        self.acts(&what, FIELD, &json!([label]), |browser, it| browser.click(it));
    }

    /// Types into the field that is labelled so.
    pub(crate) fn types(&self, label: &str, text: &str) {
        let what = format!("type into {label:?}");
        self.acts(&what, FIELD, &json!([label]), |browser, it| browser.type_into(it, text));
    }

    /// Does one thing to an element, looking again while the page is in motion.
    fn acts(
        &self,
        what: &str,
        script: &str,
        arguments: &serde_json::Value,
        act: impl Fn(&WebDriver, &Element) -> Result<(), Declined>,
    ) {
        let begun = Instant::now();
        loop {
            let found = self.browser.find(script, arguments);
            let done = found.map(|element| act(&self.browser, &element));
            match done {
                Some(Ok(())) => break,
                Some(Err(why)) if why.error != "stale element reference" => {
                    panic!("cannot {what}: {}: {}\n{}", why.error, why.message, self.reads())
                }
                _ => assert!(begun.elapsed() < PATIENCE, "cannot {what} on\n{}", self.reads()),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.actions.set(self.actions.get() + 1);
        self.turn_the_page();
    }

    /// Notes how long a page took that has come since the last look.
    fn turn_the_page(&self) {
        // A page that is still loading has no end of its loading yet.
        const TIMES: &str = r#"
            const [page] = performance.getEntriesByType("navigation");
            if (document.readyState !== "complete" || !page || page.loadEventEnd === 0) return null;
            return [String(performance.timeOrigin), page.duration];
        "#;
        let mut times = None;
        until("the page has come", || {
            let look = json!({ "script": TIMES, "args": [] });
            let seen = self.browser.ask("POST", "/execute/sync", &look).unwrap_or_default();
            let page = seen.get(0).and_then(serde_json::Value::as_str).map(str::to_owned);
            times = page.zip(seen.get(1).and_then(serde_json::Value::as_f64));
            times.is_some()
        });
        let (page, took) = times.expect("until it is there");
        if *self.page.borrow() != page {
            self.waited.set(self.waited.get() + Duration::from_secs_f64(took / 1000.0));
            self.page.replace(page);
        }
    }

    /// Everything that can be read on the page.
    pub(crate) fn reads(&self) -> String {
        let text = self.browser.run("return document.body.innerText", &json!([]));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says something.
    pub(crate) fn sees(&self, words: &str) {
        let begun = Instant::now();
        while !self.reads().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "no {words:?} on\n{}", self.reads());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the page does not say something (any more).
    pub(crate) fn sees_no(&self, words: &str) {
        let begun = Instant::now();
        while self.reads().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "still {words:?} on\n{}", self.reads());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Begins to count clicks and seconds anew.
    pub(crate) fn begins(&self) {
        self.actions.set(0);
        self.waited.set(Duration::ZERO);
    }

    /// How many clicks and entries there were, and how long pages took to come.
    pub(crate) fn has_done(&self) -> (u32, Duration) {
        (self.actions.get(), self.waited.get())
    }
}
