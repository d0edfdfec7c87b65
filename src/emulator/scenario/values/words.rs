//! Switches whose values are words.

use std::fmt;

use super::Value;

/// Declares a value that is one of several words, the default first.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident {
        $default:ident = $default_word:literal: $default_meaning:literal,
        $($variant:ident = $word:literal: $meaning:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub(in crate::emulator) enum $name {
            #[doc = $default_meaning]
            #[default]
            $default,
            $(#[doc = $meaning] $variant,)+
        }

        impl Value for $name {
            const FORMS: &'static [(&'static str, &'static str)] =
                &[($default_word, $default_meaning), $(($word, $meaning),)+];

            fn read(text: &str) -> Option<Self> {
                match text {
                    $default_word => Some(Self::$default),
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    Self::$default => $default_word,
                    $(Self::$variant => $word,)+
                })
            }
        }
    };
}

words! {
    /// Whether a submission takes effect.
    Acceptance {
        AsAnswered = "as-answered": "refused if it is answered with an error, else accepted",
        Never = "never": "not accepted, whatever is answered; the UUID stays free",
        Always = "always": "accepted, whatever is answered",
        Twice = "twice": "carried out twice in a row; the second answer is the one that comes back",
    }
}
words! {
    /// What an unknown task is answered with.
    UnknownTask {
        Empty = "empty": "an empty data and no error",
        NotFound = "not-found": "the error taskNotFound",
    }
}
words! {
    /// The status of a POST of which some tasks were accepted and others refused.
    MixedStatus {
        Ok = "200": "200",
        MultiStatus = "207": "207",
        BadRequest = "400": "400",
    }
}
words! {
    /// Which lists an answer has.
    Envelope {
        Lean = "lean": "data and errors only where there is something to say in them",
        Full = "full": "always both, even if empty",
    }
}
words! {
    /// Which sizes a task may ask for.
    Sizes {
        Any = "any": "all that can be rendered, 64 to 3840 pixels a side",
        Family = "family": "1280x720, 720x1280, 1920x1080 and 1080x1920, as other models of its family take",
    }
}
words! {
    /// Who moves a task forward.
    Pace {
        Automatic = "automatic": "a task goes on by itself",
        Stepped = "stepped": "a task waits at each step for POST /_emulator/step",
    }
}
words! {
    /// What becomes of an accepted task.
    Fate {
        Kept = "kept": "it is worked on",
        Lost = "lost": "acknowledged, then unknown, never worked on and never billed; its UUID stays taken",
    }
}
words! {
    /// The word for a task under way.
    RunningStatus {
        Processing = "processing": "processing",
        Pending = "pending": "pending",
        Queued = "queued": "queued",
        Waiting = "waiting": "waiting",
        Scheduled = "scheduled": "scheduled",
    }
}
words! {
    /// Whether polls tell the progress.
    Progress {
        Told = "told": "progress, 0 to 100, in every item under way",
        Untold = "untold": "no progress",
    }
}
words! {
    /// Where a failed task stands in the answer to a poll.
    ErrorPlace {
        Errors = "errors": "in errors, with status error",
        Data = "data": "in data, with status error and an error object",
        DataText = "data-text": "in data, with status error and an error text",
    }
}
words! {
    /// What is told of the cost when it is asked for.
    Cost {
        Exact = "exact": "the price",
        Zero = "zero": "0, which is not a price",
        Absent = "absent": "nothing",
    }
}
words! {
    /// What `videoURL` of a finished result is.
    VideoUrl {
        Given = "given": "it serves the video",
        Absent = "absent": "it is left out",
        Empty = "empty": "it answers 200 with 0 bytes",
        Truncated = "truncated": "it answers 200 with the first half of the video, as if it were all",
        Cut = "cut": "it answers 200 with half of what it announced, and the connection is reset",
        Stalled = "stalled": "it answers 200 with half of what it announced, and then with nothing more",
        Page = "page": "it answers 200 with a page in HTML",
        Busy = "busy": "it answers 503",
        Gone = "gone": "it answers 404",
    }
}
words! {
    /// What is rendered.
    Media {
        AsAsked = "as-asked": "what was asked for",
        PixelsOff = "pixels-off": "a few pixels larger than asked",
        OtherSize = "other-size": "half as wide and high as asked",
        Shorter = "shorter": "half as long as asked",
        OtherContainer = "other-container": "another container than asked",
    }
}
words! {
    /// When a result is uploaded.
    Put {
        BeforeSuccess = "before-success": "before success is told",
        AfterSuccess = "after-success": "after success is told",
        Never = "never": "not at all",
    }
}
words! {
    /// How an upload's body is framed.
    PutFraming {
        Length = "length": "with Content-Length",
        Chunked = "chunked": "in chunks without a length, which S3 answers with 501",
    }
}
words! {
    /// Which headers an upload has.
    PutHeaders {
        ContentType = "content-type": "Content-Type of the file",
        None = "none": "no Content-Type",
        Wrong = "wrong": "Content-Type text/plain",
        Extra = "extra": "Content-Type, and x-amz-meta-source and Cache-Control that nobody signed",
    }
}
words! {
    /// What a refused upload does to its task.
    PutRefused {
        Ignored = "ignored": "nothing",
        FailsTask = "fails-task": "the task fails with uploadFailed",
    }
}
words! {
    /// How often a result is uploaded.
    PutTimes {
        Once = "once": "once",
        Twice = "twice": "twice, the second time after success is told",
    }
}
words! {
    /// Whether an upload that was not taken is tried again.
    PutRetries {
        OnFault = "on-fault": "up to four times on 5xx or no answer",
        None = "none": "one try",
    }
}
words! {
    /// What an upload's body is.
    PutBody {
        Whole = "whole": "the video",
        Empty = "empty": "0 bytes",
        Truncated = "truncated": "the first half of the file, as if it were all",
        Cut = "cut": "the length of the whole file is announced, and the connection ends in the middle",
        OtherContainer = "other-container": "a video in another container",
        Shorter = "shorter": "a video half as long",
        Garbage = "garbage": "as many bytes that are no video",
    }
}
words! {
    /// Which results of several are uploaded to the one URL.
    PutResults {
        Each = "each": "each in turn, so that the last one stays",
        First = "first": "the first only",
        Last = "last": "the last only",
    }
}
words! {
    /// How often and in which order webhooks are called.
    Webhook {
        Once = "once": "once for each result, in order",
        Twice = "twice": "twice for each result",
        OutOfOrder = "out-of-order": "once for each result, the last result first",
        Never = "never": "not at all",
    }
}
words! {
    /// Whether a call of a webhook that was not taken is made again.
    WebhookRetries {
        OnFault = "on-fault": "up to six times, after growing pauses",
        None = "none": "it is not",
    }
}
words! {
    /// What a webhook's body is.
    WebhookBody {
        Flat = "flat": "the result object",
        Wrapped = "wrapped": "an envelope with data or errors, as a poll answers",
    }
}
