//! The first lesson: the gist's experiments on its workspace of three genrules, in its order.
//!
//! `tests/lesson.rs` holds the request log of each step against the one that real Bazel 1.1.0 and
//! 2.1.0 sent (`tests/oracles/gist/`), so that the text below speaks of what happens.

use crate::rewind::DownloadMode::{All, Minimal, TopLevel};

use super::lesson::{Answer, Lesson, LessonBuild, LessonStep, Part, Question, What};

/// The lesson.
pub const GIST_LESSON: Lesson = Lesson {
    title: "Three genrules and a cache that forgets",
    parts: &[
        Part {
            engine: "bazel-1.1",
            file: "gist-lesson-bazel-1.1",
            steps: &[
                COLD,
                WARM_MINIMAL,
                WARM_TOPLEVEL,
                WARM_ALL,
                ENTRY_EVICTED,
                STDOUT_EVICTED,
                OUTPUT_EVICTED,
                CONSUMER_FAILS,
                STUCK_LOOP,
                STUCK_WITHOUT_CLEAN,
                ALL_REPAIRS,
            ],
        },
        Part { engine: "bazel-9.3", file: "gist-lesson-bazel-9.3", steps: &[REWINDING] },
    ],
};

const fn right(text: &'static str, feedback: &'static str) -> Answer {
    Answer { text, right: true, feedback }
}

const fn wrong(text: &'static str, feedback: &'static str) -> Answer {
    Answer { text, right: false, feedback }
}

const COLD: LessonStep = LessonStep {
    title: "An empty cache",
    narration: &[
        "Three actions: //:a writes a.txt, //:b reads it and writes b.txt, //:c reads both. \
         A remote cache stands beside the build, and it is empty.",
        "The cache has two halves. The action cache (AC) knows, for each action, which outputs it \
         yielded. The content-addressable store (CAS) holds the outputs themselves, as blobs.",
    ],
    builds: &[LessonBuild::clean("//:b", Minimal)],
    question: Question {
        ask: "Bazel builds //:b. What does it ask the cache first?",
        answers: &[
            right(
                "For the AC entry of //:a",
                "Yes. //:a comes first, and its AC entry is looked up before it runs.",
            ),
            wrong(
                "For the blob a.txt",
                "Not yet: without an AC entry Bazel does not know the digest of a.txt.",
            ),
            wrong(
                "Nothing, the cache is empty",
                "Bazel cannot know that. It asks, and hears: not found.",
            ),
        ],
    },
    reveal: "Both actions miss, execute, and upload: outputs, Action and Command to the CAS, then \
             the AC entry. The entry goes last, so that it never names a blob that is not there \
             yet.",
};

const WARM_MINIMAL: LessonStep = LessonStep {
    title: "The same build again, minimal",
    narration: &[
        "The output tree is cleaned and the same target built again. Download mode minimal means: \
         build without the bytes. Outputs stay in the cache unless something needs them.",
    ],
    builds: &[LessonBuild::clean("//:b", Minimal)],
    question: Question {
        ask: "Which outputs does Bazel download?",
        answers: &[
            right("None", "Yes. It reads both AC entries and fetches no output."),
            wrong("b.txt", "That would be mode toplevel: the outputs of what was requested."),
            wrong("a.txt and b.txt", "That would be mode all."),
        ],
    },
    reveal: "Two AC hits, and only standard output and error are fetched. Bazel now believes that \
             a.txt and b.txt exist. It has not looked.",
};

const WARM_TOPLEVEL: LessonStep = LessonStep {
    title: "Again, toplevel",
    narration: &["Download mode toplevel fetches the outputs of the targets that were requested."],
    builds: &[LessonBuild::clean("//:b", TopLevel)],
    question: Question {
        ask: "Which outputs does Bazel download now?",
        answers: &[
            right("b.txt", "Yes: //:b was requested, //:a was not."),
            wrong("a.txt and b.txt", "a.txt belongs to //:a, which nobody requested."),
            wrong("None", "That was minimal."),
        ],
    },
    reveal: "One blob more: b.txt. If it were gone, Bazel would notice at once, while the hit of \
             //:b can still be turned into an execution.",
};

