//! Where a video differs from what was asked for, and whether that matters.

use serde_json::Value;

use super::{LandingSettings, Strictness};
use crate::job::event::Deviation;
use crate::job::request::Request;
use crate::media::{Container, MediaFacts};

/// The registered media type of a container.
pub(super) fn content_type(container: Container) -> &'static str {
    match container {
        Container::Mp4 => "video/mp4",
        Container::Mov => "video/quicktime",
        Container::Webm => "video/webm",
        Container::Matroska => "video/x-matroska",
    }
}

/// Where a video differs from what was asked for, beyond the tolerances.
pub(super) fn deviations(settings: &LandingSettings, request: &Request, media: &MediaFacts) -> Vec<Deviation> {
    let mut found = Vec::new();
    let mut deviation = |property: &str, asked: Value, found_value: Value| {
        found.push(Deviation { property: property.to_owned(), asked, found: found_value });
    };
    if content_type(media.container) != request.format.content_type() {
        deviation("container", request.format.extension().into(), media.container.as_str().into());
    }
    if let Some((width, height)) = request.size {
        for (property, asked, got) in [("width", width, media.width), ("height", height, media.height)] {
            if asked.abs_diff(got) > settings.size_tolerance_px {
                deviation(property, asked.into(), got.into());
            }
        }
    }
    if let Some(asked) = request.duration_s
        && (f64::from(asked) - media.duration_s).abs() > settings.duration_tolerance_s
    {
        deviation("durationSeconds", asked.into(), media.duration_s.into());
    }
    found
}

/// The deviations that fail a result, in words; empty when it is good enough.
pub(super) fn intolerable(settings: &LandingSettings, request: &Request, media: &MediaFacts) -> String {
    let counts = |deviation: &Deviation| match settings.strict {
        Strictness::Off => false,
        Strictness::Container => deviation.property == "container",
        Strictness::All => true,
    };
    let wrong: Vec<String> = deviations(settings, request, media)
        .iter()
        .filter(|deviation| counts(deviation))
        .map(|deviation| format!("{} is {} instead of {}", deviation.property, deviation.found, deviation.asked))
        .collect();
    wrong.join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::job::request::OutputFormat;

    fn settings(strict: Strictness) -> LandingSettings {
        LandingSettings {
            lookup_window: Duration::from_secs(1),
            strict,
            duration_tolerance_s: 1.0,
            size_tolerance_px: 16,
            rescue: true,
            rescue_max_bytes: 1,
        }
    }

    fn request() -> Request {
        Request {
            fields: serde_json::Map::new(),
            model: String::new(),
            results: 1,
            format: OutputFormat::Mp4,
            size: Some((1280, 720)),
            duration_s: Some(30),
        }
    }

    fn media(container: Container, width: u32, duration_s: f64) -> MediaFacts {
        let (video_codec, audio_codec, frame_rate) = (None, None, None);
        MediaFacts { container, video_codec, audio_codec, width, height: 720, duration_s, frame_rate }
    }

    #[test]
    fn what_is_within_tolerance_is_no_deviation() {
        let near = media(Container::Mp4, 1264, 29.2);
        assert_eq!(deviations(&settings(Strictness::All), &request(), &near), []);
    }

    #[test]
    fn strictness_decides_which_deviations_fail_a_result() {
        let far = media(Container::Webm, 640, 30.0);
        let wrong = |strict| intolerable(&settings(strict), &request(), &far);
        assert_eq!(wrong(Strictness::Off), "");
        assert_eq!(wrong(Strictness::Container), "container is \"webm\" instead of \"mp4\"");
        assert!(wrong(Strictness::All).contains("width is 640 instead of 1280"), "{}", wrong(Strictness::All));
    }

    #[test]
    fn every_deviation_is_stated_with_what_was_asked_and_found() {
        let far = media(Container::Webm, 640, 12.5);
        let stated: Vec<String> = deviations(&settings(Strictness::Off), &request(), &far)
            .iter()
            .map(|deviation| format!("{} {} {}", deviation.property, deviation.asked, deviation.found))
            .collect();
        assert_eq!(stated, ["container \"mp4\" \"webm\"", "width 1280 640", "durationSeconds 30 12.5"]);
    }
}
