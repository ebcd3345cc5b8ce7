//! P13 to P15: what is rewound for, and what ends it.

use crate::Row;

pub const ROWS: &[Row] = &[
    Row {
        rule: 13,
        says: "the loss, then Rewound, the producers, Reset; beyond the cap the consumer fails",
        scenario: r#"engine = "bazel-9.3"
set = { cap = 2 }
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
rewinds = 2
executed = ["//:a x2"]
dirtied = ["//:a x2"]
lost = ["//:c: a.txt x3"]
halt = "lost-too-often"
exit_code = 1"#,
        sees: "c lost a.txt
rewound c 1
a dirty for c
c reset
...
c lost a.txt
rewound c 2
a dirty for c
c reset
...
c lost a.txt
c failed: lost too often",
    },
    Row {
        rule: 13,
        says: "counted for each digest: new content begins afresh",
        scenario: r#"engine = "bazel-9.3"
set = { cap = 2 }
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[execution]
default = "remote"
nondeterministic = ["//:a"]
[cache]
minus = ["//:c"]
[[fault]]
everything = "cas"
how_often = { first_uploads = 1 }
[[build]]
download = "minimal"
[expect]
halt = "no-end""#,
        sees: "rewound c 3",
    },
    Row {
        rule: 13,
        says: "rewinds_outputs off: a lost top-level output fails the build",
        scenario: r#"engine = "buck2-1349"
set = { rewinds_outputs = "off" }
actions = ["//:a: -> a.txt"]
[cache]
minus = ["a.txt"]
[expect]
success = false
rewinds = 0
halt = "lost-output""#,
        sees: "build GET cas a.txt 404
build lost a.txt
end 1 failure 2",
    },
    Row {
        rule: 13,
        says: "rewinds_local_inputs off: a loss of a local action fails it",
        scenario: r#"engine = "bazel-9.3"
set = { rewinds_local_inputs = "off" }
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "c lost a.txt
c failed: lost inputs",
    },
    Row {
        rule: 13,
        says: "rewinds_several off: several lost inputs of a worker's action fail it, one does not",
        scenario: r#"engine = "bazel-9.3"
set = { rewinds_several = "off" }
actions = [
  "//:a: -> a.txt",
  "//:b: -> b.txt",
  "//:x: -> x.txt",
  "//:c: x.txt -> c.txt",
  "//:d: a.txt b.txt -> d.txt",
]
[execution]
default = "remote"
[cache]
minus = ["x.txt", "a.txt", "b.txt", "//:c", "//:d"]
[[build]]
download = "minimal""#,
        sees: "c lost x.txt
rewound c 1
...
d lost a.txt
d lost b.txt
d failed: lost inputs",
    },
    Row {
        rule: 14,
        says: "through a symlink its input's producer too, and not beyond a command",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:z: -> z.txt",
  "//:a: z.txt -> a.txt",
  { label = "//:s", kind = "symlink", inputs = ["a.txt"], outputs = ["l.txt"] },
  "//:c: l.txt -> c.txt",
]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "c lost l.txt
rewound c 1
s dirty for c
a dirty for c
c reset",
    },
    Row {
        rule: 14,
        says: "a redirect with canonical keys: the action behind it only",
        scenario: r#"engine = "buck2-1349"
actions = [
  "//:a: -> a.txt",
  { label = "//:r", kind = "redirect", inputs = ["a.txt"], outputs = ["r.txt"] },
  "//:c: r.txt -> c.txt",
]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal""#,
        sees: "c lost r.txt
rewound build 1
a dirty for c
c reset
a miss not asked
a started
...
! c
a executed again",
    },
    Row {
        rule: 14,
        says: "without: the redirect only",
        scenario: r#"engine = "buck2-1349"
set = { canonical_keys = "off" }
actions = [
  "//:a: -> a.txt",
  { label = "//:r", kind = "redirect", inputs = ["a.txt"], outputs = ["r.txt"] },
  "//:c: r.txt -> c.txt",
]
[cache]
minus = ["a.txt", "//:c"]
[[build]]
download = "minimal"
[expect]
executed = []"#,
        sees: "c lost r.txt
rewound build 1
r dirty for c
c reset",
    },
    Row {
        rule: 14,
        says: "a producer that is on its way is not dirtied again, nor what is behind it",
        scenario: r#"engine = "bazel-9.3"
set = { coarse_lock = "off" }
actions = [
  { label = "//:a", inputs = [], outputs = ["a.txt", "a2.txt"], duration_ms = 300 },
  "//:b: -> b.txt",
  "//:c: a.txt b.txt -> c.txt",
  "//:d: a2.txt -> d.txt",
]
[cache]
minus = ["a.txt", "a2.txt", "//:c", "//:d"]
[[build]]
jobs = 2
download = "minimal"
[expect]
dirtied = ["//:a"]
executed = ["//:a", "//:c", "//:d"]"#,
        sees: "c lost a.txt
rewound c 1
a dirty for c
c reset
a GET ac 200",
    },
    Row {
        rule: 15,
        says: "lost more than 100 times with whatever digests: no end, whatever keep_going says",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:a: -> a.txt",
  "//:c: a.txt -> c.txt",
  "//:d: c2.txt -> d.txt",
  "//:e: c.txt -> c2.txt",
]
[execution]
default = "remote"
nondeterministic = ["//:a"]
[cache]
minus = ["//:c", "//:d", "//:e"]
[[fault]]
everything = "cas"
how_often = "always"
[[build]]
download = "minimal"
keep_going = true
[expect]
rewinds = 100
executed = ["//:a x100"]
halt = "no-end"
skipped = ["//:d", "//:e"]"#,
        sees: "rewound c 100
...
c failed: no end
e skipped
d skipped",
    },
    Row {
        rule: 15,
        says: "top-level outputs alike",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[execution]
default = "remote"
nondeterministic = ["//:a"]
[cache]
ac = "none"
[[fault]]
everything = "cas"
how_often = "always"
[[build]]
download = "toplevel"
[expect]
rewinds = 100
halt = "no-end""#,
        sees: "rewound build 100
...
build lost a.txt
end 1 failure 1",
    },
];
