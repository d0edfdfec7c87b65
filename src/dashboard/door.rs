//! Who a visitor is, and what each may do: strangers nothing, this machine reads, holders of the token act.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::House;
use super::guard;
use super::pages::{Frame, html};
use super::sessions::{Denied, SESSION_LIFE, Session};

/// Where a page is sent back to after signing in, at most so many bytes.
const NEXT_MAX_BYTES: usize = 1024;

/// Whom a request comes from.
#[derive(Debug, Clone)]
pub(super) enum Visitor {
    /// Nobody that we know.
    Stranger,
    /// A program or a browser on this machine.
    Local,
    /// A browser that showed the token.
    Browser(Session),
    /// A program that shows the token.
    Program,
}

impl Visitor {
    pub(super) fn may_read(&self) -> bool {
        match self {
            Visitor::Stranger => false,
            Visitor::Local | Visitor::Browser(_) | Visitor::Program => true,
        }
    }

    /// The session, for a browser that has one.
    pub(super) fn session(&self) -> Option<&Session> {
        match self {
            Visitor::Browser(session) => Some(session),
            Visitor::Stranger | Visitor::Local | Visitor::Program => None,
        }
    }
}

/// Origins from which the videos of an answered page come.
#[derive(Clone)]
pub(super) struct Media(pub(super) Vec<String>);

/// Sees who comes, keeps out what foreign pages send, and puts protective headers on every answer.
pub(super) async fn admit(
    State(house): State<Arc<House>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let accepts_pages = accepts(request.headers(), "text/html");
    let mut response = if guard::is_foreign(request.method(), request.headers()) {
        let why =
            "This was sent by a page of another site. The dashboard only takes what its own pages send, and programs.";
        refused(StatusCode::FORBIDDEN, why)
    } else {
        match visitor(&house, peer.ip(), &request) {
            Ok(visitor) => {
                request.extensions_mut().insert(visitor);
                next.run(request).await
            }
            Err(denied) => refused_token(denied),
        }
    };
    if let Some(Refusal(why)) = response.extensions_mut().remove::<Refusal>() {
        *response.body_mut() = if accepts_pages { message(why).into() } else { (why + "\n").into() };
        let media_type = if accepts_pages { "text/html; charset=utf-8" } else { "text/plain; charset=utf-8" };
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    let media = response.extensions_mut().remove::<Media>().map_or(Vec::new(), |Media(origins)| origins);
    guard::protect(&mut response, &media);
    response
}

/// `Err` for a program whose token is not taken: it is told so, whatever it may do without.
fn visitor(house: &House, peer: IpAddr, request: &Request) -> Result<Visitor, Denied> {
    let headers = request.headers();
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let token = authorization.to_str().ok().and_then(|text| text.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        return house.sessions.check(token.unwrap_or_default(), peer, Instant::now()).map(|()| Visitor::Program);
    }
    let session = cookies(headers).find_map(|cookie| house.sessions.find(cookie, Instant::now()));
    if let Some(session) = session {
        return Ok(Visitor::Browser(session));
    }
    let is_local = guard::is_local(peer, request.uri(), headers);
    Ok(if is_local { Visitor::Local } else { Visitor::Stranger })
}

/// The name of our cookie. Browsers send cookies to all ports of a host: each worker's has the port that it is seen under.
fn cookie_name(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let port = host.rsplit_once(':').map(|(_, port)| port).filter(|port| port.parse::<u16>().is_ok());
    port.map_or("landfall".to_owned(), |port| format!("landfall-{port}"))
}

/// What our cookie holds; a browser may send several of one name.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let name = cookie_name(headers);
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|cookie| cookie.to_str().ok());
    let pairs = all.flat_map(|cookies| cookies.split(';').filter_map(|pair| pair.trim().split_once('=')));
    pairs.filter(move |(found, _)| *found == name).map(|(_, value)| value)
}

/// Lets pass who may read; asks others for the token.
pub(super) async fn readers_only(
    State(house): State<Arc<House>>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
    next: Next,
) -> Response {
    if visitor.may_read() {
        return next.run(request).await;
    }
    let wants_page = *request.method() == Method::GET && accepts(request.headers(), "text/html");
    if !house.sessions.has_token() {
        return refused_token(Denied::NoToken);
    }
    if !wants_page {
        let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
        let why = "A token is needed: sign in at /login, or send `Authorization: Bearer` with http.token.";
        return (challenge, refused(StatusCode::UNAUTHORIZED, why)).into_response();
    }
    let next = request.uri().path_and_query().map_or("/", |path| path.as_str());
    login_form(&house, StatusCode::UNAUTHORIZED, next, None)
}

pub(super) fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|accept| accept.to_str().is_ok_and(|text| text.contains(media_type)))
}

/// Who acts: a program that shows the token, or a browser whose form came from one of our pages.
pub(super) struct Actor {
    pub(super) is_program: bool,
}

/// Whether this visitor may act, with this form.
pub(super) fn actor(house: &House, visitor: &Visitor, form: &Bytes) -> Result<Actor, Response> {
    let refused = match visitor {
        Visitor::Program => return Ok(Actor { is_program: true }),
        Visitor::Browser(session) => {
            if fields(form).get("csrf").is_some_and(|csrf| session.sent(csrf)) {
                return Ok(Actor { is_program: false });
            }
            let why = "The form is not from a page of this session. Go back, load the page again, and try once more.";
            refused(StatusCode::FORBIDDEN, why)
        }
        Visitor::Local | Visitor::Stranger if !house.sessions.has_token() => refused_token(Denied::NoToken),
        Visitor::Local | Visitor::Stranger => {
            let why = "Whoever acts has to hold the token: sign in at /login, or send `Authorization: Bearer` with http.token.";
            refused(StatusCode::UNAUTHORIZED, why)
        }
    };
    Err(refused)
}

