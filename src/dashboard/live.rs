//! Pages that stay up to date: server-sent events that each hold the whole page as it is now.
//!
//! A page is rendered when its browser is ready to take it, and only sent if it changed. So whoever reads slowly gets fewer
//! pages, and none waits anywhere. A browser that is gone without a word keeps its place until its connection is given up.

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;

use super::House;
use super::door::{Visitor, refused};
use super::pages::View;

/// Between two looks at a page. Less is more work for each open page, more is seen as a delay.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Something is sent at least so often, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

struct Watch {
    house: Arc<House>,
    visitor: Visitor,
    view: View,
    shown: Option<u64>,
    _place: OwnedSemaphorePermit,
}

/// Keeps a browser up to date, until it leaves, its session ends, or the worker does.
pub(super) fn stream(house: Arc<House>, visitor: Visitor, view: View) -> Response {
    let Ok(place) = house.streams.clone().try_acquire_owned() else {
        let why = "Too many pages are kept up to date already; this one asks again now and then.";
        return ([(header::RETRY_AFTER, "10")], refused(StatusCode::SERVICE_UNAVAILABLE, why)).into_response();
    };
    let watch = Watch { house, visitor, view, shown: None, _place: place };
    let pages = stream::unfold(watch, async |mut watch| {
        let page = watch.next().await?;
        Some((Ok::<_, Infallible>(Event::default().data(page)), watch))
    });
    Sse::new(pages).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

impl Watch {
    /// The page once it is another one than was shown last; `None` when it shall not be shown any more.
    async fn next(&mut self) -> Option<String> {
        loop {
            if self.shown.is_some() {
                tokio::select! {
                    () = self.house.dashboard.closing.cancelled() => return None,
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
            if let Some(session) = self.visitor.session()
                && !self.house.sessions.lasts(session, Instant::now())
            {
                return None;
            }
            let page = self.view.render(&self.house, &self.visitor).await.ok()?.text;
            let mut hasher = DefaultHasher::new();
            page.hash(&mut hasher);
            let mark = Some(hasher.finish());
            if self.shown != mark {
                self.shown = mark;
                return Some(page);
            }
        }
    }
}
