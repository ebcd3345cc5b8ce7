//! P10 to P12: uploads, and what is remembered of them.

use crate::Row;

pub const ROWS: &[Row] = &[
    Row {
        rule: 10,
        says: "files before their tree, streams, Command, Action, then the entry; disk cache first",
        scenario: r#"engine = "bazel-9.3"
actions = [{ label = "//:t", inputs = [], outputs = ["tree"], stdout = true, stderr = true }]
[artifacts]
tree = { files = ["tree/x", "tree/y"] }
[cache]
ac = "none"
cas = "none"
[disk_cache]"#,
        sees: "t executed
t disk PUT cas tree/x
t disk PUT cas tree/y
t disk PUT cas tree
t disk PUT cas stdout(t)
t disk PUT cas stderr(t)
t disk PUT cas Command(t)
t disk PUT cas Action(t)
t disk PUT ac
t PUT cas tree/x
t PUT cas tree/y
t PUT cas tree
t PUT cas stdout(t)
t PUT cas stderr(t)
t PUT cas Command(t)
t PUT cas Action(t)
t PUT ac",
    },
    Row {
        rule: 10,
        says: "each digest once an attempt",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt same.txt", "//:b: -> b.txt"]
[artifacts]
"same.txt" = { content = "a.txt" }
"b.txt" = { content = "a.txt" }
[cache]
ac = "none"
cas = "none""#,
        sees: "a executed
a PUT cas a.txt
a PUT cas Command(a)
...
b executed
b PUT cas Command(b)",
    },
    Row {
        rule: 10,
        says: "a local execution uploads if the build does; a worker's does whatever it says",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:a: -> a.txt",
  { label = "//:b", inputs = [], outputs = ["b.txt"], executor = "remote" },
]
[cache]
ac = "none"
cas = "none"
[[build]]
upload = false
download = "minimal""#,
        sees: "a executed
b GET ac 404
b miss
b started
clock 200
b executed
b remote
b PUT cas b.txt",
    },
    Row {
        rule: 11,
        says: "asynchronous: the remote cache later and all at once, the disk cache at once",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:a: -> a.txt",
  { label = "//:b", inputs = ["a.txt"], outputs = ["b.txt"], duration_ms = 500 },
]
[execution]
upload_ms = 50
[cache]
ac = "none"
cas = "none"
[disk_cache]
[[build]]
async_upload = true"#,
        sees: "clock 100
a executed
a disk PUT cas a.txt
a disk PUT cas Command(a)
a disk PUT cas Action(a)
a disk PUT ac
b disk GET ac 404
b GET ac 404
b miss
b started
clock 150
a PUT cas a.txt
a PUT cas Command(a)
a PUT cas Action(a)
a PUT ac
clock 600
b executed",
    },
    Row {
        rule: 11,
        says: "a lost digest is forgotten when its upload happens",
        scenario: r#"engine = "bazel-9.3"
actions = [
  "//:a: -> a.txt",
  { label = "//:c", inputs = ["a.txt"], outputs = ["c.txt"], duration_ms = 150 },
  { label = "//:d", inputs = ["a.txt"], outputs = ["d.txt"], duration_ms = 500 },
  "//:f: c.txt -> f.txt",
]
[artifacts]
"d.txt" = { content = "a.txt" }
"f.txt" = { content = "a.txt" }
[cache]
minus = ["cas:eb45690b06c36cce6cfccc4449ea4723671bd3b5609dc1fd4eb109d3171b1af8", "//:c"]
[[build]]
jobs = 3
download = "minimal"
async_upload = true
order = ["//:a", "//:c", "//:d", "//:f"]"#,
        sees: "c lost a.txt
...
clock 100
a executed again
...
d GET ac 200
d miss lost d.txt
...
clock 200
a PUT cas a.txt
...
clock 250
c executed
f GET ac 200
f hit",
    },
    Row {
        rule: 12,
        says: "uploaded is uploaded, also when the action is rewound, unless it was taken since",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt b.txt", "//:c: a.txt -> c.txt"]
[execution]
default = "remote"
[cache]
minus = ["//:c"]
[[fault]]
evict = ["a.txt"]
how_often = { first_uploads = 1 }
[[build]]
download = "minimal"
[expect]
rewinds = 2"#,
        sees: "a executed again
a remote
a PUT cas a.txt
evicted cas a.txt
a PUT cas b.txt
a PUT cas Command(a)
a PUT cas Action(a)
a PUT ac
...
a executed again
a remote
a PUT cas a.txt
a PUT ac",
    },
];
