//! P35 to P37: how builds end, that they end, and what Bazel 6 fetches when.

use crate::Row;

pub const ROWS: &[Row] = &[
    Row {
        rule: 35,
        says: "exit code of lost inputs; without retries it is not that of spent ones",
        scenario: r#"engine = "bazel-8.7"
set = { retries = 0 }
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal"
[expect]
halt = "lost-inputs"
exit_code = 1"#,
        sees: "end 1 failure 1",
    },
    Row {
        rule: 35,
        says: "with retries it is, when none is left",
        scenario: r#"engine = "bazel-8.7"
set = { retries = 1 }
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[execution]
default = "remote"
[cache]
minus = ["//:c"]
[[fault]]
evict = ["a.txt"]
how_often = "always"
[[build]]
download = "minimal"
[expect]
halt = "lost-inputs"
exit_code = 39"#,
        sees: "end 1 failure 39",
    },
    Row {
        rule: 35,
        says: "a lost output that the engine only warns of fails nothing",
        scenario: r#"engine = "bazel-6.0"
actions = ["//:a: -> a.txt"]
[cache]
minus = ["a.txt"]
[[build]]
download = "toplevel"
[expect]
success = true
lost = ["a.txt"]"#,
        sees: "build lost a.txt
end 1 success 0",
    },
    Row {
        rule: 35,
        says: "a retry looks again at every action with remote metadata, and at no other",
        scenario: r#"engine = "bazel-8.0"
actions = [
  "//:a: -> a.txt",
  "//:b: -> b.txt",
  "//:l: -> l.txt",
  "//:c: a.txt b.txt l.txt -> c.txt",
]
[cache]
minus = ["a.txt", "//:l", "//:c"]
[[build]]
download = "minimal"
[expect]
attempts = 2"#,
        sees: "build 1.2
l reused
a GET ac 200
a miss lost a.txt
...
b GET ac 200
b hit",
    },
    Row {
        rule: 35,
        says: "exit codes of I/O errors: here, and of a top-level output, lost ones besides",
        scenario: r#"engine = "bazel-7.7"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["//:c"]
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
download = "minimal"
[expect]
halt = "io-error"
exit_code = 36"#,
        sees: "c GET cas a.txt 500
c failed: I/O error",
    },
    Row {
        rule: 35,
        says: "an error about a top-level output, which the engine may only warn of",
        scenario: r#"engine = "bazel-6.0"
actions = ["//:a: -> a.txt"]
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
download = "toplevel"
[expect]
success = true"#,
        sees: "build GET cas a.txt 500
end 1 success 0",
    },
    Row {
        rule: 35,
        says: "after a mere error remote metadata is believed as before",
        scenario: r#"engine = "bazel-7.7"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["//:c"]
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
download = "minimal"
[[build]]
download = "minimal""#,
        sees: "end 1 failure 36
build 2.1
a reused",
    },
    Row {
        rule: 36,
        says: "what is lost for ever ends",
        scenario: r#"engine = "buck2-1349"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["//:c"]
[[fault]]
everything = "both"
how_often = "always"
[expect]
rewinds = 20
attempts = 1
success = false"#,
        sees: "rewound build 20
...
! rewound",
    },
    Row {
        rule: 37,
        says: "toplevel: wanted outputs at the end, in-memory ones with the hit",
        scenario: r#"engine = "bazel-6.0"
actions = ["//:a: -> a.txt a.d"]
[artifacts]
"a.d" = { in_memory = true }
[[build]]
targets = ["a.txt"]
download = "toplevel""#,
        sees: "a GET ac 200
a GET cas a.d 200
materialized a.d for a
a hit
build GET cas a.txt 200
materialized a.txt
end 1 success 0",
    },
    Row {
        rule: 37,
        says: "in the other modes, and for trees and streams, with the hit",
        scenario: r#"engine = "bazel-6.0"
actions = [{ label = "//:a", inputs = [], outputs = ["a.txt", "tree"], stdout = true }]
[artifacts]
tree = { files = ["tree/x"] }
[[build]]
download = "toplevel"
[[build]]
clean = true
download = "all""#,
        sees: "a GET ac 200
a GET cas tree 200
a GET cas stdout(a) 200
a hit
build GET cas a.txt 200
materialized a.txt
build GET cas tree/x 200
materialized tree/x
...
build 2.1
a GET ac 200
a GET cas a.txt 200
a GET cas tree 200
a GET cas tree/x 200
a GET cas stdout(a) 200",
    },
    Row {
        rule: 38,
        says: "a file in a requested tree of a template is wanted of its hit",
        scenario: r#"engine = "bazel-9.3"
actions = [
  { label = "//:x", inputs = ["x.cc"], outputs = ["objs/x.o"] },
  { label = "//:objs", kind = "template", inputs = ["objs/x.o"], outputs = ["objs"] },
]
[[build]]
targets = ["objs"]
download = "toplevel""#,
        sees: "x GET ac 200
x GET cas objs/x.o 200
materialized objs/x.o for x
x hit
objs made
end 1 success 0",
    },
    Row {
        rule: 38,
        says: "not before Bazel 7",
        scenario: r#"engine = "bazel-4.2"
actions = [
  { label = "//:x", inputs = ["x.cc"], outputs = ["objs/x.o"] },
  { label = "//:objs", kind = "template", inputs = ["objs/x.o"], outputs = ["objs"] },
]
[[build]]
targets = ["objs"]
download = "toplevel""#,
        sees: "x GET ac 200
x hit
objs made
end 1 success 0",
    },
    Row {
        rule: 38,
        says: "late it is the template that fetches, and all expansion actions that are dirtied",
        scenario: r#"engine = "bazel-9.3"
actions = [
  { label = "//:x", inputs = ["x.cc"], outputs = ["objs/x.o"] },
  { label = "//:y", inputs = ["y.cc"], outputs = ["objs/y.o"] },
  { label = "//:objs", kind = "template", inputs = ["objs/x.o", "objs/y.o"], outputs = ["objs"] },
]
[[build]]
targets = ["objs"]
download = "minimal"
[[build]]
targets = ["objs"]
download = "toplevel"
evict = ["objs/y.o"]"#,
        sees: "build 2.1
x reused
y reused
objs reused
objs GET cas objs/x.o 200
materialized objs/x.o for objs
objs GET cas objs/y.o 404
build lost objs/y.o
rewound build 1
objs dirty for build
...
y miss lost objs/y.o",
    },
    Row {
        rule: 39,
        says: "a young input that is not found is left to the worker",
        scenario: r#"engine = "buck2-before-1349"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal"
[expect]
exit_code = 3
lost = []"#,
        sees: "c FIND cas a.txt 404
c started
c told of a loss
c failed: I/O error",
    },
    Row {
        rule: 39,
        says: "at five hours it is old",
        scenario: r#"engine = "buck2-before-1349"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["//:c"]
[[build]]
targets = ["a.txt"]
download = "minimal"
[[build]]
wait_ms = 18_000_000
evict = ["a.txt"]
download = "minimal"
[expect]
exit_code = 2"#,
        sees: "c FIND cas a.txt 404
c lost a.txt
c failed: lost inputs",
    },
    Row {
        rule: 40,
        says: "what is lost in the second of two equal trees is an error",
        scenario: r#"engine = "bazel-9.3"
set = { rewinds_shared_trees = "off" }
actions = ["//:a: -> s", "//:b: -> t", "//:c: s -> c.txt", "//:d: c.txt t -> d.txt"]
[artifacts]
s = { content = "same", files = ["s/x"] }
t = { content = "same", files = ["t/x"] }
[execution]
default = "remote"
[cache]
minus = ["t/x", "//:c", "//:d"]
[[build]]
download = "minimal"
[expect]
exit_code = 36"#,
        sees: "c FIND cas s/x 200
c started
...
d FIND cas t/x 404
d lost t/x
d failed: I/O error
...
! rewound",
    },
    Row {
        rule: 40,
        says: "in the first it is rewound for",
        scenario: r#"engine = "bazel-9.3"
set = { rewinds_shared_trees = "off" }
actions = ["//:a: -> s", "//:b: -> t", "//:c: s -> c.txt", "//:d: c.txt t -> d.txt"]
[artifacts]
s = { content = "same", files = ["s/x"] }
t = { content = "same", files = ["t/x"] }
[execution]
default = "remote"
[cache]
minus = ["s/x", "//:c", "//:d"]
[[build]]
download = "minimal"
[expect]
success = true"#,
        sees: "c FIND cas s/x 404
c lost s/x
rewound c 1
a dirty for c",
    },
];
