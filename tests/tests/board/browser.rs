//! A headless Chromium, driven by WebDriver.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use baton_tests::{App, Client, EVENTUALLY, Process, Scratch, eventually, free_port, seen_within, within};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use url::{ParseError, Url};

/// How long Chromium may take to start on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// What keeps Chromium to this machine, and lets it run as root, as it is in a container.
const FLAGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en",
];

/// A wide window.
pub const WIDE: (u32, u32) = (1280, 800);

/// A window as wide as a phone.
pub const NARROW: (u32, u32) = (360, 740);

/// A browser with one page.
pub struct Browser {
    runtime: Runtime,
    page: fantoccini::Client,
    url: String,
    _profile: Scratch,
}

impl Browser {
    /// A browser with nothing in it.
    pub fn start(app: &App, (width, height): (u32, u32)) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let profile = Scratch::new();
        let flags = FLAGS.map(str::to_owned).into_iter().chain([
            format!("--user-data-dir={}", profile.path().display()),
            format!("--window-size={width},{height}"),
        ]);
        let capabilities = json!({
            "goog:chromeOptions": { "args": flags.collect::<Vec<_>>() },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let capabilities: Capabilities = serde_json::from_value(capabilities).expect("an object");
        let page = runtime.block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities).connect(driver()).await
        });
        let browser = Self { runtime, page: page.expect("Chromium starts"), url: app.url(), _profile: profile };
        // A headless window is no narrower than 500: what is seen of the page is set apart from it.
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        browser.devtools("Emulation.setDeviceMetricsOverride", metrics);
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": REPORTS }));
        browser
    }

    /// A wide browser in which this user is signed in, by a link.
    pub fn of(app: &App, user: &Client) -> Self {
        let browser = Self::start(app, WIDE);
        browser.sign_in(user);
        browser
    }

    /// Signs in by a link, and waits until the page is live.
    pub fn sign_in(&self, user: &Client) {
        self.open(&format!("/#token={}", user.token));
        self.is_live();
    }

    /// Waits until the page is live.
    pub fn is_live(&self) {
        self.shows("#link", "Live");
        eventually("the sessions are counted", || self.text("#count").filter(|text| text.contains("session")));
    }

    /// Opens a path of the application.
    pub fn open(&self, path: &str) {
        self.act(self.page.goto(&format!("{}{path}", self.url)));
    }

    /// The address of the page.
    pub fn address(&self) -> String {
        self.act(self.page.current_url()).to_string()
    }

    /// The title of the page.
    pub fn title(&self) -> String {
        self.act(self.page.title())
    }

    /// What is to be read in the first element that fits; none if there is no such element, or it can't be seen.
    pub fn text(&self, css: &str) -> Option<String> {
        self.run(TEXT, &[json!(css)]).as_str().map(str::to_owned)
    }

    /// Waits until this can be read there.
    pub fn shows(&self, css: &str, text: &str) {
        seen_within(PATIENCE, &format!("{text:?} in {css}"), || match self.text(css) {
            Some(shown) if shown.contains(text) => Ok(()),
            other => Err(other),
        });
    }

    /// Waits until nothing that fits can be seen.
    pub fn lacks(&self, css: &str) {
        eventually(&format!("no {css}"), || self.text(css).is_none().then_some(()));
    }

    /// Presses the button of this name, as it is read out, when it is there.
    pub fn press(&self, name: &str) {
        self.press_what(&button(name), None);
    }

    /// Presses a button of the dialog that is open, and waits until it has closed.
    pub fn confirm(&self, text: &str) {
        self.press_in_dialog(text);
        self.lacks("dialog");
    }

    /// Presses a button of the dialog that is open.
    pub fn press_in_dialog(&self, text: &str) {
        self.press_what("dialog button", Some(text));
    }

    /// Presses what fits and has this text, as soon as a pointer would reach it.
    fn press_what(&self, css: &str, text: Option<&str>) {
        seen_within(EVENTUALLY, &format!("{css} {}", text.unwrap_or_default()), || {
            match self.run(PRESS, &[json!(css), json!(text)]) {
                Value::Null => Ok(()),
                hindrance => Err(hindrance),
            }
        });
    }

    /// Types into a field in the place of what is there, when the field is there.
    pub fn fill(&self, css: &str, text: &str) {
        eventually(&format!("the field {css}"), || {
            let fill = async {
                let field: Element = self.page.find(Locator::Css(css)).await?;
                field.clear().await?;
                field.send_keys(text).await
            };
            self.runtime.block_on(fill).ok()
        });
    }

    /// Types wherever the focus is.
    pub fn keys(&self, text: &str) {
        self.act(async { self.page.active_element().await?.send_keys(text).await });
    }

    /// Presses one key wherever the focus is.
    pub fn key(&self, key: Key) {
        self.keys(&char::from(key).to_string());
    }

    /// What a script comes to; it gets `arguments`.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.act(self.page.execute(script, arguments.to_vec()))
    }

    /// What a script gives to the last of its `arguments`, which is a function.
    pub fn run_async(&self, script: &str, arguments: &[Value]) -> Value {
        self.act(self.page.execute_async(script, arguments.to_vec()))
    }

    /// How the system is set: `light` or `dark`.
    pub fn prefers(&self, scheme: &str) {
        let feature = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": feature }));
    }

    /// What the page was kept from doing, and what went wrong in its scripts.
    pub fn complaints(&self) -> Vec<String> {
        let reports = self.run("return window.policyReports", &[]);
        let mut all: Vec<_> = reports.as_array().expect("the script ran").iter().map(Value::to_string).collect();
        let log = self.act(self.page.issue_cmd(Vendor { path: "se/log", body: json!({ "type": "browser" }) }));
        let lines = log.as_array().expect("the console's lines").iter();
        // An answer that is an error is none of the page: it tells its user.
        all.extend(lines.filter(|line| line["source"] != "network").map(Value::to_string));
        all
    }

    fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.act(self.page.issue_cmd(Vendor { path: "goog/cdp/execute", body }))
    }

    fn act<T>(&self, what: impl Future<Output = Result<T, CmdError>>) -> T {
        self.runtime.block_on(what).unwrap_or_else(|e| panic!("the browser: {e}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.page.clone().close());
    }
}

/// Notes what the policy forbids, from before the page's own scripts on.
const REPORTS: &str = "window.policyReports = [];
    addEventListener('securitypolicyviolation', (event) =>
        window.policyReports.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));";

