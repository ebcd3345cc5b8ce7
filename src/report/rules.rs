//! The rules that scenarios cite, each in a sentence. `docs/rules.md` is the same for readers of
//! the documentation; a test holds the two together.

/// A rule: its number, what it says.
pub type Rule = (&'static str, &'static str);

/// All rules, in the order of the documentation.
pub const RULES: &[Rule] = &[
    ("W1", "Several artifacts can share one blob: losing it loses them all."),
    ("W2", "An AC entry dangles as soon as one blob that it refers to is gone."),
    ("W3", "The blob of size 0 counts as always present, except in Bazel 1.1 and 2.1."),
    ("W4", "A cache also holds the Action and Command message of each AC entry."),
    ("W5", "An unverified cache serves an AC entry blindly, a verified one only if it is whole."),
    ("W6", "Servers differ in what serving or evicting one half means for the other."),
    ("B1", "Bazel looks in its memory, then in the action cache, and only then executes."),
    ("B2", "A hit fetches what the download mode wants; if that is gone, the hit is a miss."),
    ("B3", "Inputs are looked at when their consumer has to execute: only then is a loss found."),
    ("B4", "After an execution blobs are uploaded first, the AC entry last."),
    ("B5", "Up to Bazel 4.2 a lost input fails the build, and the next build fails likewise."),
    ("B5a", "Bazel 7.7 remembers what is lost, so that a second build without clean heals."),
    ("B6", "Rewinding needs to be told which blobs are gone: any other error just fails."),
    ("R1", "With retries, Bazel runs the whole build again after a lost input."),
    ("R2", "A retry reuses what is on disk and forgets what was only remote."),
    ("R3", "Lost digests are remembered across attempts: each finds one loss more."),
    ("R4", "When retries are spent, the build fails; its exit code depends on the version."),
    ("A1", "Bazel notices a loss at the consumer, or at an output that it wants on disk."),
    ("A2", "The producers of what was lost are dirtied, and nothing before them."),
    ("A3", "Consumers that are done stay done, and a shared producer runs once."),
    ("A4", "An action that loses the same input 20 times and then again fails."),
    ("A5", "A rewound action asks the action cache again; versions differ in what it accepts."),
    ("A6", "Without rewinding and without retries a loss is an error that says what to set."),
    ("A7", "Once the build has failed and does not keep going, nothing is rewound any more."),
    ("A8", "The first rewind waits for what executes; uploads in flight can be the loss."),
    ("A9", "Defaults differ by version: mode, retries, rewinding."),
    ("K1", "Buck2 before #1349 retries some losses, and tells its user to restart at others."),
    ("K2", "One typed batch names all losses of an action, and one rewind takes them all."),
    ("K3", "A worker's error without digests dirties the producers of all direct inputs."),
    ("K4", "What has expired when inputs are put on disk gives the same typed batch."),
    ("K5", "Requested outputs are fetched or uploaded at the end: a loss there rewinds too."),
    ("K6", "Behind a dynamic_output the real producer is dirtied."),
    ("K7", "Buck2 computes the whole command again, at most 20 times."),
    ("K8", "What was rewound asks no cache for the rest of the command."),
    ("K9", "A producer that yields the same again leaves its other consumers alone."),
    ("K10", "The cases of Buck2's own tests."),
    ("P1", "Virtual time: only executions and waits take any."),
    ("P2", "Free job slots are filled at once, in the order of rank."),
    ("P3", "What ends first comes first: faults, then executions, then uploads."),
    ("P4", "Rank: the order given, then that of the graph, shuffled by the seed."),
    ("P5", "After a failure nothing new starts, unless the build keeps going."),
    ("P6", "An execution starts and ends; uploads follow."),
    ("P7", "A local execution fetches its inputs first."),
    ("P8", "A remote execution asks the cache for its inputs first."),
    ("P9", "An untyped loss looks present until it is read."),
    ("P10", "The order of uploads."),
    ("P11", "Asynchronous uploads come some time after the execution."),
    ("P12", "What was uploaded in an attempt is not uploaded in it again."),
    ("P13", "How losses are counted, and when there are too many."),
    ("P14", "Whose producers are dirtied behind symlinks, templates and redirects."),
    ("P15", "A loss without end is called one."),
    ("P16", "The coarse lock of the first rewind."),
    ("P17", "A pass of Buck2, and what it does at its end."),
    ("P18", "How long a digest counts as lost."),
    ("P19", "When a rewound action asks the action cache."),
    ("P20", "Which failures are retried."),
    ("P21", "What a nondeterministic action yields."),
    ("P22", "What an AC entry names."),
    ("P23", "An edited source has fresh content."),
    ("P24", "What becomes of consumers when a producer yields something else."),
    ("P25", "The disk cache comes before the remote one."),
    ("P26", "What a verified cache checks."),
    ("P27", "What counts as a use of a blob."),
    ("P28", "A full cache evicts what was used longest ago."),
    ("P29", "What an eviction takes along."),
    ("P30", "When a fault strikes, and what it takes."),
    ("P31", "Faults that take later uploads too."),
    ("P32", "Which blobs belong to a share."),
    ("P33", "What was not used for a while."),
    ("P34", "Which fault decides how a loss is reported."),
    ("P35", "Halts and exit codes."),
    ("P36", "Every plan ends."),
    ("P37", "Top-level outputs that are fetched at the end."),
    ("P38", "Files in a requested tree of a template."),
    ("P39", "A young result is not believed to be gone, and the worker finds out."),
    ("P40", "Trees of equal content under path mapping."),
];

/// What the rule called `number` says.
pub fn rule(number: &str) -> Option<Rule> {
    RULES.iter().copied().find(|(known, _)| *known == number)
}

/// The page of the documentation that lists the rules.
pub fn rules_markdown() -> String {
    let mut text = "# The rules\n\n\
        Scenarios cite these by number. W: the world, B: a build of Bazel, R: restart, \
        A: rewinding in Bazel, K: Buck2,\nP: what [the planner](planner.md) settles, which says it \
        exactly. Written from `src/report/rules.rs`.\n\n| rule | |\n|---|---|\n"
        .to_owned();
    for (number, meaning) in RULES {
        text += &format!("| <a id=\"{number}\"></a>{number} | {meaning} |\n");
    }
    text
}
