//! P25 to P29: the caches, and what they keep.

use crate::Row;

pub const ROWS: &[Row] = &[
    Row {
        rule: 25,
        says: "the disk cache first, then the remote one; what that serves goes to the disk one",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[disk_cache]
[[build]]
download = "all""#,
        sees: "a disk GET ac 404
a GET ac 200
a disk PUT ac
a disk GET cas a.txt 404
a GET cas a.txt 200
a disk PUT cas a.txt",
    },
    Row {
        rule: 25,
        says: "the disk cache serves an entry only with all that it refers to, where that is so",
        scenario: r#"engine = "bazel-8.0"
actions = ["//:a: -> a.txt"]
[disk_cache]
ac = ["//:a"]
[[build]]
download = "minimal""#,
        sees: "a disk GET ac 404
a GET ac 200
a disk PUT ac
a hit",
    },
    Row {
        rule: 25,
        says: "and as it is, where not",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[disk_cache]
ac = ["//:a"]
[[build]]
download = "minimal""#,
        sees: "build 1.1
a disk GET ac 200
a hit",
    },
    Row {
        rule: 25,
        says: "for a dirty action only, where it is checked then",
        scenario: r#"engine = "bazel-next"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
protocol = "grpc"
minus = ["a.txt", "//:c"]
[disk_cache]
ac = ["//:a"]
[[build]]
download = "minimal""#,
        sees: "a disk GET ac 200
a hit
...
a dirty for c
c reset
a disk GET ac 404
a GET ac 200",
    },
    Row {
        rule: 25,
        says: "Find goes to the remote cache only",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[execution]
default = "remote"
[cache]
minus = ["a.txt", "//:c"]
[disk_cache]
cas = ["a.txt"]
[[build]]
download = "minimal""#,
        sees: "c FIND cas a.txt 404
c lost a.txt",
    },
    Row {
        rule: 25,
        says: "a link is on disk if what it leads to is",
        scenario: r#"engine = "buck2-1349"
actions = [
  "//:a: -> a.txt",
  { label = "//:s", kind = "symlink", inputs = ["a.txt"], outputs = ["s.txt"] },
  { label = "//:c", inputs = ["a.txt"], outputs = ["c.txt"], executor = "local" },
]
[cache]
minus = ["//:c"]
[[build]]
targets = ["s.txt", "c.txt"]"#,
        sees: "c GET cas a.txt 200
materialized a.txt for c
...
! build GET
end 1 success 0",
    },
    Row {
        rule: 26,
        says: "a verified cache serves an entry only with its closure, size 0 excepted",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt a2.txt", "//:b: -> empty.txt b.txt"]
[artifacts]
"empty.txt" = { content = "empty" }
[cache]
policy = "verified"
minus = ["a2.txt", "empty.txt"]
[[build]]
download = "minimal""#,
        sees: "a GET ac 404
...
b GET ac 200",
    },
    Row {
        rule: 26,
        says: "what an untyped fault took counts as present",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[cache]
policy = "verified"
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
download = "minimal""#,
        sees: "evicted cas a.txt
build 1.1
a GET ac 200
a hit",
    },
    Row {
        rule: 27,
        says: "a read uses its blob; what was never used goes first",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:p: -> x.txt", "//:q: -> y.txt", "//:c: x.txt -> c.txt"]
[cache]
cas = ["x.txt", "y.txt"]
minus = ["//:c"]
cas_bytes = 2000
[[build]]
targets = ["c.txt"]
download = "minimal""#,
        sees: "c GET cas x.txt 200
...
c PUT cas c.txt
evicted cas y.txt
c PUT cas Command(c)
evicted cas x.txt
c PUT cas Action(c)
evicted cas c.txt
c PUT ac",
    },
    Row {
        rule: 27,
        says: "serving an entry uses its closure, where that is so",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:p: -> x.txt", "//:q: -> y.txt", "//:c: -> c.txt"]
[cache]
cas = ["x.txt", "y.txt"]
minus = ["//:c"]
cas_bytes = 2000
lifetime = "touches-blobs"
[[build]]
targets = ["x.txt", "c.txt"]
download = "minimal""#,
        sees: "p GET ac 200
p hit
...
c PUT cas c.txt
evicted cas y.txt",
    },
    Row {
        rule: 28,
        says: "never used: by id; a blob that alone is too large goes at once",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:p: -> x.txt", "//:q: -> y.txt", "//:c: -> c.txt"]
[cache]
cas = ["x.txt", "y.txt"]
minus = ["//:c"]
cas_bytes = 500
[[build]]
targets = ["c.txt"]
download = "minimal""#,
        sees: "c PUT cas c.txt
evicted cas x.txt
evicted cas y.txt
evicted cas c.txt
c PUT cas Command(c)
evicted cas Command(c)",
    },
    Row {
        rule: 28,
        says: "what an entry present refers to stays, where that is so; the cache grows",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:p: -> x.txt", "//:q: -> y.txt", "//:c: -> c.txt"]
[cache]
ac = ["//:p"]
cas = ["x.txt", "y.txt"]
cas_bytes = 500
lifetime = "keeps-blobs"
[[build]]
targets = ["c.txt"]
download = "minimal"
[expect]
cached = ["x.txt"]
not_cached = ["y.txt"]"#,
        sees: "c PUT cas c.txt
evicted cas y.txt
evicted cas c.txt
c PUT cas Command(c)",
    },
    Row {
        rule: 29,
        says: "keeps blobs: what an entry refers to stays, without a word",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[cache]
lifetime = "keeps-blobs"
[[build]]
evict = ["a.txt"]
download = "minimal""#,
        sees: "cleaned
build 1.1",
    },
    Row {
        rule: 29,
        says: "evicts together: blob, its entries, their blobs, breadth first",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> x.txt a.txt", "//:b: -> b.txt same.txt"]
[artifacts]
"same.txt" = { content = "x.txt" }
[cache]
lifetime = "evicts-together"
[[build]]
evict = ["x.txt"]
download = "minimal""#,
        sees: "cleaned
evicted cas x.txt
evicted ac Action(a)
evicted ac Action(b)
evicted cas a.txt
evicted cas b.txt
build 1.1",
    },
];
