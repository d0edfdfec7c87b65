//! A headless Chromium for the tests of pages, driven through WebDriver.
//!
//! The little of WebDriver that is needed is in `webdriver.rs`: the client library that was tried changed
//! what is tested, as it switched on features of crates that the program uses, too.
//!
//! Each test has a browser of its own, with a new profile. Chromium is started here and not by its driver, which would put it
//! into a process group of its own: so the pen's guard ends both with the test process, however that ends.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::servers::{Pen, Running, Unavailable, find_program, free_port};
use super::webdriver::{Element, Session};

/// A cold browser on a crowded machine takes its time, and so does a page with a debug build behind it.
const PATIENCE: Duration = Duration::from_secs(90);

const LOOK: Duration = Duration::from_millis(50);

const REMEDY: &str =
    "run tests/run.sh, which installs them where it may; or install the packages chromium and chromium-driver";

/// Nothing of it calls home, and no name but these leads anywhere: a page that wants something from elsewhere fails.
const FLAGS: [&str; 15] = [
    "--headless=new",
    // Tests run as root in containers, where Chromium has no sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Containers have little of it.
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    // What moves cannot be clicked.
    "--force-prefers-reduced-motion",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/// A browser with one window; gone when dropped.
pub(crate) struct Browser {
    session: Session,
    _chromedriver: Running,
    _chromium: Running,
    // After what runs in it.
    _pen: Pen,
}

/// How a page is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_phone: bool,
    pub(crate) is_dark: bool,
}

impl Look {
    /// A desk's screen.
    pub(crate) const DESKTOP: Self = Self { width: 1440, height: 900, is_phone: false, is_dark: false };

    /// A phone held upright.
    pub(crate) const PHONE: Self = Self { width: 390, height: 844, is_phone: true, is_dark: false };

    /// The same at night.
    pub(crate) const fn dark(self) -> Self {
        Self { is_dark: true, ..self }
    }
}

impl Browser {
    /// A new browser with an empty window.
    ///
    /// # Errors
    /// Says which program is missing, or why it does not start.
    pub(crate) async fn start() -> Result<Self, Unavailable> {
        let missing = Unavailable::new("headless Chromium", REMEDY);
        let chromium = find_program(&["chromium", "chromium-browser", "google-chrome"]);
        let (Some(chromium), Some(chromedriver)) = (chromium, find_program(&["chromedriver"])) else {
            return Err(
                missing.because("neither chromium, chromium-browser nor google-chrome on the PATH, or no chromedriver")
            );
        };
        Self::launch(&chromium, &chromedriver).await.map_err(|why| missing.because(why))
    }

