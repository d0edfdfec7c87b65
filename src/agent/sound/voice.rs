//! A voice by `espeak-ng`: the text goes in through its standard input, a WAV stream comes out.

use std::path::Path;
use std::time::Duration;

use super::whole;
use crate::agent::pace;
use crate::agent::tools::{Bounds, Process, ToolError};

/// Who speaks how: the accent for English, the variant for every language, the pitch of 99. Even numbers are the higher
/// voices. A presenter's look picks one.
const VOICES: [(&str, &str, u8); 8] = [
    ("en-us", "f2", 48),
    ("en-us", "m3", 42),
    ("en-gb", "f4", 46),
    ("en-gb", "m7", 40),
    ("en-gb-x-rp", "f3", 54),
    ("en-us", "m1", 36),
    ("en-us", "f1", 58),
    ("en-gb-scotland", "m2", 46),
];
/// A sentence is spoken at a hundred times real time; beyond this the program hangs.
const PATIENCE: Duration = Duration::from_secs(20);
/// What comes out.
pub(super) struct Speech {
    pub(super) samples: Vec<f32>,
    pub(super) rate: f32,
}

/// One voice in one language.
#[derive(Debug, Clone)]
pub(super) struct Voice<'a> {
    program: &'a Path,
    name: String,
    pitch: u8,
}

impl<'a> Voice<'a> {
    /// The voice of a presenter's look for this text.
    pub(super) fn of(program: &'a Path, look: u32, text: &str) -> Self {
        let (accent, variant, pitch) = VOICES[look as usize % VOICES.len()];
        let language = match pace::language(text) {
            "en" => accent,
            other => other,
        };
        Self { program, name: format!("{language}+{variant}"), pitch }
    }

    /// Speaks one sentence at about `words_a_minute`, its words as loud as `levels` tell in turn, in percent, which changes nothing
    /// else. No more than `limit_s` of it is listened to.
    pub(super) fn speak(
        &self,
        text: &str,
        levels: &[u32],
        words_a_minute: u32,
        limit_s: f32,
    ) -> Result<Speech, ToolError> {
        let speed = words_a_minute.clamp(80, 400);
        let arguments = format!("-b 1 --stdin --stdout -z -v {} -p {} -s {speed}", self.name, self.pitch);
        let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
        let output_bytes = whole(limit_s.clamp(1.0, 900.0) * 48_000.0) * 2;
        let mut process = Process::start(self.program, &arguments, Bounds { patience: PATIENCE, output_bytes })?;
        process.write(marked(text, levels).as_bytes())?;
        Ok(wav(&process.finish_with_what_came()?))
    }
}

/// A text with a command before each word that is heard: how loud to go on. Words do not run into each other across a command, so
/// there is no speech without any: it would be shorter.
fn marked(text: &str, levels: &[u32]) -> String {
    let mut levels = levels.iter().cycle();
    let mut marked = String::new();
    for word in text.split_whitespace() {
        if let Some(level) = (pace::word_s(word) > 0.0).then(|| levels.next()).flatten() {
            marked.push_str(&format!("\u{1}{level}A"));
        }
        marked.push_str(&sayable(word));
        marked.push(' ');
    }
    marked.trim_end().to_owned() + "\n"
}

/// What of a text is handed to the program: no control characters, with which it takes commands, no brackets, within
/// which it takes phonemes, and no markup.
fn sayable(text: &str) -> String {
    let plain = |character: char| match character {
        '<' | '>' | '[' | ']' | '{' | '}' | '|' | '\\' | '^' | '~' | '`' | '*' | '_' | '#' => ' ',
        _ if character.is_control() => ' ',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' => ' ',
        // Pictures have long names that nobody would say.
        '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1ffff}' => ' ',
        _ => character,
    };
    let text: String = text.chars().map(plain).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The samples of a WAV stream of one channel with sixteen bits, whose stated length is not to be believed in a stream.
fn wav(bytes: &[u8]) -> Speech {
    let nothing = Speech { samples: Vec::new(), rate: 22_050.0 };
    let Some(mut rest) = bytes.strip_prefix(b"RIFF").and_then(|rest| rest.get(8..)) else {
        return nothing;
    };
    let mut rate = nothing.rate;
    while let Some((name, behind)) = rest.split_first_chunk::<4>() {
        let Some((length, content)) = behind.split_first_chunk::<4>() else { break };
        if name == b"data" {
            let samples =
                content.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0);
            return Speech { samples: samples.collect(), rate };
        }
        if let (b"fmt ", Some(&[low, middle, high, _])) = (name, content.get(4..8)) {
            rate = f32::from(u16::from_le_bytes([low, middle])) + f32::from(high) * 65_536.0;
        }
        rest = content.get(u32::from_le_bytes(*length) as usize..).unwrap_or_default();
    }
    nothing
}

#[cfg(test)]
mod tests {
    use super::{marked, sayable, wav};

    #[test]
    fn nothing_in_a_text_is_a_command() {
        assert_eq!(sayable("-f /etc/passwd"), "-f /etc/passwd");
        assert_eq!(
            sayable("\u{1}+10S fast [[h@'loU]] <mark name=\"x\"/> 🎬 so\tit\n\nis"),
            "+10S fast h@'loU mark name=\"x\"/ so it is"
        );
        assert_eq!(marked("", &[100]), "\n");
    }

    #[test]
    fn words_that_are_heard_have_levels() {
        assert_eq!(
            marked("Tea —  \u{1}9S then cake 🎬", &[100, 20]),
            "\u{1}100ATea — \u{1}20A9S \u{1}100Athen \u{1}20Acake\n"
        );
    }

    #[test]
    fn a_stream_is_read_to_its_end_whatever_length_it_states() {
        let mut file =
            b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0data".to_vec();
        file.extend([0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0x40, 0x55]);
        let speech = wav(&file);
        assert_eq!((speech.samples.as_slice(), speech.rate), ([0.0, 0.5].as_slice(), 22_050.0));
        assert!(wav(b"no sound").samples.is_empty() && wav(b"RIFF").samples.is_empty());
    }
}
