//! P21 to P24: content, and who sees that it changed.

use crate::Row;

pub const ROWS: &[Row] = &[
    Row {
        rule: 21,
        says: "fresh digests in the order of making: key, outputs, a tree's files before the tree",
        scenario: r#"engine = "bazel-9.3"
actions = [{ label = "//:t", inputs = ["src"], outputs = ["tree", "t.txt"], stdout = true }]
[artifacts]
tree = { files = ["tree/x"] }
[cache]
ac = "none"
cas = "none"
[[build]]
edit = ["src"]"#,
        sees: "edited src
build 1.1
t GET ac 404
...
t PUT cas fresh content 3 of tree/x
t PUT cas fresh content 4 of tree
t PUT cas fresh content 5 of t.txt
t PUT cas stdout(t)
t PUT cas Command(t)",
    },
    Row {
        rule: 21,
        says: "deterministic: fresh inputs make fresh outputs, the same for the same inputs",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: src -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
ac = "none"
cas = "none"
[[build]]
edit = ["src"]
accept_cached = false
[[build]]
clean = true
accept_cached = false"#,
        sees: "a PUT cas fresh content 3 of a.txt
...
c PUT cas fresh content 5 of c.txt
...
build 2.1
...
a PUT cas fresh content 3 of a.txt
...
c PUT cas fresh content 5 of c.txt",
    },
    Row {
        rule: 21,
        says: "nondeterministic: fresh each time that it executes",
        scenario: r#"engine = "bazel-9.3"
actions = [{ label = "//:a", inputs = [], outputs = ["a.txt"], nondeterministic = true }]
[[build]]
accept_cached = false
[[build]]
clean = true
accept_cached = false"#,
        sees: "a PUT cas fresh content 1 of a.txt
...
a PUT cas fresh content 2 of a.txt",
    },
    Row {
        rule: 22,
        says: "an entry of the cache as loaded names what its body says",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[cache]
[[cache.entry]]
action = "//:a"
outputs = { "a.txt" = "another" }
[[build]]
download = "all"
[expect]
executed = ["//:a"]"#,
        sees: "a GET ac 200
a GET cas ? 404
a miss gone ?
a started
clock 100
a executed
a PUT cas a.txt",
    },
    Row {
        rule: 22,
        says: "one written in the scenario names what that execution yielded",
        scenario: r#"engine = "bazel-9.3"
actions = [{ label = "//:a", inputs = [], outputs = ["a.txt"], nondeterministic = true }]
[cache]
ac = "none"
cas = "none"
[[build]]
[[build]]
clean = true
download = "all""#,
        sees: "a PUT cas fresh content 1 of a.txt
...
build 2.1
a GET ac 200
a GET cas fresh content 1 of a.txt 200
materialized a.txt for a
a hit",
    },
    Row {
        rule: 23,
        says: "an edited source has fresh content, and its consumers are valid no more",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: src -> a.txt", "//:b: -> b.txt"]
[[build]]
[[build]]
edit = ["src"]"#,
        sees: "edited src
build 2.1
b reused
a GET ac 404",
    },
    Row {
        rule: 24,
        says: "a done consumer stays done, where it does",
        scenario: r#"engine = "bazel-9.3"
actions = [
  { label = "//:a", inputs = [], outputs = ["a.txt", "a2.txt"], nondeterministic = true },
  "//:b: a.txt -> b.txt",
  "//:c: b.txt a2.txt -> c.txt",
]
[cache]
minus = ["a2.txt", "//:c"]
[[build]]
download = "minimal"
[expect]
outdated = []"#,
        sees: "a executed again
...
! b
c GET ac 404",
    },
    Row {
        rule: 24,
        says: "runs if what it reads has changed",
        scenario: r#"engine = "bazel-9.3"
set = { done_consumers = "run-if-changed" }
actions = [
  { label = "//:a", inputs = [], outputs = ["a.txt", "a2.txt"], nondeterministic = true },
  "//:b: a.txt -> b.txt",
  "//:c: b.txt a2.txt -> c.txt",
]
[cache]
minus = ["a2.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "a executed again
...
b outdated by a
...
b started
...
b executed again
...
c started",
    },
    Row {
        rule: 24,
        says: "and not if it has not (early cut-off)",
        scenario: r#"engine = "bazel-9.3"
set = { done_consumers = "run-if-changed" }
actions = ["//:a: -> a.txt a2.txt", "//:b: a.txt -> b.txt", "//:c: b.txt a2.txt -> c.txt"]
[cache]
minus = ["a2.txt", "//:c"]
[[build]]
download = "minimal"
[expect]
outdated = []"#,
        sees: "a executed again
...
! b
c GET ac 404",
    },
    Row {
        rule: 24,
        says: "runs again whatever it yields, where it does; it asks the cache as any action",
        scenario: r#"engine = "bazel-9.3"
set = { done_consumers = "run-again" }
actions = ["//:a: -> a.txt a2.txt", "//:b: a.txt -> b.txt", "//:c: b.txt a2.txt -> c.txt"]
[cache]
minus = ["a2.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "a executed again
...
b outdated by a
...
b GET ac 200
b hit",
    },
    Row {
        rule: 24,
        says: "a change reaches those who read it through what the tool makes itself",
        scenario: r#"engine = "buck2-1349"
actions = [
  { label = "//:a", inputs = [], outputs = ["a.txt", "a2.txt"], nondeterministic = true },
  { label = "//:s", kind = "symlink", inputs = ["a.txt"], outputs = ["s.txt"] },
  "//:b: s.txt -> b.txt",
  "//:c: b.txt a2.txt -> c.txt",
]
[cache]
minus = ["a2.txt", "//:c"]
[[build]]
download = "minimal"
[expect]
outdated = ["//:s", "//:b"]"#,
        sees: "s outdated by a
b outdated by a",
    },
];
