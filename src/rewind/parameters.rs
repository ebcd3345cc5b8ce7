//! The one registry of an engine's parameters: names, values in words, meaning; reading and
//! setting them as text.
//!
//! Command line, page, scenario files and documents all ask here, so there is no second list.

use super::engine::{Engine, OnLoss};
use super::near::{did_you_mean, nearest};
use super::parameter_values::{Cap, Field, Values};

/// A parameter of every engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its name: that of the field of [`Engine`], or `cap`.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What it can be.
    pub values: Values,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// Numbers of the rules that it carries.
    pub rules: &'static str,
}

/// Why a parameter could not be set.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SetError {
    /// No such parameter.
    #[error("there is no parameter `{name}`{}", did_you_mean(.near))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names like it.
        near: Vec<String>,
    },
    /// Not a value of this parameter.
    #[error("{name} cannot be `{value}`: expected {expected}")]
    BadValue {
        /// Name of the parameter.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed, in words.
        expected: String,
    },
    /// A cap for an engine that does not rewind.
    #[error(
        "cap cannot be `{value}`: an engine that fails on a loss has none; set on_loss=rewind or \
         on_loss=rewind-command first"
    )]
    NothingToCap {
        /// What was given.
        value: String,
    },
    /// Text that is not `NAME=VALUE`.
    #[error("`{text}` is not NAME=VALUE, such as retries=5")]
    NotAPair {
        /// What was given.
        text: String,
    },
}

/// All parameters, in the order in which they are listed everywhere.
pub fn parameters() -> Vec<Parameter> {
    let mut engine = super::engines::engines()[0];
    let cap = Parameter {
        name: CAP,
        aliases: &["losses_max", "passes_max"],
        values: Cap(&mut OnLoss::Fail).values(),
        meaning: "How often one action may lose one input with one content (`rewind`), or how \
                  many passes a command may add (`rewind-command`), before the build fails.",
        rules: "A4, K7",
    };
    let mut all = Vec::new();
    for (&(name, aliases, rules, meaning), field) in DESCRIPTIONS.iter().zip(fields(&mut engine)) {
        all.push(Parameter { name, aliases, values: field.values(), meaning, rules });
        if name == "on_loss" {
            all.push(cap);
        }
    }
    all
}

impl Parameter {
    /// The parameter with this name or alias; `-` stands for `_`, and letters may be capitals.
    pub fn find(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('-', "_");
        parameters().into_iter().find(|p| p.name == name || p.aliases.contains(&name.as_str()))
    }

    /// The value that `engine` has, as [`Engine::set`] takes it.
    pub fn value(&self, engine: &Engine) -> String {
        with_field(&mut engine.clone(), self.name, |field| field.text())
    }

    /// The value that `engine` has, in words.
    pub fn in_words(&self, engine: &Engine) -> String {
        let value = self.value(engine);
        self.values.meaning(&value).map_or(value, str::to_owned)
    }
}

impl Engine {
    /// The value of the parameter with this name or alias, as text that [`set`](Self::set) takes.
    pub fn get(&self, name: &str) -> Option<String> {
        Some(Parameter::find(name)?.value(self))
    }

    /// Gives the parameter with this name or alias another value. On an error nothing is changed.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SetError> {
        let Some(parameter) = Parameter::find(name) else {
            let all = parameters();
            let names = all.iter().flat_map(|p| p.aliases.iter().copied().chain([p.name]));
            let near = nearest(&name.to_ascii_lowercase().replace('-', "_"), names);
            return Err(SetError::Unknown { name: name.to_owned(), near });
        };
        let text = value.trim().to_ascii_lowercase().replace('_', "-");
        if with_field(self, parameter.name, |field| field.read(&text)) {
            return Ok(());
        }
        if parameter.name == CAP && self.on_loss == OnLoss::Fail {
            return Err(SetError::NothingToCap { value: value.to_owned() });
        }
        let expected = parameter.values.to_string();
        Err(SetError::BadValue { name: parameter.name, value: value.to_owned(), expected })
    }

    /// Sets a parameter by `NAME=VALUE`.
    pub fn set_pair(&mut self, text: &str) -> Result<(), SetError> {
        let not_a_pair = || SetError::NotAPair { text: text.to_owned() };
        let (name, value) = text.split_once('=').ok_or_else(not_a_pair)?;
        self.set(name, value)
    }

    /// Every parameter that differs from the constant with this engine's id, with its value, in
    /// such an order that setting one after the other on that constant gives this engine.
    pub fn overrides(&self) -> Vec<(&'static str, String)> {
        match Self::find(self.id) {
            Some(constant) => self.differences(&constant),
            None => Vec::new(),
        }
    }

    /// Every parameter that differs from that of `other`, with the value here. That there is no
    /// cap follows from `on_loss`, so it is left out.
    pub fn differences(&self, other: &Self) -> Vec<(&'static str, String)> {
        let all = parameters().into_iter().map(|p| (p.name, p.value(self), p.value(other)));
        let tells = |(name, here, there): &(&str, String, String)| {
            here != there && (*name != CAP || here != NO_CAP)
        };
        all.filter(tells).map(|(name, here, _)| (name, here)).collect()
    }
}

const CAP: &str = "cap";
const NO_CAP: &str = "none";