/// What a person reads there, who goes to it: a row that is out of sight isn't drawn.
const TEXT: &str = "const found = document.querySelector(arguments[0]);
    if (!found?.checkVisibility()) return null;
    found.scrollIntoView({ block: 'nearest' });
    return found.innerText;";

/// Presses a button and is done (null), or says what is in the way. It looks and presses in one go: between WebDriver's look for a place
/// and its press, another's row may appear and move everything down, and the press hits what has come there.
const PRESS: &str = "const [css, text] = arguments;
    const found = [...document.querySelectorAll(css)].find((button) => text === null || button.textContent === text);
    if (!found) return 'is not there';
    if (found.disabled) return 'is disabled';
    found.scrollIntoView({ block: 'center', behavior: 'instant' });
    const { left, top, width, height } = found.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    if (!found.contains(hit)) return `is covered by ${hit?.outerHTML.slice(0, 200)}`;
    found.focus();
    found.click();
    return null;";

/// What finds a button by the name that is read out.
pub fn button(name: &str) -> String {
    format!("button[aria-label={}]", json!(name))
}

/// A command of Chromium's own.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// Where the driver of this binary's tests is. It ends with them.
fn driver() -> &'static str {
    static DRIVER: OnceLock<(Process, String)> = OnceLock::new();
    let (_, url) = DRIVER.get_or_init(|| {
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::spawn(&mut command)
            .unwrap_or_else(|e| panic!("chromedriver: {e} (./test installs it: chromium and chromium-driver)"));
        let address = format!("127.0.0.1:{port}");
        within(PATIENCE, "chromedriver listens", || std::net::TcpStream::connect(&address).ok());
        (process, format!("http://{address}"))
    });
    url
}

/// The accessibility checker, axe-core, as `./test` fetches it.
pub fn axe() -> String {
    let file = baton_tests::repo().join("target/tools/axe-core/package/axe.min.js");
    read(&file)
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{} ({e}): ./test fetches it", file.display()))
}
