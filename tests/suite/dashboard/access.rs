//! Who is let in, and what is kept out.

use std::net::{Ipv4Addr, UdpSocket};

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{Scene, TOKEN, client, host_of, text_of};
use crate::support::stack::Stack;

const ACTIONS: [&str; 6] = [
    "/api/pause",
    "/api/resume",
    "/api/drain",
    "/api/jobs/any/cancel",
    "/api/dead-letters/0123456789abcdef/replay",
    "/logout",
];

const PAGES: [&str; 6] =
    ["/", "/jobs?id=a", "/jobs/a", "/jobs/a/results/0/video", "/dead-letters", "/dead-letters/0123456789abcdef"];

/// Asks as somebody does who is not on this machine.
type Stranger = Box<dyn Fn(Method, &str) -> RequestBuilder>;

/// Status and text of an answer, whose headers keep the page to itself.
async fn sent(request: RequestBuilder) -> (u16, String) {
    let answer = request.send().await.expect("an answer");
    let headers = answer.headers();
    let policy = headers["content-security-policy"].to_str().expect("a text").to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    for (name, value) in
        [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "same-origin")]
    {
        assert_eq!(headers[name], value);
    }
    assert!(headers.contains_key("cache-control") && !headers.contains_key("access-control-allow-origin"));
    (answer.status().as_u16(), text_of(answer).await)
}

/// An address of this machine that is not loopback, if it has one. Nothing is sent.
fn own_address() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    match socket.local_addr().ok()?.ip() {
        std::net::IpAddr::V4(address) if !address.is_loopback() && !address.is_unspecified() => Some(address),
        _ => None,
    }
}

#[tokio::test]
async fn whoever_is_not_on_this_machine_needs_the_token() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    stack.secrets.add(TOKEN);
    let worker = stack.worker(&[super::WITH_TOKEN, ("LANDFALL_HTTP__LISTEN", "0.0.0.0:0")]).await;
    let port = worker.address.rsplit(':').next().expect("a port").to_owned();
    let (local, client) = (format!("http://127.0.0.1:{port}"), client());
    assert_eq!(sent(client.get(format!("{local}/"))).await.0, 200);
    // By another address, by a name that leads here, through a proxy.
    let mut strangers: Vec<Stranger> = Vec::new();
    match own_address() {
        Some(address) => {
            let (client, port) = (client.clone(), port.clone());
            strangers.push(Box::new(move |method, path| {
                client.request(method, format!("http://{address}:{port}{path}")).header("host", "localhost")
            }));
        }
        None => println!("this machine has no address but loopback; strangers only come under other names"),
    }
    for (name, value) in [
        ("host", "evil.test"),
        ("host", "localhost.evil.test:8080"),
        ("x-forwarded-for", "10.0.0.1"),
        ("forwarded", "for=10.0.0.1"),
        ("via", "1.1 proxy"),
    ] {
        let (client, local) = (client.clone(), local.clone());
        strangers
            .push(Box::new(move |method, path| client.request(method, format!("{local}{path}")).header(name, value)));
    }
    for stranger in &strangers {
        for path in PAGES {
            let (status, text) = sent(stranger(Method::GET, path)).await;
            assert_eq!(status, 401, "{path}: {text}");
            let (status, text) = sent(stranger(Method::GET, path).header("accept", "text/html")).await;
            assert!(status == 401 && text.contains("id=\"token\""), "{path}: {text}");
            let stream = stranger(Method::GET, path).header("accept", "text/event-stream");
            assert_eq!(sent(stream).await.0, 401, "{path}");
            let known = stranger(Method::GET, path).bearer_auth(TOKEN);
            assert_ne!(sent(known).await.0, 401, "{path}");
        }
        assert_eq!(sent(stranger(Method::GET, "/api/state")).await.0, 401);
        for path in ACTIONS {
            assert_eq!(sent(stranger(Method::POST, path)).await.0, 401, "{path}");
        }
        for path in ["/healthz", "/readyz", "/metrics"] {
            let open = stranger(Method::GET, path).send().await.expect("an answer").status();
            assert_eq!(open, 200, "{path} is open");
        }
    }
    stack.check(vec![worker], 0, super::WITHIN).await;
}