/// Calls `act` with the field behind a name out of [`parameters`].
fn with_field<T>(engine: &mut Engine, name: &str, act: impl FnOnce(&mut dyn Field) -> T) -> T {
    match DESCRIPTIONS.iter().position(|d| d.0 == name) {
        Some(position) => act(fields(engine).swap_remove(position)),
        // The only parameter that is not a field of its own.
        None => act(&mut Cap(&mut engine.on_loss)),
    }
}

type Description = (&'static str, &'static [&'static str], &'static str, &'static str);

/// Declares every field of [`Engine`] that is a parameter: `name | "alias", "rules", "meaning"`.
/// The engine is taken apart in full, so that a new field cannot be forgotten here.
macro_rules! registry {
    ($($field:ident $(| $alias:literal)*, $rules:literal, $meaning:literal;)*) => {
        const DESCRIPTIONS: &[Description] =
            &[$((stringify!($field), &[$($alias),*], $rules, $meaning)),*];

        fn fields(engine: &mut Engine) -> Vec<&mut dyn Field> {
            let Engine { id: _, name: _, summary: _, tool: _, base: _, sources: _, $($field),* } =
                engine;
            vec![$($field),*]
        }
    };
}

registry! {
    download_default | "default_mode" | "mode", "A9",
        "Which outputs of cache hits are fetched when the build does not say.";
    on_loss, "B5, A1, K2", "What a lost blob leads to.";
    executor, "B3, P7, P8", "Where actions execute unless the scenario says otherwise.";
    fetch_time, "B2, K5", "When the outputs that the download mode selects are fetched.";
    gathers_losses | "batch", "K2",
        "All inputs of an action are tried and all that are lost reported as one batch; off: the \
         first only.";
    trusts_digests_hours, "K1",
        "An input that is gone is left to the worker if its action is younger than so many hours; \
         0: never.";
    on_untyped, "K3, B6", "What a report that blobs are gone, without saying which, leads to.";
    rewinds_several, "K1, K2",
        "Several inputs that one remote action lost are rewound for; off: such a loss fails.";
    rewinds_local_inputs, "K1, K4",
        "Inputs lost by an action that executes on this machine are rewound for.";
    rewinds_shared_trees, "A1, B6",
        "A file lost in a tree is rewound for also if another tree with the same content was \
         looked at before; off: such a loss is an I/O error.";
    rewinds_outputs, "A1, K1, K5", "Lost top-level outputs are rewound for.";
    ac_on_replay | "ac_on_rewind", "A5, K8", "Whether a rewound action asks the action cache.";
    retries | "experimental_remote_cache_eviction_retries", "R1",
        "How often a build that lost blobs is run again as a whole.";
    retries_lost_outputs, "R1",
        "A build that lost a top-level output is run again too; off: only one that lost an input.";
    remembers_lost | "remembers_lost_digests", "R3, A5",
        "From when on an AC entry that names a digest found lost is refused.";
    forgets_lost, "R3, A5", "Until when a lost digest is remembered.";
    remembers_needs_retries, "R3", "With retries 0 no lost digest is remembered.";
    forgets_on_replay_loss, "A5", "What a rewound action itself loses is not remembered.";
    done_consumers | "early_cutoff" | "early_cut_off", "A3, K9",
        "What becomes of consumers that were done when their producer is rewound (early cut-off).";
    coarse_lock, "A8",
        "The first rewind of a build waits for actions in flight, later ones for readers of the \
         outputs.";
    canonical_keys, "K6",
        "A rewind for an output bound by dynamic_output reaches the action that writes it.";
    clears_queue, "K7", "A new pass forgets what was queued for materialization before.";
    uploads_local_results, "B4, P10",
        "Results of actions that executed on this machine are uploaded.";
    checks_disk_ac, "P25",
        "The disk cache serves an AC entry only if it holds everything that the entry refers to.";
    checks_disk_ac_on_replay, "P25, A5",
        "The disk cache checks its AC entries so for rewound actions, if not for others.";
    requests_empty_std, "R2, W3", "Standard output and error of size 0 are requested like others.";
    uploads_empty, "R5", "Blobs of size 0 are uploaded like others.";
    top_level_fetch, "R2", "What the mode `toplevel` fetches of an action with a requested output.";
    rerun_outputs_stay_remote, "R6",
        "Outputs of an action that ran because its hit fell through count as remote: consumers \
         fetch them again.";
    keeps_fetched_inputs, "R7", "Inputs fetched for an action stay on disk after the build.";
    validity, "R9", "Which finished actions a later build without clean does not look at again.";
    fetches_newly_wanted, "R9",
        "Files that become wanted without their action being looked at are fetched from the CAS.";
    exit_on_lost_input, "R8", "Exit code of a build that failed on a lost input, with retries 0.";
    exit_on_retries_spent, "R4",
        "Exit code of a build that failed on a lost blob with no retry left, unless retries is 0.";
    exit_on_lost_output, "R9",
        "Exit code of a build that failed on a lost top-level output; 0: it is only warned of.";
    exit_on_lost_too_often, "A4, K7", "Exit code of a build that reached the cap.";
    exit_on_io_error, "B6",
        "Exit code of a build that failed on an error that names no lost blob.";
    exit_on_remote_io_error, "B6, K3",
        "Exit code of a build that failed on a worker's report which names no lost blob.";
    exit_on_output_io_error, "B6",
        "Exit code of a build that failed on an error about a top-level output which does not say \
         that it is gone; 0: it is only warned of.";
    message, "B5, A6, K1", "How a lost blob is reported.";
    retry_message, "R1", "What is printed when a build runs again as a whole.";
}
