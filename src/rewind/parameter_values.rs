//! What each sort of parameter can be, and its values as text: the other half of `parameters`.

use std::fmt;

use super::engine::{
    AcOnReplay, DoneConsumers, Executor, FetchTime, ForgetsLost, LossMessage, OnLoss, OnUntyped,
    RemembersLost, TopLevelFetch, Validity,
};
use super::engines::{ON_EVICTION, ON_TRANSIENT};
use super::scenario::DownloadMode;

/// What a parameter can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Values {
    /// `on` or `off`; `yes`, `no`, `true` and `false` will do as well.
    OnOff,
    /// A whole number up to this.
    Number {
        /// The greatest.
        max: u32,
    },
    /// A whole number up to this, or `none` for an engine that does not rewind.
    Cap {
        /// The greatest.
        max: u32,
    },
    /// One of these.
    Words(&'static [Word]),
}

/// One value of a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word {
    /// As it is written.
    pub name: &'static str,
    /// What else is understood.
    pub also: &'static [&'static str],
    /// What it means.
    pub meaning: &'static str,
}

impl Values {
    /// What `value` means, where the word alone does not say it.
    pub fn meaning(&self, value: &str) -> Option<&'static str> {
        match (self, value) {
            (Self::OnOff, "on") => Some("yes"),
            (Self::OnOff, _) => Some("no"),
            (Self::Words(words), _) => words.iter().find(|w| w.name == value).map(|w| w.meaning),
            (Self::Number { .. } | Self::Cap { .. }, _) => None,
        }
    }
}

impl fmt::Display for Values {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::OnOff => out.write_str("on or off"),
            Self::Number { max } => write!(out, "a number from 0 to {max}"),
            Self::Cap { max } => {
                write!(out, "a number from 0 to {max} (none where nothing is rewound)")
            }
            Self::Words(words) => {
                let names: Vec<&str> = words.iter().map(|w| w.name).collect();
                out.write_str(&names.join(" | "))
            }
        }
    }
}

/// A place for a parameter's value.
pub(super) trait Field {
    /// What it can be.
    fn values(&self) -> Values;
    /// What it is.
    fn text(&self) -> String;
    /// Makes it what `text`, in small letters with `-`, says. False, and no change, if that is
    /// none of its values.
    fn read(&mut self, text: &str) -> bool;
}

/// More runs or losses than this tell nothing new, and plans have to end.
const COUNT_MAX: u32 = 100;

/// How often is too often, within what is done about a loss.
pub(super) struct Cap<'a>(pub &'a mut OnLoss);

impl Cap<'_> {
    fn number(&mut self) -> Option<&mut u32> {
        match self.0 {
            OnLoss::Fail => None,
            OnLoss::Rewind { losses_max } => Some(losses_max),
            OnLoss::RewindCommand { passes_max } => Some(passes_max),
        }
    }
}

impl Field for Cap<'_> {
    fn values(&self) -> Values {
        Values::Cap { max: COUNT_MAX }
    }

    fn text(&self) -> String {
        match *self.0 {
            OnLoss::Fail => "none".to_owned(),
            OnLoss::Rewind { losses_max: max } | OnLoss::RewindCommand { passes_max: max } => {
                max.to_string()
            }
        }
    }

    fn read(&mut self, text: &str) -> bool {
        match self.number() {
            None => text == "none",
            Some(number) => number.read(text),
        }
    }
}

impl Field for bool {
    fn values(&self) -> Values {
        Values::OnOff
    }

    fn text(&self) -> String {
        if *self { "on" } else { "off" }.to_owned()
    }

    fn read(&mut self, text: &str) -> bool {
        match text {
            "on" | "yes" | "true" => *self = true,
            "off" | "no" | "false" => *self = false,
            _ => return false,
        }
        true
    }
}

impl Field for u32 {
    fn values(&self) -> Values {
        Values::Number { max: COUNT_MAX }
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn read(&mut self, text: &str) -> bool {
        let number = text.parse().ok().filter(|n| *n <= COUNT_MAX);
        *self = number.unwrap_or(*self);
        number.is_some()
    }
}

impl Field for u8 {
    fn values(&self) -> Values {
        Values::Number { max: Self::MAX.into() }
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn read(&mut self, text: &str) -> bool {
        let number = text.parse().ok();
        *self = number.unwrap_or(*self);
        number.is_some()
    }
}

/// Declares the words of a parameter: `value = "name" | "also understood", "meaning"`. A value
/// without a word does not compile.
macro_rules! words {
    ($type:ty: $($value:pat => $make:expr, $name:literal $(| $also:literal)*, $meaning:expr;)*) => {
        impl Field for $type {
            fn values(&self) -> Values {
                const WORDS: &[Word] =
                    &[$(Word { name: $name, also: &[$($also),*], meaning: $meaning }),*];
                Values::Words(WORDS)
            }

            fn text(&self) -> String {
                match *self { $($value => $name),* }.to_owned()
            }

            fn read(&mut self, text: &str) -> bool {
                match text {
                    $($name $(| $also)* => *self = $make(*self),)*
                    _ => return false,
                }
                true
            }
        }
    };
    ($type:ident { $($value:ident = $name:literal $(| $also:literal)*, $meaning:expr;)* }) => {
        words! {
            $type: $($type::$value => |_| $type::$value, $name $(| $also)*, $meaning;)*
        }
    };
}

/// The cap that stays when something else is done about a loss; 20 where there was none.
fn cap_of(on_loss: OnLoss) -> u32 {
    match on_loss {
        OnLoss::Fail => 20,
        OnLoss::Rewind { losses_max: max } | OnLoss::RewindCommand { passes_max: max } => max,
    }
}

words! { OnLoss:
    OnLoss::Fail => |_| OnLoss::Fail, "fail", "the action fails, and with it the build";
    OnLoss::Rewind { .. } => |was| OnLoss::Rewind { losses_max: cap_of(was) }, "rewind",
        "producers run again inside the build, then the action";
    OnLoss::RewindCommand { .. } => |was| OnLoss::RewindCommand { passes_max: cap_of(was) },
        "rewind-command", "all losses are gathered, and the whole command is computed again";
}

// A text, but only of those that tools print: nobody can write them by hand.
impl Field for &'static str {
    fn values(&self) -> Values {
        Values::Words(RETRY_WORDS)
    }

