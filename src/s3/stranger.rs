//! An upload as the provider would send it: by somebody who holds the URL and knows nothing of S3.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use reqwest::header::CONTENT_TYPE;
use url::{Host, Url};

use super::S3Store;
use super::classify::{chain, presentable};
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::ObjectRef;
use crate::ports::{ObjectStore as _, bug};

/// How long the URL of such an upload lives.
const URL_LIFE: Duration = Duration::from_secs(120);

/// Longest wait for the whole upload.
const UPLOAD_WITHIN: Duration = Duration::from_secs(10);

/// Most bytes of a refusal that are shown.
const REFUSAL_MAX_BYTES: usize = 600;

const BODY: &[u8] = b"landfall tries whether the provider can upload here\n";

/// How the body is sent. Which of these the provider does is not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// With its length and no header besides.
    Plain,
    /// With its length and a media type.
    WithContentType,
    /// In chunks, without a length.
    Chunked,
}

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uploaded {
    /// It stands in the bucket as it was sent.
    Stands,
    /// It was refused.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the refusal says.
        said: String,
    },
    /// It was taken, and is not there or is another one.
    Lost,
    /// Nobody was reached under the public endpoint.
    NotReached {
        /// Why.
        why: String,
    },
}

impl S3Store {
    /// Where upload URLs for a bucket lead: the URL without its path and query.
    pub async fn upload_place(&self, object: &ObjectRef) -> Outcome<Url> {
        let signed = self.presign_put(object, URL_LIFE).await?;
        let mut url = Url::parse(signed.url.expose()).map_err(|_| bug("reading an upload URL"))?;
        url.set_query(None);
        url.set_path("");
        Ok(url)
    }

    /// Uploads to `object` through a presigned URL on the public endpoint, looks whether it landed, and deletes it.
    pub async fn upload_as_a_stranger(&self, object: &ObjectRef, manner: Manner) -> Outcome<Uploaded> {
        let doing = "uploading as a stranger";
        let signed = self.presign_put(object, URL_LIFE).await?;
        let url = Url::parse(signed.url.expose()).map_err(|_| bug("reading an upload URL"))?;
        let mut client = reqwest::Client::builder()
            .timeout(UPLOAD_WITHIN)
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&url) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|why| Fault::new(FaultKind::Denied, doing).because(why.without_url()))?;
        let put = match manner {
            Manner::Plain => client.put(url).body(BODY),
            Manner::WithContentType => client.put(url).header(CONTENT_TYPE, "video/mp4").body(BODY),
            Manner::Chunked => {
                let pieces = BODY.chunks(16).map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece)));
                client.put(url).body(reqwest::Body::wrap_stream(stream::iter(pieces).boxed()))
            }
        };
        let answer = match put.send().await {
            Ok(answer) => answer,
            Err(why) => return Ok(Uploaded::NotReached { why: chain(&why.without_url()) }),
        };
        let status = answer.status().as_u16();
        if !answer.status().is_success() {
            let said = answer.bytes().await.unwrap_or_default();
            let said = String::from_utf8_lossy(&said[..said.len().min(REFUSAL_MAX_BYTES)]).into_owned();
            return Ok(Uploaded::Refused { status, said: presentable(&core_of(&said)) });
        }
        let landed = self.open(object, BODY.len() as u64 + 1).await?;
        self.erase(object).await?;
        Ok(if landed.is_some_and(|landed| landed.head == BODY) { Uploaded::Stands } else { Uploaded::Lost })
    }

    /// Deletes what such an upload may have left when it was not let finish.
    pub async fn erase_upload(&self, object: &ObjectRef) -> Outcome<()> {
        self.erase(object).await
    }
}

/// Code and message of a refusal in S3's XML; else the whole text.
fn core_of(said: &str) -> String {
    let part = |name: &str| {
        let rest = said.split_once(&format!("<{name}>"))?.1;
        rest.split_once(&format!("</{name}>")).map(|(part, _)| part)
    };
    match (part("Code"), part("Message")) {
        (Some(code), message) => format!("{code} {}", message.unwrap_or_default()),
        (None, _) => said.to_owned(),
    }
}

/// What goes to this very machine goes through no proxy.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
