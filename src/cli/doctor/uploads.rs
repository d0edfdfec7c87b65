//! Uploads as the provider would send them: whether it can reach the public endpoint, and what is taken there.

use std::net::IpAddr;
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;
use url::{Host, Url};

use super::catalogue::{Check, Entry};
use super::findings as f;
use super::found::{Found, Notes};
use super::store::Patient;
use crate::job::guard::Guard;
use crate::job::text::one_line;
use crate::s3::{Manner, Uploaded};

/// Longest wait for a name's addresses.
const LOOKUP_WITHIN: Duration = Duration::from_secs(5);

/// The ways in which is uploaded.
pub(super) const MANNERS: [(Manner, Check); 3] = [
    (Manner::Plain, Check::UploadPlain),
    (Manner::WithContentType, Check::UploadContentType),
    (Manner::Chunked, Check::UploadChunked),
];

/// Where a URL leads, as seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Public,
    Private(IpAddr),
    Loopback(IpAddr),
    /// The name has no address here.
    Unknown,
}

/// Tries all of it in the bucket with staging.
pub(super) async fn examine(patient: &Patient, met: &[(&str, &str)], notes: &Notes) {
    let place = match patient.upload(0) {
        Ok(object) => patient.store.upload_place(&object).await.map_err(|fault| fault.chain()),
        Err(why) => Err(why),
    };
    let url = match place {
        Ok(url) => url,
        Err(why) => return notes.add(Found::skipped(Check::UploadEndpoint, why)),
    };
    let host = one_line(url.host_str().unwrap_or_default(), 255);
    let shown = one_line(url.as_str(), 300);
    let met: Vec<_> = met.iter().copied().chain([("host", host.as_str()), ("url", shown.as_str())]).collect();
    let provider = match &patient.provider {
        Some(provider) => (place_of(provider).await, provider.host_str().unwrap_or_default().to_owned()),
        None => (Place::Unknown, "the provider".to_owned()),
    };
    notes.add(endpoint(&url, place_of(&url).await, &provider, &met));
    for (number, (manner, check)) in MANNERS.into_iter().enumerate() {
        let uploaded = match patient.upload(number) {
            Ok(object) => patient.store.upload_as_a_stranger(&object, manner).await.map_err(|fault| fault.chain()),
            Err(why) => Err(why),
        };
        let found = match uploaded {
            Ok(uploaded) => of_upload(manner, check, &uploaded, &met),
            Err(why) => Found::skipped(check, why),
        };
        let go_on = !notes.is_ill(Check::UploadPlain);
        notes.add(found);
        if !go_on || notes.is_ill(Check::UploadPlain) {
            for check in [Check::UploadContentType, Check::UploadChunked] {
                notes.add(Found::skipped(check, "upload-plain failed"));
            }
            break;
        }
    }
}

/// What the two places mean for uploads: a provider next door reaches what is private, and nobody else does.
fn endpoint(url: &Url, place: Place, (provider, name): &(Place, String), met: &[(&str, &str)]) -> Found {
    let ill = |entry: &'static Entry, address: String| {
        let met: Vec<_> = met.iter().copied().chain([("address", &*address), ("provider", name)]).collect();
        Found::ill(entry, format!("upload URLs begin with {}", one_line(url.as_str(), 300)), &met)
    };
    match (place, provider) {
        (Place::Unknown, _) => ill(&f::ENDPOINT_UNRESOLVED, String::new()),
        (Place::Loopback(_), Place::Loopback(_)) => Found::well(Check::UploadEndpoint, "local, as the provider is"),
        (Place::Loopback(address), Place::Public | Place::Private(_) | Place::Unknown) => {
            ill(&f::ENDPOINT_LOOPBACK, address.to_string())
        }
        (Place::Private(_), Place::Loopback(_) | Place::Private(_)) => {
            Found::well(Check::UploadEndpoint, "private, as the provider is")
        }
        (Place::Private(address), Place::Public | Place::Unknown) => ill(&f::ENDPOINT_PRIVATE, address.to_string()),
        (Place::Public, _) if url.scheme() == "http" => ill(&f::ENDPOINT_PLAIN, String::new()),
        (Place::Public, _) => Found::well(Check::UploadEndpoint, "public, https"),
    }
}

async fn place_of(url: &Url) -> Place {
    let of = |address: IpAddr| match address {
        _ if address.is_loopback() => Place::Loopback(address),
        _ if Guard::public(false).reaches(address) => Place::Public,
        _ => Place::Private(address),
    };
    let name = match url.host() {
        Some(Host::Ipv4(address)) => return of(address.into()),
        Some(Host::Ipv6(address)) => return of(address.into()),
        Some(Host::Domain(name)) => name,
        None => return Place::Unknown,
    };
    match timeout(LOOKUP_WITHIN, lookup_host((name, url.port_or_known_default().unwrap_or(443)))).await {
        Ok(Ok(addresses)) => {
            let places: Vec<Place> = addresses.map(|address| of(address.ip())).collect();
            // One that is not public is enough to fail now and then.
            let worst = places.iter().find(|place| **place != Place::Public).or(places.first());
            worst.copied().unwrap_or(Place::Unknown)
        }
        Ok(Err(_)) | Err(_) => Place::Unknown,
    }
}

fn of_upload(manner: Manner, check: Check, uploaded: &Uploaded, met: &[(&str, &str)]) -> Found {
    match uploaded {
        Uploaded::Stands => Found::well(check, ""),
        Uploaded::NotReached { why } => Found::ill(&f::UPLOAD_UNREACHED, why, met),
        Uploaded::Lost => Found::ill(&f::UPLOAD_LOST, "answered with success, and nothing is there", met),
        Uploaded::Refused { status, said } => {
            let entry = match manner {
                Manner::Plain => &f::UPLOAD_REFUSED,
                Manner::WithContentType => &f::TYPED_UPLOAD_REFUSED,
                Manner::Chunked => &f::CHUNKED_REFUSED,
            };
            Found::ill(entry, format!("HTTP status {status}: {said}"), met)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::found::Outcome;
    use super::*;

    #[test]
    fn a_private_store_is_reached_by_a_provider_next_door_and_by_no_other() {
        let private = Place::Private("10.0.0.7".parse().expect("an address"));
        let loopback = Place::Loopback("127.0.0.1".parse().expect("an address"));
        for (url, place, provider, finding) in [
            ("https://s3.example/", Place::Public, Place::Public, None),
            ("http://s3.example/", Place::Public, Place::Public, Some("upload-endpoint-plain")),
            ("https://s3.example/", Place::Unknown, Place::Public, Some("upload-endpoint-unknown")),
            ("http://minio/", private, private, None),
            ("http://minio/", private, loopback, None),
            ("http://minio/", private, Place::Public, Some("upload-endpoint-private")),
            ("http://minio/", private, Place::Unknown, Some("upload-endpoint-private")),
            ("http://127.0.0.1/", loopback, loopback, None),
            ("http://127.0.0.1/", loopback, private, Some("upload-endpoint-loopback")),
            ("http://127.0.0.1/", loopback, Place::Public, Some("upload-endpoint-loopback")),
        ] {
            let url = Url::parse(url).expect("a URL");
            let found = endpoint(&url, place, &(provider, "api.example".to_owned()), &[("host", "h")]);
            let id = match found.outcome {
                Outcome::Ill(ill) => Some(ill.entry.id),
                Outcome::Well | Outcome::Skipped => None,
            };
            assert_eq!(id, finding, "{url} {place:?} {provider:?}");
        }
    }
}