    fn text(&self) -> String {
        let word = RETRY_WORDS.iter().find(|w| w.name != "none" && w.meaning == *self);
        word.map_or("none", |w| w.name).to_owned()
    }

    fn read(&mut self, text: &str) -> bool {
        match text {
            "none" => *self = "",
            "eviction" => *self = ON_EVICTION,
            "transient" => *self = ON_TRANSIENT,
            _ => return false,
        }
        true
    }
}

const RETRY_WORDS: &[Word] = &[
    Word { name: "none", also: &[], meaning: "nothing" },
    Word { name: "eviction", also: &[], meaning: ON_EVICTION },
    Word { name: "transient", also: &[], meaning: ON_TRANSIENT },
];

words! { DownloadMode {
    Minimal = "minimal", "none but what the tool itself needs";
    TopLevel = "toplevel", "those of the requested targets";
    All = "all", "all";
}}

words! { Executor {
    Local = "local", "on this machine: inputs are fetched";
    Remote = "remote", "on a worker: inputs are asked for, not fetched";
}}

words! { FetchTime {
    WithHit = "with-hit", "with the cache hit: what is gone turns the hit into a miss";
    TopLevelAtEnd = "toplevel-at-end",
        "`all` with the cache hit; `toplevel` after its action: what is gone is a lost output";
    AtEnd = "at-end", "after all actions: what is gone is a lost top-level output";
}}

words! { OnUntyped {
    Fail = "fail", "the action fails: a plain I/O error";
    RewindAllInputs = "rewind-all-inputs", "the producers of all its inputs run again";
}}

words! { AcOnReplay {
    Asks = "asks" | "on" | "yes" | "true", "the action cache is asked";
    AsksOnce = "asks-once",
        "the action cache is asked the first time, unless it speaks HTTP; later it is not";
    Bypasses = "bypasses" | "off" | "no" | "false", "the action cache is not asked";
}}

words! { RemembersLost {
    No = "no" | "off" | "false", "never: a stale entry is believed";
    FromNextAttempt = "from-next-attempt", "from the next run of the build on";
    AtOnce = "at-once" | "on" | "yes" | "true", "as soon as it is found lost";
}}

words! { ForgetsLost {
    OnRefusal = "on-refusal", "until one AC entry is refused for it";
    OnUpload = "on-upload", "until it is uploaded";
}}

words! { DoneConsumers {
    StayDone = "stay-done", "they stay done, whatever the producer yields";
    RunIfChanged = "run-if-changed" | "on" | "yes" | "true",
        "they run again if the producer yields something else";
    RunAgain = "run-again" | "off" | "no" | "false", "they run again";
}}

words! { TopLevelFetch {
    WholeAction = "whole-action", "all outputs of the action";
    RequestedFiles = "requested-files", "the requested outputs only";
}}

words! { Validity {
    OnDisk = "on-disk",
        "all; but after a switch of mode or a restart only those with all outputs on disk";
    RemoteMetadata = "remote-metadata",
        "all; but after a switch to or from `all`, or a failed build, not those that rely on the \
         cache";
}}

words! { LossMessage {
    UnexpectedIo = "unexpected-io",
        "unexpected I/O exception: Failed to fetch file with hash …, one of them";
    ExecFailed = "exec-failed",
        "Exec failed due to IOException: Failed to fetch file with hash …, or how many are lost";
    MissingDigestOnly = "missing-digest-only",
        "… do not exist remotely.: Missing digest: HASH/SIZE";
    MissingDigest = "missing-digest",
        "… do not exist remotely.: Missing digest: HASH/SIZE for PATH";
    LostDigests = "lost-digests", "lost inputs with digests: HASH/SIZE";
    UnexpectedLostInputs = "unexpected-lost-inputs",
        "Lost inputs no longer available remotely: … with retries, else Unexpected lost inputs …";
    ExpiredInReCas = "expired-in-re-cas",
        "Your build requires … an artifact that has expired in the RE CAS …: restart the daemon";
    MissingFromReCas = "missing-from-re-cas",
        "Action execution requires artifact … but it is missing from remote CAS";
}}
