//! The dashboard of a real worker, over RabbitMQ, SeaweedFS and the emulator, in a headless Chromium and for programs.

mod access;
mod pages;
mod watching;

use std::time::Duration;

use reqwest::redirect::Policy;
use serde_json::{Value, json};
use url::Url;

use crate::support::binary::WorkerProcess;
use crate::support::browser::Browser;
use crate::support::servers::or_skip;
use crate::support::stack::Stack;

/// The token of the workers here.
const TOKEN: &str = "dashboard-token-of-the-tests-0123456789";

const WITH_TOKEN: (&str, &str) = ("LANDFALL_HTTP__TOKEN", TOKEN);

const WITHIN: Duration = Duration::from_secs(120);

/// A worker with a dashboard, what is around it, and a browser.
struct Scene {
    stack: Stack,
    worker: WorkerProcess,
    browser: Browser,
}

impl Scene {
    async fn start(emulator_arguments: &[&str]) -> Option<Scene> {
        let browser = or_skip(Browser::start().await)?;
        let mut stack = Stack::start(emulator_arguments).await?;
        stack.secrets.add(TOKEN);
        let worker = stack.worker(&[WITH_TOKEN]).await;
        Some(Scene { stack, worker, browser })
    }

    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.worker.address)
    }

    async fn open(&self, path: &str) {
        self.browser.open(&self.at(path)).await;
    }

    async fn sign_in(&self) {
        self.open("/login").await;
        self.browser.type_into("#token", TOKEN).await;
        self.browser.click("button.main").await;
        self.browser.find("#sign-out").await;
    }

    /// Adds or removes a rule of the emulator.
    async fn scenario(&self, rules: Value) {
        let url = format!("http://{}/_emulator/scenario", self.stack.emulator_address());
        let answer = client().put(url).json(&json!({ "rules": rules })).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.text().await.expect("a text"));
    }

    /// Nothing that a page did was refused by its own policy, and no script failed. A refused page is told as an error.
    async fn assert_content(&self) {
        let complaints = self.browser.complaints().await;
        let complaints: Vec<String> = complaints.into_iter().filter(|text| !text.contains("favicon")).collect();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }

    /// The process ends well, all invariants hold, and no secret is told anywhere.
    async fn end(mut self, messages: usize) {
        self.stack.check(vec![self.worker], messages, WITHIN).await;
    }
}

/// A program that follows no redirects.
fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(Policy::none()).timeout(WITHIN).build().expect("a client")
}

/// A video plays in the page: it has frames, and its time goes on.
const PLAYS: &str = "const video = document.querySelector(arguments[0]);
    if (!video) return false;
    video.muted = true; video.play().catch(() => {});
    return video.readyState >= 2 && video.currentTime > 0.2 && [video.videoWidth, video.videoHeight]";

/// The text of an answer, which never holds the token.
async fn text_of(answer: reqwest::Response) -> String {
    let text = answer.text().await.expect("a text");
    assert!(!text.contains(TOKEN), "the token is told");
    text
}

fn host_of(address: &str) -> Url {
    Url::parse(address).expect("a URL")
}
