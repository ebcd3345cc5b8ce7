//! P30 to P34: what faults take, when, how often, and what is told.

use crate::Row;

pub const ROWS: &[Row] = &[
    Row {
        rule: 30,
        says: "everything present: entries before blobs, each by id",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt"]
[cache]
minus = ["b.txt"]
[[fault]]
everything = "both"
[[build]]
download = "minimal""#,
        sees: "cleaned
evicted ac Action(a)
evicted ac Action(b)
evicted cas a.txt
evicted cas Action(a)
evicted cas Command(a)
evicted cas Action(b)
evicted cas Command(b)
build 1.1",
    },
    Row {
        rule: 30,
        says: "these: in the order given",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt"]
[[fault]]
evict = ["b.txt", "a.txt", "//:b"]"#,
        sees: "cleaned
evicted cas b.txt
evicted cas a.txt
evicted ac Action(b)
build 1.1",
    },
    Row {
        rule: 30,
        says: "after an action: after its hit, the first time in the scenario",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt", "//:b: -> b.txt"]
[[fault]]
evict = ["a.txt"]
when = { after = "//:a" }
[[build]]
download = "minimal"
[[build]]
download = "minimal"
clean = true"#,
        sees: "a hit
evicted cas a.txt
b GET ac 200
...
! evicted",
    },
    Row {
        rule: 30,
        says: "or after its uploads",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[cache]
ac = "none"
[[fault]]
evict = ["a.txt"]
when = { after = "//:a" }"#,
        sees: "a PUT ac
evicted cas a.txt",
    },
    Row {
        rule: 30,
        says: "at a step: as soon as the trace has so many events",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[[fault]]
evict = ["a.txt"]
when = { step = 3 }
[[build]]
download = "minimal""#,
        sees: "cleaned
build 1.1
a GET ac 200
evicted cas a.txt
a hit",
    },
    Row {
        rule: 31,
        says: "the first uploads are taken too, and no more; each blob has its own count",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt b.txt"]
[cache]
ac = "none"
cas = "none"
[[fault]]
evict = ["a.txt", "b.txt"]
how_often = { first_uploads = 1 }
[[build]]
[[build]]
clean = true
accept_cached = false"#,
        sees: "a PUT cas a.txt
evicted cas a.txt
a PUT cas b.txt
evicted cas b.txt
...
build 2.1
...
a PUT cas a.txt
a PUT cas b.txt",
    },
    Row {
        rule: 31,
        says: "always; entries alike",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[cache]
ac = "none"
cas = "none"
[[fault]]
everything = "both"
how_often = "always""#,
        sees: "a PUT cas a.txt
evicted cas a.txt
a PUT cas Command(a)
evicted cas Command(a)
a PUT cas Action(a)
evicted cas Action(a)
a PUT ac
evicted ac Action(a)",
    },
    Row {
        // The remainders of a.txt to g.txt are 97, 23, 17, 77, 38, 81 with this seed.
        rule: 32,
        says: "a share: by what the seed makes of the digest",
        scenario: r#"engine = "bazel-9.3"
seed = 4
actions = ["//:a: -> a.txt b.txt d.txt e.txt f.txt g.txt"]
[cache]
cas = ["path:*.txt"]
[[fault]]
share = { percent = 38 }
[[build]]
download = "minimal""#,
        sees: "cleaned
evicted cas b.txt
evicted cas d.txt
build 1.1",
    },
    Row {
        rule: 32,
        says: "under the percentage, not at it",
        scenario: r#"engine = "bazel-9.3"
seed = 4
actions = ["//:a: -> a.txt b.txt d.txt e.txt f.txt g.txt"]
[cache]
cas = ["path:*.txt"]
[[fault]]
share = { percent = 39 }
[[build]]
download = "minimal""#,
        sees: "cleaned
evicted cas b.txt
evicted cas d.txt
evicted cas f.txt
build 1.1",
    },
    Row {
        rule: 33,
        says: "unused for so long; what was never used counts from 0",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:p: -> x.txt", "//:c: -> c.txt"]
[cache]
cas = ["x.txt"]
minus = ["//:c"]
[[fault]]
unused_for = { ms = 1000 }
when = { before_build = 2 }
[[build]]
targets = ["c.txt"]
download = "minimal"
[[build]]
targets = ["c.txt"]
download = "minimal"
wait_ms = 950
[expect]
cached = ["c.txt"]"#,
        sees: "clock 1050
evicted cas x.txt
build 2.1",
    },
    Row {
        rule: 33,
        says: "at least so long",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[cache]
cas = ["a.txt"]
[[fault]]
unused_for = { ms = 1000 }
when = { before_build = 2 }
[[build]]
download = "all"
[[build]]
download = "all"
wait_ms = 1000"#,
        sees: "clock 1000
evicted cas a.txt",
    },
    Row {
        rule: 34,
        says: "an upload that stays makes a blob plain again",
        scenario: r#"engine = "buck2-1349"
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[cache]
minus = ["//:c"]
[[fault]]
evict = ["a.txt"]
report = "untyped"
[[build]]
download = "minimal"
[expect]
success = true"#,
        sees: "c told of a loss
...
a PUT cas a.txt
...
c FIND cas a.txt 200
c started
clock 200
c executed",
    },
    Row {
        rule: 34,
        says: "the last fault that took it decides what is told",
        scenario: r#"engine = "bazel-9.3"
set = { cap = 1 }
actions = ["//:a: -> a.txt", "//:c: a.txt -> c.txt"]
[execution]
default = "remote"
[cache]
minus = ["//:c"]
[[fault]]
evict = ["a.txt"]
how_often = "once"
[[fault]]
evict = ["a.txt"]
how_often = "always"
report = "untyped"
[[build]]
download = "minimal""#,
        sees: "c FIND cas a.txt 404
c lost a.txt
...
a PUT cas a.txt
evicted cas a.txt
...
c FIND cas a.txt 200
c started
c told of a loss",
    },
    Row {
        rule: 34,
        says: "the disk tier is always typed",
        scenario: r#"engine = "bazel-9.3"
actions = ["//:a: -> a.txt"]
[disk_cache]
ac = "all"
cas = "all"
[[fault]]
evict = ["a.txt"]
tier = "disk"
report = "untyped"
[[build]]
download = "all""#,
        sees: "a disk GET cas a.txt 404
a GET cas a.txt 200",
    },
];