/// The fields of a form.
pub(super) fn fields(form: &[u8]) -> HashMap<String, String> {
    url::form_urlencoded::parse(form).into_owned().collect()
}

fn refused_token(denied: Denied) -> Response {
    match denied {
        Denied::NoToken => {
            let why = "This worker has no token, so its dashboard can be read on the worker's own machine only, at \
                       http://127.0.0.1 or http://localhost, and nothing can be done on it. To open it, set http.token \
                       (LANDFALL_HTTP__TOKEN) or http.token_file, at least 16 characters, and start the worker again.";
            refused(StatusCode::FORBIDDEN, why)
        }
        Denied::Wrong => refused(StatusCode::UNAUTHORIZED, "That is not the token (http.token of this worker)."),
        Denied::Wait(left) => {
            let seconds = left.as_secs() + 1;
            let why = format!("Too many wrong tokens came from this address. Try again in {seconds} s.");
            ([(header::RETRY_AFTER, seconds.to_string())], refused(StatusCode::TOO_MANY_REQUESTS, &why)).into_response()
        }
    }
}

/// Why something was not done. What reads it decides how it is told: people get a page.
#[derive(Clone)]
struct Refusal(String);

/// A refusal, for people and programs alike.
pub(super) fn refused(status: StatusCode, why: &str) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(Refusal(why.to_owned()));
    response
}

fn message(text: String) -> String {
    // Without its page, it is still a text.
    Message { frame: Frame::plain("Not done"), text: text.clone() }.render().unwrap_or(text)
}

#[derive(Template)]
#[template(path = "message.html", config = "src/dashboard/askama.toml")]
struct Message {
    frame: Frame,
    text: String,
}

#[derive(Template)]
#[template(path = "login.html", config = "src/dashboard/askama.toml")]
struct Login {
    frame: Frame,
    has_token: bool,
    next: String,
    complaint: Option<String>,
}

fn login_form(house: &House, status: StatusCode, next: &str, complaint: Option<String>) -> Response {
    let frame = Frame::plain("Sign in");
    let page = Login { frame, has_token: house.sessions.has_token(), next: own_path(next).to_owned(), complaint };
    (status, html(&page)).into_response()
}

/// A path of ours, whatever was sent for one.
fn own_path(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//") && next.len() <= NEXT_MAX_BYTES;
    let is_clean = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path && is_clean && !next.starts_with("/login") { next } else { "/" }
}

pub(super) async fn login_page(State(house): State<Arc<House>>, RawQuery(query): RawQuery) -> Response {
    let query = fields(query.unwrap_or_default().as_bytes());
    login_form(&house, StatusCode::OK, query.get("next").map_or("/", String::as_str), None)
}

pub(super) async fn login(
    State(house): State<Arc<House>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: Bytes,
) -> Response {
    let form = fields(&form);
    let next = form.get("next").map_or("/", String::as_str);
    let token = form.get("token").map_or("", |token| token.trim());
    match house.sessions.check(token, peer.ip(), Instant::now()) {
        Ok(()) => {}
        Err(Denied::Wrong) => {
            tracing::warn!(peer = %peer.ip(), "somebody sent a wrong token to the dashboard");
            return login_form(&house, StatusCode::UNAUTHORIZED, next, Some("That is not the token.".to_owned()));
        }
        Err(denied @ (Denied::NoToken | Denied::Wait(_))) => return refused_token(denied),
    }
    let secure = if guard::came_by_https(&headers) { "; Secure" } else { "" };
    let (name, value, life) = (cookie_name(&headers), house.sessions.begin(Instant::now()), SESSION_LIFE.as_secs());
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={life}{secure}");
    ([(header::SET_COOKIE, cookie)], Redirect::to(own_path(next))).into_response()
}

pub(super) async fn logout(
    State(house): State<Arc<House>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    form: Bytes,
) -> Response {
    if let Err(refused) = actor(&house, &visitor, &form) {
        return refused;
    }
    if let Some(session) = visitor.session() {
        house.sessions.end(session);
    }
    let cookie = format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", cookie_name(&headers));
    ([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_one_stays_here() {
        for own in ["/", "/jobs/a?x=1", "/dead-letters"] {
            assert_eq!(own_path(own), own);
        }
        for foreign in ["", "//evil.test", "https://evil.test", "/\\evil.test", "/a\nb", "jobs", "/login?next=/"] {
            assert_eq!(own_path(foreign), "/", "{foreign}");
        }
    }

    #[test]
    fn each_worker_of_a_host_has_a_cookie_of_its_own() {
        let of = |host: &'static str, cookie: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            headers.append(header::COOKIE, HeaderValue::from_static(cookie));
            cookies(&headers).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(of("127.0.0.1:8080", "a=b; landfall-8080=x; landfall-8081=y; landfall-8080=z"), ["x", "z"]);
        assert_eq!(of("landfall.example", "landfall-8080=x; landfall=y"), ["y"]);
        assert_eq!(of("[::1]:8081", "landfall-8081=y"), ["y"]);
    }
}
