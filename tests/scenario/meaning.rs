//! What the keys of a file come to in graph, cache and scenario.

use rewindow::model::{ActionId, ActionKind, ArtifactKind, CacheKind, Id, Tier};
use rewindow::rewind::{
    CachePolicy, Eviction, Executor, HowOften, Lifetime, Protocol, Report, Targets, What, When,
    plan,
};
use rewindow::scenario::{Check, Play, digest_of_name};

use super::{parse, play, whole};

fn played(part: &str) -> Play {
    play(&whole(part)).unwrap_or_else(|error| panic!("{error}"))
}

fn action(play: &Play, label: &str) -> ActionId {
    play.graph.action_ids().find(|&a| play.graph.label(a) == label).unwrap()
}

fn artifact(play: &Play, path: &str) -> rewindow::model::ArtifactId {
    play.graph.artifact_ids().find(|&a| play.graph.path(a) == path).unwrap()
}

fn blob(play: &Play, path: &str) -> rewindow::model::BlobId {
    play.graph.blob(artifact(play, path)).unwrap()
}

#[test]
fn an_action_in_a_line_is_a_genrule_with_digests_of_its_own() {
    let play = played("");
    let c = action(&play, "//:c");
    assert_eq!(play.graph.mnemonic(c), "Genrule");
    assert_eq!(play.graph.action_kind(c), ActionKind::Spawn);
    let paths: Vec<&str> = play.graph.inputs(c).iter().map(|&a| play.graph.path(a)).collect();
    assert_eq!(paths, ["a.txt", "b.txt"]);
    assert_eq!(play.graph.artifact_kind(artifact(&play, "src.txt")), ArtifactKind::Source);
    let digests = play.graph.digests(c);
    assert!(digests.key.is_some() && digests.command.is_some() && digests.stdout.is_none());
    let a = play.graph.blobs().get(blob(&play, "a.txt"));
    assert_eq!((a.digest, a.size_bytes), (digest_of_name("a.txt"), Some(1000)));
    // Three outputs, three actions, three commands; sources are not in the cache.
    assert_eq!((play.cache.ac.len(), play.cache.cas.len()), (3, 9));
}

#[test]
fn contents_are_shared_by_name_and_empty_is_empty() {
    let play = played(
        "[artifacts]\n\"a.txt\" = { content = \"b.txt\" }\n\"c.txt\" = { content = \"empty\" }",
    );
    assert_eq!(blob(&play, "a.txt"), blob(&play, "b.txt"));
    assert!(play.graph.blobs().is_size_0(blob(&play, "c.txt")));
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(play.graph.blobs().digest(blob(&play, "c.txt")).hex(), empty);
}

#[test]
fn trees_templates_symlinks_and_redirects_are_wired() {
    let play = played(
        r#"
actions = [
  "//:x: src -> d/x",
  "//:y: src -> d/y",
  { label = "//:t", kind = "template", inputs = ["d/x", "d/y"], outputs = ["d"] },
  { label = "//:l", kind = "symlink", inputs = ["d/x"], outputs = ["l"] },
  { label = "//:r", kind = "redirect", inputs = ["l"], outputs = ["r"] },
  "//:g: -> g",
]
[artifacts]
g = { files = ["g/1"] }
"#,
    );
    let tree = artifact(&play, "d");
    assert_eq!(play.graph.artifact_kind(tree), ArtifactKind::Tree);
    let files = play.graph.tree_files(tree);
    let producers: Vec<_> = files.iter().map(|&file| play.graph.producer(file)).collect();
    assert_eq!(producers, [Some(action(&play, "//:x")), Some(action(&play, "//:y"))]);
    let g = play.graph.tree_files(artifact(&play, "g"));
    assert_eq!(play.graph.producer(g[0]), Some(action(&play, "//:g")));
    assert_eq!(blob(&play, "r"), blob(&play, "d/x"));
    assert!(play.graph.digests(action(&play, "//:l")).key.is_none());
    assert!(play.cache.cas.contains(blob(&play, "g/1")));
}

#[test]
fn builds_have_the_documented_defaults() {
    let play = played("");
    let builds = &play.scenario.builds;
    assert_eq!(builds.len(), 1);
    let usual = rewindow::rewind::Build::clean(Targets::All, play.scenario.engine.download_default);
    assert_eq!(builds[0], usual);
    let play = played("[[build]]\n[[build]]\n[[build]]\nclean = true\nupload = false");
    let clean: Vec<bool> = play.scenario.builds.iter().map(|build| build.clean).collect();
    assert_eq!(clean, [true, false, true]);
    assert!(!play.scenario.builds[2].upload && play.scenario.builds[1].upload);
    assert!(played("build = []").scenario.builds.is_empty());
}

#[test]
fn evictions_keep_their_order() {
    let play = played("[[build]]\nevict = [\"c.txt\", \"//:b\", \"path:a.txt\", \"ac://:all\"]");
    let evict = &play.scenario.builds[0].evict;
    let kinds: Vec<CacheKind> = evict.iter().map(|e| e.kind).collect();
    use CacheKind::{Ac, Cas};
    assert_eq!(kinds, [Cas, Ac, Cas, Ac, Ac]);
    assert_eq!(evict[0], Eviction { kind: Cas, blob: blob(&play, "c.txt") });
    let key = play.graph.digests(action(&play, "//:b")).key.unwrap();
    assert_eq!(evict[1], Eviction { kind: Ac, blob: key });
}

