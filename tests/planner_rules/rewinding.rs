//! P16 and P17: the lock, and passes of the command.

use crate::Row;

pub const ROWS: &[Row] = &[
    Row {
        rule: 16,
        says: "the first rewind waits until nothing executes; until then nothing is taken",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:a: -> a.txt",
  { label = "//:b", inputs = [], outputs = ["b.txt"], duration_ms = 200 },
  "//:c: a.txt -> c.txt",
  "//:d: a2.txt -> d.txt",
  "//:a2: -> a2.txt",
]
[cache]
minus = ["a.txt", "//:b", "//:c"]
[[build]]
jobs = 2
download = "minimal"
order = ["//:a", "//:b", "//:c", "//:a2", "//:d"]"#,
        sees: "b started
c GET ac 404
c miss
c GET cas a.txt 404
c lost a.txt
clock 200
b executed
b PUT cas b.txt
b PUT cas Command(b)
b PUT cas Action(b)
b PUT ac
rewound c 1
a dirty for c
c reset",
    },
    Row {
        rule: 16,
        says: "a later one is at once, but what it dirtied waits for those who read its outputs",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:x: -> x.txt",
  "//:y: x.txt -> y.txt",
  "//:a: -> a.txt a2.txt",
  { label = "//:l", inputs = ["a2.txt", "y.txt"], outputs = ["l.txt"], duration_ms = 400 },
  "//:c: a.txt y.txt -> c.txt",
]
[cache]
minus = ["x.txt", "a.txt", "//:y", "//:l", "//:c"]
[[build]]
jobs = 2
download = "minimal"
order = ["//:x", "//:a", "//:y", "//:l", "//:c"]"#,
        sees: "y lost x.txt
rewound y 1
...
l started
c GET ac 404
c miss
c GET cas a.txt 404
c lost a.txt
rewound c 2
a dirty for c
c reset
...
! a
l executed
...
a started",
    },
    Row {
        rule: 16,
        says: "asynchronous uploads of what is dirtied are given up",
        scenario: r#"engine = "bazel-9.3"
set = { rerun_outputs_stay_remote = "on" }
actions = ["//:a: -> a.txt a.d", "//:c: a.txt -> c.txt"]
[artifacts]
"a.d" = { in_memory = true }
[execution]
upload_ms = 5000
[cache]
minus = ["a.txt", "a.d", "//:c"]
[[build]]
async_upload = true
download = "minimal""#,
        sees: "a miss gone a.d
...
! a PUT
c GET cas a.txt 404
c lost a.txt
rewound c 1
a dirty for c
a cancelled
c reset",
    },
    Row {
        rule: 17,
        says: "losses wait for the end of the pass; then one Rewound, and each consumer reset",
        scenario: r#"engine = "buck2-1349"
actions = [
  "//:a: -> a.txt",
  "//:b: -> b.txt",
  "//:c: a.txt -> c.txt",
  "//:d: b.txt -> d.txt",
]
[cache]
minus = ["a.txt", "b.txt", "//:c", "//:d"]
[[build]]
download = "minimal"
[expect]
rewinds = 1"#,
        sees: "c lost a.txt
...
d lost b.txt
rewound build 1
a dirty for c
b dirty for d
c reset
d reset",
    },
    Row {
        rule: 17,
        says: "K5: fetched at the end, then uploaded what is gone; lost both ways is noted once",
        scenario: r#"engine = "buck2-1349"
actions = ["//:a: -> a.txt", "//:b: -> b.txt"]
[cache]
minus = ["b.txt"]
[[fault]]
evict = ["a.txt"]
when = { step = 8 }
[[build]]
upload_final = true
[expect]
lost = ["b.txt"]"#,
        sees: "a hit
b GET ac 200
b hit
build GET cas a.txt 200
materialized a.txt
evicted cas a.txt
build GET cas b.txt 404
build FIND cas a.txt 404
build PUT cas a.txt
build FIND cas b.txt 404
build lost b.txt
rewound build 1
b dirty for build",
    },
    Row {
        rule: 17,
        says: "an action that fails otherwise ends the command after the pass: no rewind, no K5",
        scenario: r#"engine = "buck2-1349"
actions = [
  "//:a: -> a.txt",
  "//:x: -> x.txt",
  "//:c: a.txt -> c.txt",
  { label = "//:d", inputs = ["x.txt"], outputs = ["d.txt"], executor = "local" },
]
[cache]
minus = ["a.txt", "//:c", "//:d"]
[[fault]]
evict = ["x.txt"]
report = "untyped"
[[build]]
keep_going = true
[expect]
rewinds = 0
failed = ["//:c", "//:d"]"#,
        sees: "c lost a.txt
...
d failed: I/O error
c failed: lost inputs
end 1 failure 2",
    },
    Row {
        rule: 17,
        says: "the cap is one of passes, whatever was lost",
        scenario: r#"engine = "buck2-1349"
set = { cap = 2 }
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["//:c"]
[[fault]]
evict = ["a.txt"]
how_often = "always"
[[build]]
download = "minimal"
[expect]
rewinds = 2
halt = "lost-too-often""#,
        sees: "rewound build 2
...
c lost a.txt
c failed: lost too often",
    },
    Row {
        rule: 17,
        says: "without clears_queue what an earlier pass tried to fetch is not fetched again",
        scenario: r#"engine = "buck2-1349"
set = { clears_queue = "off" }
actions = ["//:a: -> a.txt"]
[cache]
minus = ["a.txt"]
[expect]
success = true
local = []"#,
        sees: "build GET cas a.txt 404
build lost a.txt
rewound build 1
a dirty for build
...
! build GET
end 1 success 0",
    },
    Row {
        rule: 14,
        says: "who reads a redirect waits for what is behind it, whoever made that run again",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:a: -> a.txt",
  { label = "//:r", kind = "redirect", inputs = ["a.txt"], outputs = ["r.txt"] },
  "//:c: a.txt -> c.txt",
  "//:d: r.txt -> d.txt",
]
[cache]
minus = ["a.txt", "//:c", "//:d"]
[[build]]
download = "minimal"
order = ["//:a", "//:c", "//:d"]"#,
        sees: "c lost a.txt
rewound c 1
a dirty for c
c reset
a GET ac 200
...
! d GET ac
a executed again
...
d GET ac 404",
    },
];
