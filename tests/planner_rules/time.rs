//! P1 to P5: the clock, slots, what ends next, ranks, failures.

use crate::Row;

pub const ROWS: &[Row] = &[
    Row {
        rule: 1,
        says: "what precedes a build, in its order",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: src -> a.txt", "//:c: a.txt other -> c.txt"]
[[revision]]
artifacts = { other = "other, edited" }
[[fault]]
everything = "ac"
when = { before_build = 2 }
[[build]]
[[build]]
wait_ms = 60_000
clean = true
restart = true
revision = 1
edit = ["src"]
evict = ["c.txt"]"#,
        sees: "end 1 success 0
clock 60000
cleaned
restarted
edited other
edited src
evicted cas c.txt
evicted ac Action(a)
evicted ac Action(c)
build 2.1",
    },
    Row {
        rule: 1,
        says: "only executing takes time: what was recorded, else the default of the mnemonic",
        scenario: r#"engine = "bazel-9.3"
actions = [
  { label = "//:a", inputs = [], outputs = ["a.txt"], duration_ms = 250 },
  { label = "//:b", inputs = ["a.txt"], outputs = ["b.txt"], mnemonic = "CppCompile" },
  "//:c: b.txt -> c.txt",
]
[cache]
ac = "none"
cas = "none"
[expect]
clock_ms = 1850"#,
        sees: "cleaned
build 1.1
a GET ac 404
a miss
a started
clock 250
a executed
a PUT cas a.txt
a PUT cas Command(a)
a PUT cas Action(a)
a PUT ac
b GET ac 404
b miss
b started
clock 1750
b executed
...
c started
clock 1850
c executed",
    },
    Row {
        rule: 2,
        says: "as many as slots are free are taken, lowest rank first; then started in that order",
        scenario: r#"engine = "bazel-9.3"
actions = [
  { label = "//:a", inputs = [], outputs = ["a.txt"] },
  { label = "//:b", inputs = [], outputs = ["b.txt"], duration_ms = 200 },
  { label = "//:d", inputs = [], outputs = ["d.txt"] },
]
[cache]
ac = "none"
cas = "none"
[[build]]
jobs = 2"#,
        sees: "build 1.1
a GET ac 404
a miss
a started
b GET ac 404
b miss
b started
clock 100
a executed
...
! b executed
d GET ac 404
d miss
d started
clock 200
b executed",
    },
    Row {
        rule: 2,
        says: "a hit frees its slot in the same instant",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:d: -> d.txt"]
[cache]
minus = ["//:b"]
[[build]]
download = "minimal""#,
        sees: "a hit
b GET ac 404
b miss
b started
clock 100
b executed
...
d GET ac 200
d hit",
    },
    Row {
        rule: 2,
        says: "what is not ready any more when its turn comes is left waiting",
        scenario: r#"engine = "bazel-9.3"
set = { coarse_lock = "off" }
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt", "//:d: a.txt -> d.txt"]
[cache]
minus = ["a.txt", "//:c", "//:d"]
[[build]]
jobs = 2
download = "minimal""#,
        sees: "c lost a.txt
rewound c 1
a dirty for c
c reset
a GET ac 200
a miss lost a.txt
a started
clock 100
a executed again
...
! d
c GET ac 404
...
d GET ac 404",
    },
    Row {
        rule: 3,
        says: "at one time: faults, then executions by their start, then uploads; P2 in between",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:a: -> a.txt",
  { label = "//:b", inputs = [], outputs = ["b.txt"], duration_ms = 100 },
  { label = "//:x", inputs = [], outputs = ["x.txt"], duration_ms = 50 },
  "//:e: x.txt -> e.txt",
]
[cache]
ac = "none"
cas = ["e.txt"]
[execution]
upload_ms = 50
[[fault]]
evict = ["e.txt"]
when = { at_ms = 100 }
[[build]]
jobs = 4
async_upload = true"#,
        sees: "clock 50
x executed
e GET ac 404
e miss
e started
clock 100
evicted cas e.txt
a executed
b executed
x PUT cas x.txt
x PUT cas Command(x)
x PUT cas Action(x)
x PUT ac
clock 150
e executed
a PUT cas a.txt",
    },
    Row {
        rule: 3,
        says: "after each end the next are taken, before the next end",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:c: a.txt -> c.txt"]
[cache]
ac = "none"
cas = "none"
[[build]]
jobs = 2"#,
        sees: "clock 100
a executed
...
! b executed
c started
b executed",
    },
    Row {
        rule: 3,
        says: "a time beyond the end of a build is reached in the first one that comes so far",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[[fault]]
evict = ["a.txt"]
when = { at_ms = 5000 }
[[build]]
[[build]]
[[build]]
wait_ms = 6000"#,
        sees: "end 1 success 0
build 2.1
a reused
end 2 success 0
clock 5000
evicted cas a.txt
clock 6000
build 3.1",
    },
    Row {
        rule: 4,
        says: "the order of the build, then by topological position",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:d: -> d.txt", "//:e: -> e.txt"]
[[build]]
download = "minimal"
order = ["//:d", "//:b"]"#,
        sees: "build 1.1
d GET ac 200
d hit
b GET ac 200
b hit
a GET ac 200
a hit
e GET ac 200
e hit",
    },
    Row {
        // splitmix64 of 7 XOR 0, 1, 2, 3 ascends in the order 2, 0, 3, 1.
        rule: 4,
        says: "with a seed, by what it makes of the topological position",
        scenario: r#"engine = "bazel-9.3"
seed = 7
actions = ["//:a: -> a.txt", "//:b: -> b.txt", "//:d: -> d.txt", "//:e: -> e.txt"]
[[build]]
download = "minimal""#,
        sees: "build 1.1
d GET ac 200
d hit
a GET ac 200
a hit
e GET ac 200
e hit
b GET ac 200
b hit",
    },
    Row {
        rule: 4,
        says: "what is valid and what the tool makes itself comes first",
        scenario: r#"engine = "bazel-7.7"
actions = [
  "//:a: src -> a.txt",
  "//:b: -> b.txt",
  { label = "//:m", kind = "internal", inputs = [], outputs = ["m.txt"] },
]
[[build]]
download = "minimal"
[[build]]
download = "minimal"
edit = ["src"]
order = ["//:a"]"#,
        sees: "build 1.1
m made
a GET ac 200
...
build 2.1
b reused
m reused
a GET ac 404",
    },
    Row {
        rule: 5,
        says: "a failure stops the taking; what was taken with it starts, ends and is uploaded",
        scenario: r#"engine = "bazel-7.7"
actions = [
  "//:a: -> a.txt a2.txt",
  "//:c: a.txt -> c.txt",
  "//:b: a2.txt -> b.txt",
  "//:d: a2.txt -> d.txt",
  "//:e: b.txt -> e.txt",
]
[cache]
minus = ["a.txt", "//:b", "//:c", "//:d", "//:e"]
[[build]]
jobs = 2
download = "minimal"
[expect]
failed = ["//:c"]
skipped = ["//:d", "//:e"]
halt = "lost-inputs""#,
        sees: "c lost a.txt
c failed: lost inputs
b GET ac 404
...
b started
clock 100
b executed
b PUT cas b.txt
b PUT cas Command(b)
b PUT cas Action(b)
b PUT ac
d skipped
e skipped",
    },
    Row {
        rule: 5,
        says: "from the first failure on no loss is rewound (A7)",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:a: -> a.txt",
  "//:x: -> x.txt",
  "//:c: x.txt -> c.txt",
  "//:f: a.txt -> f.txt",
]
[cache]
minus = ["a.txt", "//:c", "//:f"]
[[fault]]
evict = ["x.txt"]
report = "untyped"
[[build]]
jobs = 2
download = "minimal"
[expect]
failed = ["//:c", "//:f"]
dirtied = []
halt = "io-error""#,
        sees: "c GET cas x.txt 500
c failed: I/O error
f GET ac 404
f miss
f GET cas a.txt 404
f lost a.txt
f failed: lost inputs",
    },
    Row {
        rule: 5,
        says: "at the end of an attempt asynchronous uploads end",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[cache]
ac = "none"
cas = "none"
[[build]]
async_upload = true"#,
        sees: "a executed
clock 200
a PUT cas a.txt
a PUT cas Command(a)
a PUT cas Action(a)
a PUT ac
end 1 success 0",
    },
];