#[test]
fn faults_say_what_when_how_often_where_and_how() {
    let play = played(
        "[[fault]]\nevict = [\"a.txt\"]\nwhen = { after = \"//:b\" }\nhow_often = { first_uploads \
         = 2 }\n[[fault]]\nshare = { percent = 9 }\ntier = \"disk\"\nreport = \"untyped\"\nwhen = \
         { step = 4 }\nhow_often = \"always\"",
    );
    let [first, second] = play.scenario.faults.as_slice() else { panic!("two faults") };
    let blob = blob(&play, "a.txt");
    assert_eq!(first.what, What::These(vec![Eviction { kind: CacheKind::Cas, blob }]));
    assert_eq!(first.when, When::AfterAction(action(&play, "//:b")));
    assert_eq!(first.how_often, HowOften::FirstUploads(2));
    assert_eq!((first.tier, first.report), (Tier::Remote, Report::Typed));
    assert_eq!(second.what, What::Share { kind: CacheKind::Cas, percent: 9 });
    assert_eq!(second.when, When::AtStep(4));
    assert_eq!((second.tier, second.report), (Tier::Disk, Report::Untyped));
    assert_eq!(second.how_often, HowOften::Always);
}

#[test]
fn caches_hold_what_the_file_says() {
    let play = played(
        "[cache]\nac = [\"//:a\"]\nminus = [\"a.txt\"]\npolicy = \"verified\"\nprotocol = \
         \"grpc\"\nlifetime = \"keeps-blobs\"\ncas_bytes = 5\n[[cache.entry]]\naction = \
         \"//:a\"\noutputs = { \"a.txt\" = \"other\" }\n[disk_cache]\ncas = [\"b.txt\"]",
    );
    assert_eq!((play.cache.ac.len(), play.cache.cas.len()), (1, 8));
    assert!(!play.cache.cas.contains(blob(&play, "a.txt")));
    let server = play.scenario.server;
    assert_eq!((server.policy, server.protocol), (CachePolicy::Verified, Protocol::Grpc));
    assert_eq!((server.lifetime, server.capacity.cas_bytes), (Lifetime::KeepsBlobs, Some(5)));
    let entry = &play.cache.entries[0].1;
    assert_eq!(play.graph.blobs().digest(entry.outputs[0].blob), digest_of_name("other"));
    let disk = play.scenario.disk_cache.as_ref().unwrap();
    assert_eq!((disk.ac.len(), disk.cas.len()), (0, 1));
}

#[test]
fn engine_parameters_and_execution_are_set() {
    let play = played(
        "engine = \"bazel-1.1\"\nset = { cap = 3, on_loss = \"rewind\", retries = 2 }\nseed = \
         18446744073709551615\n[execution]\ndefault = \"remote\"\nlocal = [\"//:a\"]",
    );
    let engine = &play.scenario.engine;
    assert_eq!((engine.get("cap").as_deref(), engine.retries), (Some("3"), 2));
    assert_eq!(play.scenario.seed, u64::MAX);
    assert_eq!(play.scenario.executor(ActionId::at(0)), Executor::Local);
    assert_eq!(play.scenario.executor(ActionId::at(1)), Executor::Remote);
}

fn checks(part: &str) -> Vec<Check> {
    let text = parse(&whole(part)).unwrap();
    let play = text.compile("x", None).unwrap();
    let trace = plan(&play.graph, &play.cache, &play.scenario);
    text.check("x", &play, &trace).unwrap()
}

#[test]
fn every_expectation_can_fail() {
    let lose = "[cache]\nminus = [\"a.txt\", \"//:c\"]\n[[build]]\ndownload = \"minimal\"\n\
                targets = [\"//:c\"]\n";
    let wrong = [
        "success = false",
        "exit_code = 1",
        "attempts = 2",
        "rewinds = 0",
        "halt = \"io-error\"",
        "message = \"x\"",
        "executed = [\"//:a\"]",
        "executed = [\"//:a x2\", \"//:c\"]",
        "executed_order = [\"//:c\", \"//:a\"]",
        "executed_order = [\"//:a\"]",
        "dirtied = []",
        "outdated = [\"//:b\"]",
        "failed = [\"//:c\"]",
        "skipped = [\"//:c\"]",
        "hits = [\"//:a\"]",
        "lost = [\"a.txt\"]",
        "lost = [\"//:c: b.txt\"]",
        "requests = { get_cas_404 = 0 }",
        "requests = { put_cas = 99 }",
        "clock_ms = 1",
        "local = []",
        "cached = [\"src.txt\"]",
        "not_cached = [\"a.txt\"]",
    ];
    for line in wrong {
        let found = checks(&format!("{lose}[expect]\n{line}"));
        assert_eq!(found.len(), 1, "{line}");
        assert!(!found[0].holds, "{line}: {found:?}");
        assert!(!found[0].found.is_empty() || line.starts_with("message"), "{line}: {found:?}");
    }
    let right = "[expect]\nsuccess = true\nexecuted = [\"//:c\", \"//:a\"]\nlost = [\"//:c: \
                 a.txt\"]\ndirtied = [\"//:a\"]\nrequests = { get_cas_404 = 1 }\n";
    assert!(checks(&format!("{lose}{right}")).iter().all(|check| check.holds));
}
