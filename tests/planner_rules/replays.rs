//! P18 to P20: what is remembered, what a replay asks, and retries.

use crate::Row;

pub const ROWS: &[Row] = &[
    Row {
        rule: 18,
        says: "a digest that was lost is refused at once, until it is uploaded (9.3)",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt", "//:d: c.txt -> d.txt"]
[artifacts]
"d.txt" = { content = "a.txt" }
[cache]
minus = ["path:a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "c GET cas a.txt 404
c lost a.txt
...
a GET ac 200
a miss lost a.txt
...
a PUT cas a.txt
...
d GET ac 200
d hit",
    },
    Row {
        rule: 18,
        says: "from the next attempt on",
        scenario: r#"engine = "bazel-8.0"
set = { remembers_lost = "from-next-attempt" }
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: a.txt -> c.txt", "//:d: c.txt -> d.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal"
[expect]
attempts = 2"#,
        sees: "c lost a.txt
c failed: lost inputs
...
retrying 1
build 1.2
...
a miss lost a.txt",
    },
    Row {
        rule: 18,
        says: "what a dirty consumer loses is not remembered, if so (8.8)",
        scenario: r#"engine = "bazel-8.8-rewind"
actions = ["//:a: -> a.txt", "//:b: a.txt -> b.txt", "//:c: b.txt -> c.txt"]
[cache]
minus = ["a.txt", "b.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "b dirty for c
c reset
b GET ac 200
b miss lost b.txt
b GET cas a.txt 404
b lost a.txt
rewound b 2
a dirty for b
b reset
a GET ac 200
a hit",
    },
    Row {
        rule: 18,
        says: "what a hit lacks is not remembered",
        scenario: r#"engine = "bazel-7.7"
actions = ["//:a: -> a.txt", "//:b: a.txt -> b.txt"]
[cache]
minus = ["a.txt", "b.txt", "//:a"]
[[build]]
targets = ["b.txt"]
accept_cached = true
[[build]]
targets = ["b.txt"]
evict = ["b.txt"]
clean = true"#,
        sees: "b GET cas b.txt 404
b miss gone b.txt
b started
...
build 2.1
...
b GET cas b.txt 404
b miss gone b.txt",
    },
    Row {
        rule: 18,
        says: "trees are read before an entry is checked; all that it names is forgotten then",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:a: -> tree a.txt",
  "//:b: -> b.txt",
  "//:c: a.txt -> c.txt",
  "//:d: b.txt c.txt -> d.txt",
]
[artifacts]
tree = { files = ["tree/x"] }
"b.txt" = { content = "a.txt" }
[cache]
minus = ["a.txt", "//:c", "//:d"]
[[build]]
download = "minimal"
order = ["//:a", "//:c", "//:b"]
[expect]
rewinds = 1
hits = ["//:a", "//:b"]"#,
        sees: "rewound c 1
a dirty for c
c reset
a GET ac 200
a GET cas tree 200
a miss lost a.txt
...
b GET ac 200
b hit",
    },
    Row {
        rule: 18,
        says: "a build that succeeds forgets",
        scenario: r#"engine = "bazel-7.7"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
targets = ["c.txt"]
download = "minimal"
[[build]]
targets = ["b.txt"]
download = "minimal"
[[build]]
targets = ["c.txt"]
download = "minimal""#,
        sees: "end 1 failure 39
...
end 2 success 0
build 3.1
a GET ac 200
a hit",
    },
    Row {
        rule: 18,
        says: "clean forgets",
        scenario: r#"engine = "bazel-7.7"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal"
[[build]]
download = "minimal"
clean = true"#,
        sees: "end 1 failure 39
cleaned
build 2.1
a GET ac 200
a hit",
    },
    Row {
        rule: 18,
        says: "a build without clean remembers",
        scenario: r#"engine = "bazel-7.7"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal"
[[build]]
download = "minimal""#,
        sees: "end 1 failure 39
build 2.1
a GET ac 200
a miss lost a.txt",
    },
    Row {
        rule: 19,
        says: "asks once, if the protocol is not HTTP",
        scenario: r#"engine = "bazel-next"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
protocol = "grpc"
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "rewound c 1
a dirty for c
c reset
a GET ac 200
a hit
...
rewound c 2
a dirty for c
c reset
a miss not asked",
    },
    Row {
        rule: 19,
        says: "over HTTP it does not ask",
        scenario: r#"engine = "bazel-next"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "rewound c 1
a dirty for c
c reset
a miss not asked
...
c GET ac 404",
    },
    Row {
        rule: 19,
        says: "bypasses: what was rewound in this build does not ask, its consumers neither (K2)",
        scenario: r#"engine = "buck2-1349"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "a dirty for c
c reset
a miss not asked
...
c miss not asked",
    },
    Row {
        rule: 19,
        says: "remembers_needs_retries: with none nothing is remembered",
        scenario: r#"engine = "bazel-8.7"
set = { retries = 0 }
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal"
[[build]]
download = "minimal""#,
        sees: "c failed: lost inputs
...
build 2.1
a GET ac 200
a hit",
    },
    Row {
        rule: 20,
        says: "as long as attempts so far are at most retries",
        scenario: r#"engine = "bazel-8.0"
set = { retries = 2 }
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
attempts = 3
exit_code = 39
halt = "lost-inputs""#,
        sees: "build 1.1
...
retrying 1
build 1.2
...
retrying 2
build 1.3
...
! retrying",
    },
    Row {
        rule: 20,
        says: "a lost output is no reason",
        scenario: r#"engine = "bazel-8.0"
actions = ["//:a: -> a.txt"]
[execution]
default = "remote"
[cache]
ac = "none"
[[fault]]
evict = ["a.txt"]
how_often = "always"
[expect]
attempts = 1
halt = "lost-output""#,
        sees: "build lost a.txt
end 1 failure 34",
    },
    Row {
        rule: 20,
        says: "unless the engine retries for those too",
        scenario: r#"engine = "bazel-8.7"
set = { retries = 1 }
actions = ["//:a: -> a.txt"]
[execution]
default = "remote"
[cache]
ac = "none"
[[fault]]
evict = ["a.txt"]
how_often = { first_uploads = 1 }
[expect]
attempts = 2
success = true"#,
        sees: "build lost a.txt
retrying 1
build 1.2",
    },
];
