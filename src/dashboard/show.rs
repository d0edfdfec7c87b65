//! How times, sizes and money are shown.

use jiff::Timestamp;

use crate::job::event::MediaData;

/// US dollars, finer where there are few.
pub(crate) fn usd(amount: f64) -> String {
    let decimals = if amount != 0.0 && amount.abs() < 1.0 { 3 } else { 2 };
    let text = format!("{amount:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("${}.{fraction}", grouped(whole))
}

/// A number with its thousands apart.
pub(crate) fn count(number: impl ToString) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// For how long something has been, coarsely: what is on a page changes when that does.
pub(crate) fn age(since: Timestamp, now: Timestamp) -> String {
    match now.duration_since(since).as_secs().max(0) {
        seconds @ ..60 => format!("{} s", seconds / 5 * 5),
        seconds @ 60..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// How long something took.
pub(crate) fn took(milliseconds: u64) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        1000..60_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        60_000..3_600_000 => format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1000),
        _ => format!("{} h {} min", milliseconds / 3_600_000, milliseconds % 3_600_000 / 60_000),
    }
}

/// Bytes.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

/// A time of day, UTC, with the day where it is another one.
pub(crate) fn clock(at: Timestamp, now: Timestamp) -> String {
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let pattern = if day(at) == day(now) { "%H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    at.strftime(pattern).to_string()
}

/// An instant, to the second.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// What a video is.
pub(crate) fn media(media: &MediaData) -> String {
    let MediaData { container, video_codec, audio_codec, width, height, duration_seconds, frame_rate } = media;
    let codecs = [video_codec, audio_codec].into_iter().flatten().map(|codec| format!(" {codec}"));
    let rate = frame_rate.map_or(String::new(), |rate| format!(" · {rate:.0} fps"));
    format!("{container}{} · {width}×{height} · {duration_seconds:.1} s{rate}", codecs.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_and_numbers_are_read_at_a_glance() {
        let shown = [0.0, 0.165, 1.5, 1234.5, 1_234_567.0].map(usd);
        assert_eq!(shown, ["$0.00", "$0.165", "$1.50", "$1,234.50", "$1,234,567.00"]);
        assert_eq!([0, 999, 1000, 60_000].map(count), ["0", "999", "1,000", "60,000"]);
    }

    #[test]
    fn ages_change_seldom() {
        let begin = Timestamp::UNIX_EPOCH;
        let after = |seconds: i64| age(begin, begin + jiff::SignedDuration::from_secs(seconds));
        let shown = [-5, 4, 59, 60, 3599, 7199, 7200, 200_000].map(after);
        assert_eq!(shown, ["0 s", "0 s", "55 s", "1 min", "59 min", "119 min", "2 h", "2 days"]);
    }
}
