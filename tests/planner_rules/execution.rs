//! P6 to P9: what an execution looks like, inputs here and on workers, errors without names.

use crate::Row;

pub const ROWS: &[Row] = &[
    Row {
        rule: 6,
        says: "a hit notes each file that it fetches, and the tree of which it fetches all",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:t: -> tree"]
[artifacts]
tree = { files = ["tree/x", "tree/y"] }
[[build]]
download = "all""#,
        sees: "t GET ac 200
t GET cas tree 200
t GET cas tree/x 200
t GET cas tree/y 200
materialized tree/x for t
materialized tree/y for t
materialized tree for t
t hit",
    },
    Row {
        rule: 6,
        says: "started; executed, what becomes of the outputs, uploads",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[execution]
default = "remote"
[cache]
ac = "none"
cas = "none"
[[build]]
download = "minimal""#,
        sees: "a started
clock 100
a executed
a remote
a PUT cas a.txt
a PUT cas Command(a)
a PUT cas Action(a)
a PUT ac
end 1 success 0",
    },
    Row {
        rule: 6,
        says: "again: it had its outputs before in this attempt, by a hit too",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "a hit
...
a executed again
...
c executed
...
! c executed again",
    },
    Row {
        rule: 7,
        says: "all remote inputs are tried, whatever is lost; sources are not",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: src a.txt b.txt -> c.txt"]
[cache]
minus = ["a.txt", "b.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "c miss
c GET cas a.txt 404
c GET cas b.txt 404
c lost a.txt
c lost b.txt",
    },
    Row {
        rule: 7,
        says: "none after the first that is lost, if the engine does not gather losses",
        scenario: r#"engine = "bazel-9.3"
set = { gathers_losses = "off" }
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: a.txt b.txt -> c.txt"]
[cache]
minus = ["a.txt", "b.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "c GET cas a.txt 404
c lost a.txt
rewound c 1",
    },
    Row {
        rule: 7,
        says: "the disk cache first",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: a.txt b.txt -> c.txt"]
[cache]
minus = ["//:c"]
[disk_cache]
cas = ["a.txt"]
[[build]]
download = "minimal""#,
        sees: "c disk GET cas a.txt 200
materialized a.txt for c
c disk GET cas b.txt 404
c GET cas b.txt 200
c disk PUT cas b.txt
materialized b.txt for c",
    },
    Row {
        rule: 7,
        says: "a file read in two ways is lost once; both ways are rewound",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:x: -> tree/x",
  { label = "//:m", kind = "template", inputs = ["tree/x"], outputs = ["tree"] },
  "//:c: tree/x tree -> c.txt",
]
[cache]
minus = ["tree/x", "//:c"]
[[build]]
download = "minimal"
[expect]
lost = ["//:c: tree/x"]
dirtied = ["//:x", "//:m"]"#,
        sees: "c GET cas tree/x 404
c lost tree/x
rewound c 1
x dirty for c
m dirty for c
c reset",
    },
    Row {
        rule: 8,
        says: "a worker's inputs are asked for; what is on disk is uploaded, once",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:c: src a.txt -> c.txt", "//:d: a.txt -> d.txt"]
[execution]
default = "remote"
local = ["//:a"]
[cache]
ac = "none"
cas = "none"
[[fault]]
evict = ["a.txt"]
when = { after = "//:a" }
[[build]]
download = "minimal""#,
        sees: "a PUT ac
evicted cas a.txt
c GET ac 404
c miss
c FIND cas a.txt 404
c PUT cas a.txt
c started
...
d FIND cas a.txt 200
d started",
    },
    Row {
        rule: 8,
        says: "what is not on disk either is lost",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: a.txt b.txt -> c.txt"]
[execution]
default = "remote"
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "c FIND cas a.txt 404
c FIND cas b.txt 200
c lost a.txt
rewound c 1",
    },
    Row {
        rule: 8,
        says: "none is asked for after the first that is lost, if the engine does not gather",
        scenario: r#"engine = "bazel-9.3"
set = { gathers_losses = "off" }
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: a.txt b.txt -> c.txt"]
[execution]
default = "remote"
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "c FIND cas a.txt 404
c lost a.txt
rewound c 1",
    },
    Row {
        rule: 8,
        says: "inputs of size 0 are not asked for",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[artifacts]
"a.txt" = { content = "empty" }
[execution]
default = "remote"
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "c miss
c started",
    },
    Row {
        rule: 8,
        says: "what the mode wants of a worker's outputs is fetched, in-memory ones always",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt a.d"]
[artifacts]
"a.d" = { in_memory = true }
[execution]
default = "remote"
[cache]
ac = "none"
cas = "none"
[[build]]
download = "minimal""#,
        sees: "a PUT ac
a GET cas a.d 200
materialized a.d for a
end 1 success 0",
    },
    Row {
        rule: 8,
        says: "one that is gone by then is a lost top-level output",
        scenario: r#"engine = "bazel-9.3"
set = { cap = 1 }
actions = ["//:a: -> a.txt"]
[execution]
default = "remote"
[cache]
ac = "none"
cas = "none"
[[fault]]
evict = ["a.txt"]
how_often = "always"
[[build]]
download = "toplevel"
[expect]
lost = ["a.txt x2"]
halt = "lost-too-often""#,
        sees: "a GET cas a.txt 404
build lost a.txt
rewound build 1
a dirty for build",
    },
    Row {
        rule: 9,
        says: "K3: as if all derived inputs were lost, but none is noted as lost",
        scenario: r#"engine = "buck2-1349"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: src a.txt b.txt -> c.txt"]
[cache]
minus = ["//:c"]
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
download = "minimal"
[expect]
lost = []
dirtied = ["//:a", "//:b"]"#,
        sees: "c FIND cas a.txt 200
c FIND cas b.txt 200
c started
c told of a loss
rewound build 1
a dirty for c
b dirty for c
c reset",
    },
    Row {
        rule: 9,
        says: "K3: the producers of empty inputs too, which nobody asks for",
        scenario: r#"engine = "buck2-1349"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: a.txt b.txt -> c.txt"]
[artifacts]
"b.txt" = { content = "empty" }
[cache]
minus = ["//:c"]
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
download = "minimal""#,
        sees: "c FIND cas a.txt 200
c started
c told of a loss
rewound build 1
a dirty for c
b dirty for c
c reset",
    },
    Row {
        rule: 9,
        says: "else the action fails",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[execution]
default = "remote"
[cache]
minus = ["//:c"]
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
download = "minimal"
[expect]
halt = "io-error"
exit_code = 34"#,
        sees: "c FIND cas a.txt 200
c started
c told of a loss
c failed: I/O error",
    },
    Row {
        rule: 9,
        says: "a typed loss beside it is what counts on a worker",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: a.txt b.txt -> c.txt"]
[execution]
default = "remote"
[cache]
minus = ["b.txt", "//:c"]
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
download = "minimal""#,
        sees: "c FIND cas a.txt 200
c FIND cas b.txt 404
c lost b.txt
rewound c 1
b dirty for c
c reset",
    },
    Row {
        rule: 9,
        says: "here, an input whose fetch ends in an error fails the action, whatever else is lost",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: a.txt b.txt -> c.txt"]
[cache]
minus = ["b.txt", "//:c"]
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
download = "minimal"
[expect]
dirtied = []"#,
        sees: "c GET cas a.txt 500
c GET cas b.txt 404
c lost b.txt
c failed: I/O error",
    },
    Row {
        rule: 9,
        says: "a hit is a miss by any answer but Ok; AC entries are always lost in the typed way",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt"]
[[fault]]
evict = ["a.txt", "//:b"]
report = "untyped"
[[build]]
download = "all""#,
        sees: "a GET ac 200
a GET cas a.txt 500
a miss gone a.txt
...
b GET ac 404
b miss",
    },
    Row {
        rule: 9,
        says: "a top-level output whose fetch ends in an error fails the build",
        scenario: r#"engine = "buck2-1349"
actions = ["//:a: -> a.txt"]
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
[expect]
halt = "io-error"
dirtied = []"#,
        sees: "a hit
build GET cas a.txt 500
end 1 failure 2",
    },
];
