//! A headless Chromium for the tests of pages, driven through WebDriver.
//!
//! Each test has a browser of its own, with a new profile. Chromium is started here and not by its driver, which would put it
//! into a process group of its own: so the pen's guard ends both with the test process, however that ends.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::{
    By, CapabilitiesHelper as _, ChromiumLikeCapabilities as _, DesiredCapabilities, RequestData, SessionId,
    TypingData, WebDriver, WebElement,
};
use tokio::time::{Instant, sleep};

use super::servers::{Pen, Running, Unavailable, find_program, free_port};

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
    driver: Option<WebDriver>,
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

        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_debugger_address(&format!("127.0.0.1:{debugger}")).map_err(text)?;
        wanted.set("goog:loggingPrefs", json!({ "browser": "ALL" })).map_err(text)?;
        let session = WebDriver::builder(url, wanted).client(client).connect().await;
        let session = session.map_err(|why| format!("no session: {why}\n{}", driver.log_tail()))?;
        Ok(Self { driver: Some(session), _chromedriver: driver, _chromium: browser, _pen: pen })
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("a driver until the browser is dropped")
    }

    /// Opens an address and waits until the page is loaded.
    pub(crate) async fn open(&self, url: &str) {
        self.driver().goto(url).await.expect("the page opens");
    }

    /// Where it is.
    pub(crate) async fn address(&self) -> String {
        self.driver().current_url().await.expect("an address").into()
    }

    /// The first element that fits, once there is one.
    pub(crate) async fn find(&self, css: &str) -> WebElement {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.driver().find(By::Css(css)).await {
                Ok(element) => return element,
                Err(why) => assert!(Instant::now() < deadline, "no {css}: {why}\n{}", self.everything().await),
            }
            sleep(LOOK).await;
        }
    }

    /// How many elements fit now.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.driver().find_all(By::Css(css)).await.expect("an answer").len()
    }

    /// Clicks on the first element that fits.
    pub(crate) async fn click(&self, css: &str) {
        let element = self.find(css).await;
        // To the middle: at the top it could be below what stays there.
        let middle = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})";
        self.run(middle, &[element.to_json().expect("plain data")]).await;
        if let Err(why) = element.click().await {
            panic!("{css} cannot be clicked: {why}\n{}", self.everything().await);
        }
    }

    /// Types into an empty field.
    pub(crate) async fn type_into(&self, css: &str, text: impl Into<TypingData>) {
        let element = self.find(css).await;
        element.clear().await.expect("it is a field");
        element.send_keys(text).await.expect("it takes what is typed");
    }

    /// Chooses what a list offers by its first letters.
    pub(crate) async fn choose(&self, css: &str, option: &str) {
        self.find(css).await.send_keys(option).await.expect("it is a list");
    }

    /// The text that the first fitting element shows.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.expect("a text")
    }

    /// Waits until an element that fits shows a text with this in it.
    pub(crate) async fn shows(&self, css: &str, wanted: &str) {
        let script =
            "return [...document.querySelectorAll(arguments[0])].some(e => e.innerText.includes(arguments[1]))";
        self.until(&format!("{css} shows {wanted:?}"), script, &[json!(css), json!(wanted)]).await;
    }

    /// What a function's body returns in the page.
    pub(crate) async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.driver().execute(script, arguments.to_vec()).await.expect("the script runs").json().clone()
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
        let log = self.driver().browser_log().await.expect("a log");
        log.into_iter().map(|entry| format!("{:?} {}", entry.level, entry.message)).collect()
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
        self.driver().screenshot_as_png().await.expect("a picture")
    }

    async fn devtools(&self, command: &'static str, parameters: Value) {
        let command = DevTools { command, parameters };
        self.driver().cmd(command).await.expect("the browser's own protocol answers");
    }

    /// The page's text, for the message of a failed test.
    async fn everything(&self) -> String {
        let page = self.driver().execute("return document.body.innerText", Vec::new()).await;
        page.map_or_else(|why| why.to_string(), |page| page.json().as_str().unwrap_or_default().to_owned())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its session ends with the processes; ending it politely would wait for them.
        if let Some(driver) = self.driver.take() {
            drop(driver.leak());
        }
    }
}

/// A command of Chromium's own protocol.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl FormatRequestData for DevTools {
    fn format_request(&self, session: &SessionId) -> RequestData {
        RequestData::new(reqwest::Method::POST, format!("/session/{session}/goog/cdp/execute"))
            .add_body(json!({ "cmd": self.command, "params": self.parameters }))
    }
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
