//! The little of W3C WebDriver that the tests of pages need: commands as JSON over HTTP, each answered with a `value`.

use reqwest::{Client, Method};
use serde_json::{Value, json};

/// The name under which WebDriver tells an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A session with a browser. It ends with the driver.
pub(crate) struct Session {
    client: Client,
    url: String,
}

/// An element of the page that is open.
pub(crate) struct Element(String);

impl Element {
    /// The path of a command about it.
    pub(crate) fn command(&self, name: &str) -> String {
        format!("element/{}/{name}", self.0)
    }

    /// The element, as a script gets it.
    pub(crate) fn as_argument(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }
}

impl Session {
    /// Begins a session of the driver at `driver_url` with the Chromium that listens for debuggers on this port.
    pub(crate) async fn begin(client: Client, driver_url: &str, debugger: u16) -> Result<Self, String> {
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "debuggerAddress": format!("127.0.0.1:{debugger}") },
            "goog:loggingPrefs": { "browser": "ALL" },
        }}});
        let url = format!("{driver_url}/session");
        let answer = command(&client, Method::POST, &url, Some(wanted)).await?;
        let id = answer["sessionId"].as_str().ok_or_else(|| format!("no session in {answer}"))?;
        Ok(Self { url: format!("{url}/{id}"), client })
    }

    /// Asks for something.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, String> {
        command(&self.client, Method::GET, &format!("{}/{path}", self.url), None).await
    }

    /// Orders something.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Value, String> {
        command(&self.client, Method::POST, &format!("{}/{path}", self.url), Some(body)).await
    }

    /// The first element that fits now.
    pub(crate) async fn find(&self, css: &str) -> Result<Element, String> {
        let found = self.post("element", selector(css)).await?;
        found[ELEMENT].as_str().map(|id| Element(id.to_owned())).ok_or_else(|| format!("no element in {found}"))
    }

    /// How many elements fit now.
    pub(crate) async fn count(&self, css: &str) -> Result<usize, String> {
        let found = self.post("elements", selector(css)).await?;
        found.as_array().map(Vec::len).ok_or_else(|| format!("no elements in {found}"))
    }
}

fn selector(css: &str) -> Value {
    json!({ "using": "css selector", "value": css })
}

async fn command(client: &Client, method: Method, url: &str, body: Option<Value>) -> Result<Value, String> {
    let mut request = client.request(method, url);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.map_err(|why| why.to_string())?;
    let is_success = answer.status().is_success();
    let mut answer: Value = answer.json().await.map_err(|why| why.to_string())?;
    let value = answer["value"].take();
    if is_success { Ok(value) } else { Err(format!("{}: {}", value["error"], value["message"])) }
}