const WARM_ALL: LessonStep = LessonStep {
    title: "Again, all",
    narration: &[
        "Download mode all fetches every output of every action. It was the only mode once. \
         Download mode all fetches every output of every action. It was the only mode once.",
    ],
    builds: &[LessonBuild::clean("//:b", All)],
    question: Question {
        ask: "What does this cost, compared with minimal?",
        answers: &[
            right(
                "Every output crosses the network",
                "Yes, a.txt and b.txt here; gigabytes in a large build.",
            ),
            wrong(
                "Nothing: all is a hit",
                "All is a hit, but each hit now brings its bytes along.",
            ),
        ],
    },
    reveal: "Mode all is slow and safe: every blob of every hit is checked by fetching it.",
};

const ENTRY_EVICTED: LessonStep = LessonStep {
    title: "An AC entry is evicted",
    narration: &[
        "Caches are finite, so they evict. First the AC entry of //:a goes. Its output a.txt stays \
         in the CAS.",
    ],
    builds: &[LessonBuild::clean("//:b", Minimal).evicting(&[What::Entry("//:a")])],
    question: Question {
        ask: "What happens to //:a?",
        answers: &[
            right(
                "It executes again",
                "Yes. No AC entry, no hit: it runs and uploads everything again.",
            ),
            wrong(
                "It is a hit, a.txt is still there",
                "Without the entry nothing says that a.txt is its output.",
            ),
            wrong("The build fails", "A lost AC entry costs time, never the build."),
        ],
    },
    reveal: "//:a executes and heals the cache; //:b is a hit as before, since a.txt came out the \
             same. Losing an AC entry is harmless.",
};

const STDOUT_EVICTED: LessonStep = LessonStep {
    title: "A stdout blob is evicted",
    narration: &[
        "The AC entry of //:a also names its standard output. It is empty, but old clients fetch \
         even the empty blob. Now that blob is evicted.",
    ],
    builds: &[LessonBuild::clean("//:b", Minimal).evicting(&[What::Stdout("//:a")])],
    question: Question {
        ask: "Bazel finds the entry of //:a, and its stdout gone. What does it do?",
        answers: &[
            right(
                "It executes //:a",
                "Yes. What it wants of a hit is gone, so the hit becomes a miss.",
            ),
            wrong("It fails", "It can still help itself: //:a has not been passed yet."),
            wrong(
                "It ignores standard output",
                "Standard output is shown to people, so it is fetched in every mode.",
            ),
        ],
    },
    reveal: "A loss that is noticed at the hit itself is repaired in place. Remember this: the \
             danger is a loss that is noticed later.",
};

const OUTPUT_EVICTED: LessonStep = LessonStep {
    title: "a.txt is evicted",
    narration: &[
        "Now the blob a.txt itself is evicted. The AC entry of //:a stays and still names it: the \
         entry dangles.",
        "//:b is built again, in mode minimal.",
    ],
    builds: &[LessonBuild::clean("//:b", Minimal).evicting(&[What::Output("//:a")])],
    question: Question {
        ask: "Does Bazel notice?",
        answers: &[
            right(
                "No, the build succeeds",
                "Yes: two hits, and in mode minimal nobody looks at a.txt.",
            ),
            wrong(
                "Yes, //:a executes again",
                "Only if it wanted a.txt. In mode minimal it does not.",
            ),
            wrong("Yes, the build fails", "Nothing needs the bytes of a.txt in this build."),
        ],
    },
    reveal: "The build is green and the cache is broken. An eviction can stay unseen for days.",
};

