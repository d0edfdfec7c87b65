//! What one PUT to `uploadEndpoint` carries: headers, body and framing, as the scenario has it. Pure.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use bytes::Bytes;

use super::scenario::switches::Behaviour;
use super::scenario::values::{PutBody, PutFraming, PutHeaders};
use super::shelf::content_type_of;
use crate::agent::Container;

/// What garbage is made of.
const NO_VIDEO: &[u8] = b"This is no video. ";

/// Headers that nobody asked for and no signature covers.
const EXTRA_HEADERS: [(&str, &str); 2] = [("x-amz-meta-source", "emulator"), ("cache-control", "max-age=3600")];

/// One PUT, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parcel {
    /// All but those of the framing.
    pub(super) headers: HeaderMap,
    /// The bytes that are really sent.
    pub(super) bytes: Bytes,
    /// What `Content-Length` says. Without it the body comes in chunks.
    pub(super) announced: Option<usize>,
    /// The connection ends behind the bytes, in the middle of the body.
    pub(super) is_cut: bool,
}

/// Packs `file`, which the client asked for in `container`.
pub(super) fn pack(file: Bytes, container: Container, behaviour: &Behaviour) -> Parcel {
    let whole = file.len();
    let half = || file.slice(..whole / 2);
    let (bytes, length, is_cut) = match behaviour.put_body {
        PutBody::Whole | PutBody::OtherContainer | PutBody::Shorter => (file, whole, false),
        PutBody::Empty => (Bytes::new(), 0, false),
        PutBody::Truncated => (half(), whole / 2, false),
        PutBody::Cut => (half(), whole, true),
        PutBody::Garbage => (NO_VIDEO.iter().copied().cycle().take(whole).collect(), whole, false),
    };
    let announced = match behaviour.put_framing {
        PutFraming::Length => Some(length),
        PutFraming::Chunked => None,
    };
    Parcel { headers: headers(behaviour.put_headers, container), bytes, announced, is_cut }
}

fn headers(which: PutHeaders, container: Container) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let content_type = match which {
        PutHeaders::ContentType | PutHeaders::Extra => Some(content_type_of(container)),
        PutHeaders::Wrong => Some("text/plain"),
        PutHeaders::None => None,
    };
    if let Some(value) = content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
    }
    if which == PutHeaders::Extra {
        headers.extend(
            EXTRA_HEADERS.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))),
        );
    }
    headers
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::pack;
    use crate::agent::Container;
    use crate::emulator::scenario::switches::Behaviour;
    use crate::emulator::scenario::values::{PutBody, PutFraming, PutHeaders};

    fn body(put_body: PutBody) -> (Vec<u8>, Option<usize>, bool) {
        let behaviour = Behaviour { put_body, ..Behaviour::default() };
        let parcel = pack(Bytes::from_static(b"0123456"), Container::Mp4, &behaviour);
        (parcel.bytes.to_vec(), parcel.announced, parcel.is_cut)
    }

    #[test]
    fn a_body_is_what_its_switch_says() {
        assert_eq!(body(PutBody::Whole), (b"0123456".to_vec(), Some(7), false));
        assert_eq!(body(PutBody::Shorter), body(PutBody::Whole));
        assert_eq!(body(PutBody::Empty), (Vec::new(), Some(0), false));
        assert_eq!(body(PutBody::Truncated), (b"012".to_vec(), Some(3), false));
        assert_eq!(body(PutBody::Cut), (b"012".to_vec(), Some(7), true));
        assert_eq!(body(PutBody::Garbage), (b"This is".to_vec(), Some(7), false));
    }

    #[test]
    fn chunks_announce_no_length() {
        let behaviour = Behaviour { put_framing: PutFraming::Chunked, put_body: PutBody::Cut, ..Behaviour::default() };
        let parcel = pack(Bytes::from_static(b"0123456"), Container::Mp4, &behaviour);
        assert_eq!((parcel.announced, parcel.is_cut), (None, true));
    }

    #[test]
    fn headers_are_those_of_their_switch() {
        let names = |put_headers| {
            let behaviour = Behaviour { put_headers, ..Behaviour::default() };
            let headers = pack(Bytes::new(), Container::Webm, &behaviour).headers;
            let text = |value: &axum::http::HeaderValue| value.to_str().expect("text").to_owned();
            headers.iter().map(|(name, value)| format!("{name}: {}", text(value))).collect::<Vec<_>>()
        };
        assert_eq!(names(PutHeaders::ContentType), ["content-type: video/webm"]);
        assert_eq!(names(PutHeaders::Wrong), ["content-type: text/plain"]);
        assert!(names(PutHeaders::None).is_empty());
        assert_eq!(names(PutHeaders::Extra).len(), 3);
    }
}