    async fn launch(chromium: &Path, chromedriver: &Path) -> Result<Self, String> {
        let pen = Pen::new("browser").map_err(text)?;
        let profile = pen.directory("profile").map_err(text)?;
        let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.display()));
        flags.push("about:blank".to_owned());
        let mut browser = pen.run("chromium", chromium, &flags, &[("HOME", pen.path().as_os_str())]).map_err(text)?;
        // The browser writes where it listens as soon as it does.
        let told = profile.join("DevToolsActivePort");
        let debugger = wait("chromium listens", &mut browser, async || {
            let told = std::fs::read_to_string(&told).ok()?;
            told.lines().next()?.parse::<u16>().ok()
        })
        .await?;

        let port = free_port().map_err(text)?;
        let mut driver = pen.run("chromedriver", chromedriver, &[format!("--port={port}")], &[]).map_err(text)?;
        let url = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().map_err(text)?;
        wait("chromedriver answers", &mut driver, async || client.get(format!("{url}/status")).send().await.ok())
            .await?;

        let session = Session::begin(client, &url, debugger).await;
        let session = session.map_err(|why| format!("no session: {why}\n{}", driver.log_tail()))?;
        Ok(Self { session, _chromedriver: driver, _chromium: browser, _pen: pen })
    }

    /// Opens an address and waits until the page is loaded.
    pub(crate) async fn open(&self, url: &str) {
        self.session.post("url", json!({ "url": url })).await.expect("the page opens");
    }

    /// Where it is.
    pub(crate) async fn address(&self) -> String {
        told(self.session.get("url").await.expect("an address"))
    }

    /// The first element that fits, once there is one.
    pub(crate) async fn find(&self, css: &str) -> Element {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.session.find(css).await {
                Ok(element) => return element,
                Err(why) => assert!(Instant::now() < deadline, "no {css}: {why}\n{}", self.everything().await),
            }
            sleep(LOOK).await;
        }
    }

    /// How many elements fit now.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.session.count(css).await.expect("an answer")
    }

    /// Clicks on the first element that fits.
    pub(crate) async fn click(&self, css: &str) {
        let element = self.find(css).await;
        // To the middle: at the top it could be below what stays there.
        let middle = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})";
        self.run(middle, &[element.as_argument()]).await;
        if let Err(why) = self.session.post(&element.command("click"), json!({})).await {
            panic!("{css} cannot be clicked: {why}\n{}", self.everything().await);
        }
    }

    /// Types into an empty field.
    pub(crate) async fn type_into(&self, css: &str, text: impl Into<String>) {
        let element = self.find(css).await;
        self.session.post(&element.command("clear"), json!({})).await.expect("it is a field");
        let text = json!({ "text": text.into() });
        self.session.post(&element.command("value"), text).await.expect("it takes what is typed");
    }

    /// Chooses what a list offers by its first letters.
    pub(crate) async fn choose(&self, css: &str, option: &str) {
        let element = self.find(css).await;
        self.session.post(&element.command("value"), json!({ "text": option })).await.expect("it is a list");
    }

    /// The text that the first fitting element shows.
    pub(crate) async fn text(&self, css: &str) -> String {
        let element = self.find(css).await;
        told(self.session.get(&element.command("text")).await.expect("a text"))
    }

    /// Waits until an element that fits shows a text with this in it.
    pub(crate) async fn shows(&self, css: &str, wanted: &str) {
        let script =
            "return [...document.querySelectorAll(arguments[0])].some(e => e.innerText.includes(arguments[1]))";
        self.until(&format!("{css} shows {wanted:?}"), script, &[json!(css), json!(wanted)]).await;
    }

    /// What a function's body returns in the page.
    pub(crate) async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let script = json!({ "script": script, "args": arguments });
        self.session.post("execute/sync", script).await.expect("the script runs")
    }

    /// Runs the body of a function until it returns something true.
    pub(crate) async fn until(&self, what: &str, script: &str, arguments: &[Value]) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = self.run(script, arguments).await;
            if !matches!(value, Value::Null | Value::Bool(false)) {
                return value;
            }
            assert!(Instant::now() < deadline, "it never came to this: {what}\n{}", self.everything().await);
            sleep(LOOK).await;
        }
    }

    /// What the page complained of so far: script errors, refused resources, violations of its policy.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.session.post("se/log", json!({ "type": "browser" })).await.expect("a log");
        log.as_array().expect("a list").iter().map(|entry| format!("{} {}", entry["level"], entry["message"])).collect()
    }

    /// Looks at the page in another way.
    pub(crate) async fn look(&self, look: Look) {
        let size = json!({
            "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": look.is_phone,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if look.is_dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// The visible part of the page, as a PNG file.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        let picture = told(self.session.get("screenshot").await.expect("a picture"));
        STANDARD.decode(picture).expect("base64")
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        let command = json!({ "cmd": command, "params": parameters });
        self.session.post("goog/cdp/execute", command).await.expect("the browser's own protocol answers");
    }

    /// The page's text, for the message of a failed test.
    async fn everything(&self) -> String {
        let script = json!({ "script": "return document.body.innerText", "args": [] });
        self.session.post("execute/sync", script).await.map_or_else(|why| why, told)
    }
}

/// A text that was answered.
fn told(answer: Value) -> String {
    answer.as_str().unwrap_or_default().to_owned()
}

fn text(error: impl fmt::Display) -> String {
    error.to_string()
}

/// Asks until there is an answer, while the program runs.
async fn wait<T>(what: &str, program: &mut Running, mut ask: impl AsyncFnMut() -> Option<T>) -> Result<T, String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return Ok(answer);
        }
        if let Some(status) = program.ended() {
            return Err(format!("before {what} it ended with {status}:\n{}", program.log_tail()));
        }
        if Instant::now() > deadline {
            return Err(format!("not within {} s: {what}\n{}", PATIENCE.as_secs(), program.log_tail()));
        }
        sleep(LOOK).await;
    }
}