#[tokio::test]
async fn without_a_token_this_machine_reads_and_nobody_acts() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let worker = stack.worker(&[]).await;
    let (client, at) = (client(), |path: &str| format!("http://{}{path}", worker.address));
    let (status, text) = sent(client.get(at("/"))).await;
    assert!(status == 200 && text.contains("set <code>http.token</code>"), "{text}");
    for path in ACTIONS {
        for request in [client.post(at(path)), client.post(at(path)).bearer_auth("anything-of-some-length")] {
            let (status, text) = sent(request).await;
            assert!(status == 403 && text.contains("LANDFALL_HTTP__TOKEN"), "{path}: {status} {text}");
        }
        assert_eq!(sent(client.get(at(path))).await.0, 405, "{path}: only by POST");
    }
    let foreign = sent(client.get(at("/")).header("host", "evil.test")).await;
    assert!(foreign.0 == 403 && foreign.1.contains("LANDFALL_HTTP__TOKEN"), "{foreign:?}");
    assert_eq!(worker.page("/readyz").await.0, 200, "nothing was done");
    stack.check(vec![worker], 0, super::WITHIN).await;
}

#[tokio::test]
async fn a_token_that_can_be_guessed_is_a_mistake_in_the_configuration() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let mut settings = stack.settings(&[]);
    settings.push(("LANDFALL_HTTP__TOKEN".to_owned(), "tooshort1".to_owned()));
    let output = crate::support::binary::landfall(&["worker".as_ref()], &settings).await;
    crate::support::binary::assert_exit(&output, 78);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("http.token") && told.contains("16 characters") && !told.contains("tooshort1"), "{told}");
    stack.secrets.add(TOKEN);
    let file = stack.pen.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).expect("written");
    let file = file.to_str().expect("UTF-8").to_owned();
    let worker = stack.worker(&[("LANDFALL_HTTP__TOKEN_FILE", &file)]).await;
    let pause = client().post(format!("http://{}/api/pause", worker.address)).bearer_auth(TOKEN);
    assert_eq!(sent(pause).await.0, 200);
    stack.check(vec![worker], 0, super::WITHIN).await;
}

#[tokio::test]
async fn a_browser_signs_in_acts_with_its_own_forms_only_and_signs_out() {
    let Some(scene) = Scene::start(&[]).await else { return };
    let Scene { browser, worker, .. } = &scene;
    scene.open("/").await;
    assert_eq!(browser.count("#pause").await, 0);
    browser.click("#sign-in").await;
    browser.type_into("#token", "a-wrong-token-of-the-tests").await;
    browser.click("button.main").await;
    browser.shows("#complaint", "not the token").await;
    browser.type_into("#token", TOKEN).await;
    browser.click("button.main").await;
    browser.find("#pause").await;
    let cookie = browser.run("return document.cookie", &[]).await;
    assert_eq!(cookie, json!(""), "no script reads the cookie");

    // The session alone is not enough: the form has to be ours.
    let forge = "const body = new URLSearchParams(arguments[1]);
        return fetch(arguments[0], {method: 'POST', body, redirect: 'manual'}).then(answer => answer.status)";
    for form in [json!({}), json!({"csrf": ""}), json!({"csrf": "0123456789abcdef0123456789abcdef"})] {
        for path in ACTIONS {
            assert_eq!(browser.run(forge, &[json!(path), form.clone()]).await, json!(403), "{path} {form}");
        }
    }
    assert_eq!(worker.page("/readyz").await.0, 200);

    // Out is out, also for what was copied before.
    browser.click("#sign-out").await;
    browser.find("#token").await;
    scene.open("/").await;
    assert_eq!(browser.count("#pause").await, 0);
    scene.end(0).await;
}

