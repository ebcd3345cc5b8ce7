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
];