const CONSUMER_FAILS: LessonStep = LessonStep {
    title: "Somebody needs a.txt",
    narration: &[
        "//:c has never been built. It reads a.txt and b.txt, runs on this machine, and so needs \
         their bytes.",
    ],
    builds: &[LessonBuild::clean("//:c", Minimal)],
    question: Question {
        ask: "//:a is a hit, then //:c wants a.txt. What does Bazel 1.1 do?",
        answers: &[
            right("The build fails", "Yes. //:a is done, and this Bazel does not go back."),
            wrong(
                "It executes //:a",
                "That would be the cure. But //:a is already done, and Bazel 1.1 never goes back.",
            ),
            wrong(
                "It executes //:c without a.txt",
                "An action without its inputs would yield nonsense.",
            ),
        ],
    },
    reveal: "The lost input is found by the consumer, long after its producer was declared done. \
             This is the incident.",
};

const STUCK_LOOP: LessonStep = LessonStep {
    title: "Try again",
    narration: &["A person does what people do: clean, and build once more."],
    builds: &[LessonBuild::clean("//:c", Minimal)],
    question: Question {
        ask: "Does it help?",
        answers: &[
            right(
                "No, it fails in the same way",
                "Yes. The cache still serves the entry that names a.txt.",
            ),
            wrong(
                "Yes, clean makes //:a run",
                "Clean empties the local output tree. The entry that lies is remote.",
            ),
        ],
    },
    reveal: "As long as the dangling AC entry is served, every clean build fails: the stuck loop.",
};

const STUCK_WITHOUT_CLEAN: LessonStep = LessonStep {
    title: "Try again, without clean",
    narration: &["Perhaps clean was the mistake. The same build, with Bazel's memory intact."],
    builds: &[LessonBuild::clean("//:c", Minimal).without_clean()],
    question: Question {
        ask: "And now?",
        answers: &[
            right(
                "It fails, with fewer requests",
                "Yes. //:a and //:b are remembered, only //:c is tried.",
            ),
            wrong(
                "It succeeds",
                "Bazel 1.1 remembers that //:a succeeded, not that a.txt is lost.",
            ),
        ],
    },
    reveal: "Three requests instead of nine, and the same end.",
};

const ALL_REPAIRS: LessonStep = LessonStep {
    title: "Download everything",
    narration: &[
        "The advice on every forum: switch build without the bytes off. Mode all, without clean. \
         The advice on every forum: switch build without the bytes off. Mode all, without clean.",
    ],
    builds: &[LessonBuild::clean("//:c", All).without_clean()],
    question: Question {
        ask: "What happens at //:a?",
        answers: &[
            right(
                "It executes: the hit wants a.txt",
                "Yes. In mode all the hit of //:a wants a.txt, finds it gone, and becomes a miss.",
            ),
            wrong(
                "It is a hit as before",
                "A hit in mode all fetches every output, and a.txt is not there.",
            ),
            wrong(
                "The build fails once more",
                "The loss is noticed at the hit itself now, where Bazel can help itself.",
            ),
        ],
    },
    reveal: "Mode all repairs, because the loss is noticed in time. The price is every byte of \
             every build.",
};

const REWINDING: LessonStep = LessonStep {
    title: "An engine that rewinds",
    narration: &[
        "A fresh cache, //:b built once, a.txt evicted, then //:c in mode minimal: the incident \
         again. But this engine rewinds: when a consumer finds an input lost, the producer is \
         marked dirty and runs again inside the same build.",
    ],
    builds: &[
        LessonBuild::clean("//:b", Minimal),
        LessonBuild::clean("//:c", Minimal).evicting(&[What::Output("//:a")]),
    ],
    question: Question {
        ask: "Which actions execute?",
        answers: &[
            right(
                "//:a and //:c",
                "Yes. //:a is rewound for its lost output, then //:c can run. //:b is left alone.",
            ),
            wrong("Only //:c", "//:c needs a.txt, and only //:a can make it."),
            wrong(
                "//:a, //:b and //:c",
                "//:b lost nothing. Rewinding runs only the producers of what is lost.",
            ),
        ],
    },
    reveal: "One rewind, one action run again, and the build succeeds with bytes left in the \
             cache. This is what the rest of this page is about.",
};