#[tokio::test]
async fn no_foreign_page_acts_or_reads() {
    let Some(scene) = Scene::start(&[]).await else { return };
    let Scene { browser, worker, stack } = &scene;
    scene.sign_in().await;
    let csrf = browser.run("return document.querySelector('#act input').value", &[]).await;
    let port = host_of(&scene.at("/")).port().expect("a port");
    // A page on another port, to which browsers send our cookie's site too, and one under a foreign name that leads here.
    let elsewhere = format!("http://{}/_emulator/health", stack.emulator_address());
    for page in [elsewhere, format!("http://evil.test:{port}/healthz")] {
        browser.open(&page).await;
        let post = "const form = document.createElement('form');
            form.method = 'post'; form.action = arguments[0];
            form.innerHTML = '<input name=csrf>'; form.firstChild.value = arguments[1];
            document.body.append(form); form.submit(); return true";
        browser.run(post, &[json!(scene.at("/api/pause")), csrf.clone()]).await;
        browser.shows("body", "page of another site").await;
        browser.open(&page).await;
        let read = "return fetch(arguments[0], {credentials: 'include'}).then(() => 'read', () => 'refused')";
        assert_eq!(browser.run(read, &[json!(scene.at("/"))]).await, "refused", "{page}");
        let frame = "const frame = document.createElement('iframe'); frame.src = arguments[0];
            document.body.append(frame);
            return new Promise(done => { frame.onload = () => {
                try { done(frame.contentDocument?.querySelector('#pause') ? 'shown' : 'hidden'); } catch { done('hidden'); }
            }; })";
        assert_eq!(browser.run(frame, &[json!(scene.at("/"))]).await, "hidden", "{page}");
    }
    // Under its name nobody is signed in, and the dashboard shows nothing.
    browser.open(&format!("http://evil.test:{port}/")).await;
    browser.find("#token").await;
    assert_eq!(browser.count("#state").await, 0);
    assert_eq!(worker.page("/readyz").await.0, 200, "nobody paused it");

    // Browsers that say nothing of the site still say the origin.
    let post = |origin: &'static str| client().post(scene.at("/api/pause")).bearer_auth(TOKEN).header("origin", origin);
    for origin in ["http://evil.test", "null", "http://127.0.0.1:1"] {
        assert_eq!(sent(post(origin)).await.0, 403, "{origin}");
    }
    let login = client().post(scene.at("/login")).header("origin", "http://evil.test").body(format!("token={TOKEN}"));
    assert_eq!(sent(login).await.0, 403);
    scene.end(0).await;
}

#[tokio::test]
async fn who_guesses_the_token_has_to_wait() {
    let Some(scene) = Scene::start(&[]).await else { return };
    let wrong = || client().post(scene.at("/api/pause")).bearer_auth("a-wrong-token-of-the-tests");
    for _ in 0..10 {
        assert_eq!(sent(wrong()).await.0, 401);
    }
    let answer = wrong().send().await.expect("an answer");
    assert_eq!(answer.status(), 429);
    assert!(answer.headers()["retry-after"].to_str().is_ok_and(|after| after.parse::<u64>().is_ok()));
    let right = client().post(scene.at("/login")).body(format!("token={TOKEN}"));
    assert_eq!(sent(right).await.0, 429, "also for what might be a lucky guess");
    scene.end(0).await;
}

#[tokio::test]
async fn without_javascript_the_page_shows_and_obeys() {
    let Some(scene) = Scene::start(&[]).await else { return };
    let client = client();
    let login = client.post(scene.at("/login")).body(format!("token={TOKEN}&next=%2Fdead-letters"));
    let answer = login.send().await.expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (303, &"/dead-letters".parse().expect("a value"))
    );
    let cookie = answer.headers()["set-cookie"].to_str().expect("a text").to_owned();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains(TOKEN) && !cookie.contains("Secure"), "{cookie}");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let page = text_of(client.get(scene.at("/")).header("cookie", &cookie).send().await.expect("an answer")).await;
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\""), "{page}");
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
    let pause = client.post(scene.at("/api/pause")).header("cookie", &cookie).body(format!("csrf={csrf}"));
    assert_eq!(sent(pause).await.0, 303);
    assert_eq!(scene.worker.page("/readyz").await.0, 503);
    let https = client.post(scene.at("/login")).header("x-forwarded-proto", "https").body(format!("token={TOKEN}"));
    let answer = https.send().await.expect("an answer");
    assert!(answer.headers()["set-cookie"].to_str().is_ok_and(|cookie| cookie.contains("; Secure")));
    scene.end(0).await;
}
