//! A browser of its own for each story: Chromium without a window, told what to do by chromedriver
//! over WebDriver (W3C), which is JSON over HTTP on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

/// How long the browser may take for one thing it is told.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// The driver wants one port in both families of addresses, and ends where one of them is taken.
const DRIVER_STARTS_MAX: usize = 5;

/// The name under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What is different about one browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    /// Pages may run their scripts.
    On,
    /// They may not: an old browser, or a careful person.
    Off,
}

/// One browser, and the driver that started it. Both end with the value.
#[derive(Debug)]
pub(crate) struct WebDriver {
    driver: Child,
    address: SocketAddr,
    session: String,
}

/// Why the browser did not do something, in WebDriver's words.
#[derive(Debug, Clone)]
pub(crate) struct Declined {
    /// Such as `stale element reference`.
    pub(crate) error: String,
    /// What it says more.
    pub(crate) message: String,
}

/// Something on a page that can be used.
#[derive(Debug, Clone)]
pub(crate) struct Element(String);

impl WebDriver {
    /// Starts a browser that speaks Japanese.
    pub(crate) fn start(scripts: Scripts) -> Self {
        let (driver, port) = (0..DRIVER_STARTS_MAX)
            .find_map(|_| driver())
            .expect("chromedriver starts: .ci/setup installs it");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut started = Self { driver, address, session: String::new() };
        let mut words = vec![
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--accept-lang=ja",
            "--window-size=1280,800",
        ];
        if scripts == Scripts::Off {
            words.push("--blink-settings=scriptEnabled=false");
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": { "args": words } } } });
        let given = started.send("POST", "/session", &wanted).expect("Chromium starts");
        let session = given.get("sessionId").and_then(Value::as_str);
        started.session = session.expect("a session has a name").to_owned();
        started
    }

    /// One command of the session, which may be declined.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, Declined> {
        self.send(method, &format!("/session/{}{path}", self.session), body)
    }

    /// One command of the session, which must work.
    pub(crate) fn tell(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", path, body)
            .unwrap_or_else(|why| panic!("{path}: {}: {}", why.error, why.message))
    }

    /// A command of Chromium's own, beyond WebDriver.
    pub(crate) fn chromium(&self, command: &str, parameters: &Value) -> Value {
        self.tell("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// What a function's body gives back, run on the page. A page that may run no scripts of its own
    /// answers too.
    pub(crate) fn run(&self, script: &str, arguments: &Value) -> Value {
        self.tell("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// The element that such a function finds, if it does.
    pub(crate) fn find(&self, script: &str, arguments: &Value) -> Option<Element> {
        let found =
            self.ask("POST", "/execute/sync", &json!({ "script": script, "args": arguments }));
        Some(Element(found.ok()?.get(ELEMENT)?.as_str()?.to_owned()))
    }

    /// Clicks as a mouse would: declined where something else lies on top.
    pub(crate) fn click(&self, element: &Element) -> Result<(), Declined> {
        self.ask("POST", &format!("/element/{}/click", element.0), &json!({})).map(drop)
    }

    /// Empties a field and types into it.
    pub(crate) fn type_into(&self, element: &Element, text: &str) -> Result<(), Declined> {
        let path = format!("/element/{}", element.0);
        self.ask("POST", &format!("{path}/clear"), &json!({}))?;
        self.ask("POST", &format!("{path}/value"), &json!({ "text": text })).map(drop)
    }

    /// Presses a key wherever the keyboard is, such as [`TAB`].
    pub(crate) fn key(&self, key: &str) {
        self.keys(&[key]);
    }

    /// Presses one key after the other.
    pub(crate) fn keys(&self, keys: &[&str]) {
        let press = |key| {
            [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })]
        };
        let keys: Vec<_> = keys.iter().flat_map(press).collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": keys });
        self.tell("/actions", &json!({ "actions": [keyboard] }));
    }

    /// Types wherever the keyboard is.
    pub(crate) fn write(&self, text: &str) {
        let active = self.ask("GET", "/element/active", &Value::Null).expect("a page is open");
        let element = active.get(ELEMENT).and_then(Value::as_str).expect("it is an element");
        self.tell(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Waits until fonts are there and what is to be seen has been painted.
    pub(crate) fn until_painted(&self) {
        let script = "const done = arguments[0]; document.fonts.ready.then(() => \
                      requestAnimationFrame(() => requestAnimationFrame(() => done(true))));";
        self.tell("/execute/async", &json!({ "script": script, "args": [] }));
    }

    /// What is to be seen, as PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let taken = self.chromium("Page.captureScreenshot", &json!({ "format": "png" }));
        let data = taken.get("data").and_then(Value::as_str).expect("a picture has bytes");
        data_encoding::BASE64.decode(data.as_bytes()).expect("they come as base64")
    }

    /// One request on a line of its own.
    fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, Declined> {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json; \
             charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let mut line = TcpStream::connect(self.address).expect("chromedriver listens");
        line.set_read_timeout(Some(ANSWER_WITHIN)).expect("a time-out is set");
        line.write_all(request.as_bytes()).expect("chromedriver reads");
        let body = body_of(line)
            .unwrap_or_else(|why| panic!("no answer to {path} within {ANSWER_WITHIN:?}: {why}"));
        let mut body: Value = serde_json::from_slice(&body).expect("chromedriver speaks JSON");
        let value = body.get_mut("value").map(Value::take).unwrap_or_default();
        let said = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        match (said("error"), said("message")) {
            (Some(error), Some(message)) => Err(Declined { error, message }),
            _ => Ok(value),
        }
    }
}

impl Drop for WebDriver {
    fn drop(&mut self) {
        // A browser that ends with its session tidies its folder away.
        if !self.session.is_empty() && TcpStream::connect(self.address).is_ok() {
            let _ = self.ask("DELETE", "", &Value::Null);
        }
        let group = i32::try_from(self.driver.id()).ok().and_then(Pid::from_raw);
        let _ = kill_process_group(group.expect("a child has an id"), Signal::KILL);
        let _ = self.driver.wait();
    }
}

/// The body of an answer, as long as its head says.
fn body_of(line: TcpStream) -> std::io::Result<Vec<u8>> {
    let mut line = BufReader::new(line);
    let mut length = 0;
    loop {
        let mut head = String::new();
        line.read_line(&mut head)?;
        let head = head.trim_end().to_ascii_lowercase();
        if let Some(said) = head.strip_prefix("content-length:") {
            length = said.trim().parse().expect("a length is a number");
        } else if head.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    line.read_exact(&mut body)?;
    Ok(body)
}

/// Starts a driver, and says where it listens; none where the port it drew was taken.
fn driver() -> Option<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // The browser belongs to the driver's group, which ends as one.
        .process_group(0)
        .spawn()
        .ok()?;
    let port = port_of(driver.stdout.take().expect("its words are piped"));
    if port.is_none() {
        let _ = driver.kill();
        let _ = driver.wait();
    }
    Some((driver, port?))
}

/// The port that the driver says it took, before it ends or goes on to other things.
fn port_of(words: impl Read) -> Option<u16> {
    let lines = BufReader::new(words).lines().map_while(Result::ok);
    let mut ports = lines.filter_map(|line| {
        let (_, rest) = line.split_once("started successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    ports.next()
}

/// The key that goes on to the next control.
pub(crate) const TAB: &str = "\u{e004}";

/// The key that presses the control where the keyboard is.
pub(crate) const ENTER: &str = "\u{e007}";
