//! What is rendered for a request: what was asked for, or what the scenario has instead. Pure.

use uuid::Uuid;

use super::request::VideoRequest;
use super::scenario::values::{Media, PutBody};
use crate::agent::{Brief, Container, Presenter};

/// Seeds fit into a JSON number that every language reads exactly (2^53).
const SEED_BITS: u32 = 48;

/// How many pixels wider and higher a film becomes that is some pixels off. Even, as the codecs need it.
const PIXELS_OFF: u32 = 4;

/// Frames per second of what is uploaded in place of the film. No one looks at it for long, and another container may
/// mean the slow encoder.
const STAND_IN_FRAME_RATE: u32 = 2;

/// A film to be made.
#[derive(Debug, Clone)]
pub(super) struct Screenplay {
    pub(super) brief: Brief,
    pub(super) container: Container,
    /// 20 to 99.
    pub(super) quality: u8,
}

/// The film that becomes result `index` of its task.
pub(super) fn of_result(
    request: &VideoRequest,
    media: Media,
    presenter: Presenter,
    index: u32,
    frame_rate: u32,
) -> Screenplay {
    let brief = Brief {
        prompt: request.prompt.clone(),
        presenter,
        width: request.width_px,
        height: request.height_px,
        duration_s: request.duration_s,
        frame_rate,
        seed: seed(request.id.uuid, index),
        take: index,
    };
    let asked = Screenplay { brief, container: request.container, quality: request.quality };
    match media {
        Media::AsAsked => asked,
        Media::PixelsOff => of_size(asked, |side| side + PIXELS_OFF),
        Media::OtherSize => of_size(asked, |side| (side / 2) & !1),
        Media::Shorter => shorter(asked),
        Media::OtherContainer => in_other_container(asked),
    }
}

/// The film that is uploaded in place of result `index`, if what is uploaded is another film.
pub(super) fn stand_in(request: &VideoRequest, media: Media, body: PutBody, index: u32) -> Option<Screenplay> {
    let film = || of_result(request, media, Presenter::Chosen, index, STAND_IN_FRAME_RATE);
    match body {
        PutBody::OtherContainer => Some(in_other_container(film())),
        PutBody::Shorter => Some(shorter(film())),
        PutBody::Whole | PutBody::Empty | PutBody::Truncated | PutBody::Cut | PutBody::Garbage => None,
    }
}

fn shorter(film: Screenplay) -> Screenplay {
    let duration_s = (film.brief.duration_s / 2).max(1);
    Screenplay { brief: Brief { duration_s, ..film.brief }, ..film }
}

/// Another family of containers, so that no reader takes one for the other.
fn in_other_container(film: Screenplay) -> Screenplay {
    let container = match film.container {
        Container::Mp4 | Container::Mov => Container::Webm,
        Container::Webm => Container::Mp4,
    };
    Screenplay { container, ..film }
}

fn of_size(film: Screenplay, other: impl Fn(u32) -> u32) -> Screenplay {
    let (width, height) = (other(film.brief.width), other(film.brief.height));
    Screenplay { brief: Brief { width, height, ..film.brief }, ..film }
}

/// The same task always gets the same seeds, and each of its results another one.
fn seed(task: Uuid, index: u32) -> u64 {
    let (high, low) = task.as_u64_pair();
    let mixed = high.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ low;
    (mixed >> (u64::BITS - SEED_BITS)).wrapping_add(u64::from(index))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::{Screenplay, of_result, seed, stand_in};
    use crate::agent::{Container, Presenter};
    use crate::emulator::request::{self, VideoRequest};
    use crate::emulator::scenario::values::{Media, PutBody};

    fn request(width: u32, format: &str) -> VideoRequest {
        let task = json!({
            "taskType": "videoInference", "taskUUID": "0b8a2f4c-6a33-4d0e-9a51-3f6f1c7f9b21",
            "model": "heygen:video-agent@0", "positivePrompt": "x",
            "width": width, "height": 66, "duration": 5, "outputFormat": format,
        });
        request::check(task.as_object().expect("an object")).expect("a valid task")
    }

    fn shape(film: &Screenplay) -> (Container, u32, u32, u32) {
        (film.container, film.brief.width, film.brief.height, film.brief.duration_s)
    }

    #[test]
    fn results_of_a_task_differ_in_their_seed_and_repeat_with_its_uuid() {
        let task = Uuid::from_u128(0x0b8a_2f4c_6a33_4d0e_9a51_3f6f_1c7f_9b21);
        assert_ne!(seed(task, 0), seed(task, 1));
        assert_eq!(seed(task, 3), seed(task, 3));
        assert!(seed(Uuid::max(), 3) < 1 << 53);
    }

    #[test]
    fn a_film_differs_from_what_was_asked_in_one_thing_at_a_time() {
        for (media, expected) in [
            (Media::AsAsked, (Container::Mp4, 3840, 66, 5)),
            (Media::PixelsOff, (Container::Mp4, 3844, 70, 5)),
            (Media::OtherSize, (Container::Mp4, 1920, 32, 5)),
            (Media::Shorter, (Container::Mp4, 3840, 66, 2)),
            (Media::OtherContainer, (Container::Webm, 3840, 66, 5)),
        ] {
            let film = of_result(&request(3840, "MP4"), media, Presenter::Chosen, 1, 12);
            assert_eq!(shape(&film), expected, "{media}");
        }
    }

    #[test]
    fn only_another_film_needs_a_stand_in() {
        let of = |body| stand_in(&request(64, "WEBM"), Media::AsAsked, body, 0).as_ref().map(shape);
        assert_eq!(of(PutBody::OtherContainer), Some((Container::Mp4, 64, 66, 5)));
        assert_eq!(of(PutBody::Shorter), Some((Container::Webm, 64, 66, 2)));
        for body in [PutBody::Whole, PutBody::Empty, PutBody::Truncated, PutBody::Cut, PutBody::Garbage] {
            assert_eq!(of(body), None, "{body}");
        }
    }
}
