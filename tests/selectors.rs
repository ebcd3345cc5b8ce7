//! Selectors and targets: what each form names, and what is said of one that names nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "support/gist.rs"]
mod gist;

use gist::{evictions, gist};
use rewindow::model::{
    AcEntry, ActionKind, ActionSpec, ArtifactKind, Cache, CacheKind, Digest, Graph, GraphBuilder,
};
use rewindow::rewind::{LabelPattern, Part, Selector, SelectorError, TargetError, Targets};

const A: &str = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7";
const KEY_A: &str = "7d5544fcf37335a5659548c710ca58ff3bed749bfbe2b888101b71adf6b00f1c";

fn hexes(graph: &Graph, cache: &Cache, selector: &str) -> Vec<(CacheKind, String)> {
    let all = evictions(graph, cache, &[selector]);
    all.into_iter().map(|e| (e.kind, graph.blobs().digest(e.blob).hex())).collect()
}

fn refused(selector: &str) -> SelectorError {
    let (graph, cache) = gist();
    match Selector::parse(selector) {
        Err(error) => error,
        Ok(parsed) => parsed.resolve(&graph, &cache).unwrap_err(),
    }
}

#[test]
fn each_form_names_what_it_says() {
    let (graph, cache) = gist();
    let a = vec![(CacheKind::Cas, A.to_owned())];
    let key = vec![(CacheKind::Ac, KEY_A.to_owned())];
    let same_as_a = [
        format!("cas:{A}"),
        format!("cas:{}", &A[..8]),
        format!("cas:{}", A.to_uppercase()),
        format!("cas:{A}/2"),
        format!("{A}-2"),
        A.to_owned(),
        format!("  {A}  "),
        "path:a.txt".to_owned(),
        "path:[a].tx?".to_owned(),
        "path:bazel-out/*/bin/a.txt".to_owned(),
        "path:**/a.txt".to_owned(),
    ];
    for selector in same_as_a {
        assert_eq!(hexes(&graph, &cache, &selector), a, "{selector}");
    }
    let same_as_key = [
        format!("ac:{KEY_A}"),
        format!("ac:{}", &KEY_A[..8]),
        "ac://:a".to_owned(),
        "ac:@//:a".to_owned(),
        "ac:bazel-out/k8-fastbuild/bin/a.txt".to_owned(),
    ];
    for selector in same_as_key {
        assert_eq!(hexes(&graph, &cache, &selector), key, "{selector}");
    }
    let empty = hexes(&graph, &cache, "stdout://:a");
    assert!(empty.len() == 1 && empty[0].1.starts_with("e3b0c442"));
    assert_eq!(hexes(&graph, &cache, "stderr://:a"), empty);
    assert_eq!(hexes(&graph, &cache, "path:*.txt").len(), 3);
    assert_eq!(hexes(&graph, &cache, "ac://..."), hexes(&graph, &cache, "ac:all"));
    assert_eq!(hexes(&graph, &cache, "all").len(), cache.cas.len());
    assert_eq!(hexes(&graph, &cache, "cas:all"), hexes(&graph, &cache, "all"));
}

#[test]
fn one_star_stays_between_slashes() {
    assert!(matches!(refused("path:bazel-out/*.txt"), SelectorError::UnknownPath { .. }));
    let (graph, cache) = gist();
    assert_eq!(hexes(&graph, &cache, "path:bazel-out/**/*.txt").len(), 3);
}

#[test]
fn what_is_known_but_absent_is_no_error() {
    let (graph, mut cache) = gist();
    let before = evictions(&graph, &cache, &["path:a.txt", "ac://:a"]);
    for eviction in &before {
        cache.evict(eviction.kind, eviction.blob);
    }
    let by_name = ["path:a.txt", "ac://:a"];
    assert_eq!(evictions(&graph, &cache, &by_name), before);
    let by_digest = [format!("cas:{}", &A[..8]), format!("ac:{}", &KEY_A[..8])];
    let by_digest: Vec<&str> = by_digest.iter().map(String::as_str).collect();
    assert_eq!(evictions(&graph, &cache, &by_digest), before);
}

#[test]
fn what_is_no_selector_is_refused_with_what_was_expected() {
    for text in ["", "x", "foo:bar", "cas:", "cas:xyz", "path:", "ac:xyz", "stdout:abc", "@file"] {
        let error = Selector::parse(text).unwrap_err();
        assert!(matches!(error, SelectorError::Form { .. }), "{text}: {error}");
        assert!(error.to_string().contains("cas:HASH"), "{error}");
    }
    assert!(matches!(refused("cas:8742"), SelectorError::Short { n_digits: 4, .. }));
    assert!(matches!(refused("path:[a"), SelectorError::Glob { .. }));
    assert_eq!(Selector::parse("stdout://a:b"), Ok(Selector::Of(Part::Stdout, "//a:b".to_owned())));
}

#[test]
fn what_names_nothing_is_told_what_is_near() {
    let near = refused("path:b.tx").to_string();
    assert!(near.contains("bazel-out/k8-fastbuild/bin/b.txt"), "{near}");
    let near = refused("ac://:aa").to_string();
    assert!(near.contains("did you mean //:a"), "{near}");
    let wrong_half = refused(&format!("ac:{A}")).to_string();
    assert!(wrong_half.contains(&format!("did you mean cas:{A}")), "{wrong_half}");
    let typo = refused(&format!("cas:{}0000", &A[..10])).to_string();
    assert!(typo.contains(A), "{typo}");
    let none = refused("cas:ffffffffffff").to_string();
    assert!(!none.contains("did you mean"), "{none}");
}

#[test]
fn a_prefix_of_two_digests_is_ambiguous_unless_one_is_present() {
    let mut builder = GraphBuilder::default();
    let hex = |last: char| format!("abcdef01{}{last}", "0".repeat(55));
    let blobs = ['1', '2']
        .map(|last| builder.intern_blob(Digest::from_hex(&hex(last), None).unwrap(), None));
    let (graph, _) = builder.finish();
    let mut cache = Cache::default();
    let selector = Selector::parse("cas:abcdef01").unwrap();
    let error = selector.resolve(&graph, &cache).unwrap_err();
    assert!(error.to_string().contains(&hex('1')), "{error}");
    assert!(error.to_string().contains(&hex('2')), "{error}");
    cache.cas.insert(blobs[1]);
    let resolved = selector.resolve(&graph, &cache).unwrap();
    assert_eq!(resolved[0].blob, blobs[1]);
}

#[test]
fn what_has_no_known_digest_is_told_which_file_would_tell_it() {
    let (graph, cache) = unlabelled();
    let of = |text: &str| Selector::parse(text).unwrap().resolve(&graph, &cache).unwrap_err();
    assert!(of("path:x.o").to_string().contains("execution log"));
    assert!(of("ac:out/x.o").to_string().contains("AC key"));
    assert!(of("stdout:out/x.o").to_string().contains("raw AC entries"));
}

#[test]
fn what_the_graph_says_of_standard_output_goes_before_a_decoded_entry() {
    let (graph, mut cache) = gist();
    let key = graph.blobs().find(&Digest::from_hex(KEY_A, None).unwrap()).unwrap();
    let stdout = graph.blobs().find(&Digest::from_hex(A, None).unwrap());
    cache.entries = vec![(key, AcEntry { stdout, ..AcEntry::default() })];
    assert_eq!(hexes(&graph, &cache, "stdout://:a")[0].1[..8], *"e3b0c442");
}

#[test]
fn label_patterns_match_as_on_the_command_line_of_the_tool() {
    let cases = [
        ("//a/b:c", "//a/b:c", true),
        ("//a/b:c", "@//a/b:c", true),
        ("@@//a/b:c", "//a/b:c", true),
        ("//a/b", "//a/b:b", true),
        ("//a/b", "//a/b:c", false),
        ("//a/b:all", "//a/b:c", true),
        ("//a/b:*", "//a/b/c:c", false),
        ("//a/...", "//a:x", true),
        ("//a/...", "//a/b/c:x", true),
        ("//a/...", "//ab:x", false),
        ("//...", "//ab:x", true),
        ("//...", "//:x", true),
        ("//...", "@repo//ab:x", false),
        ("@repo//...", "@@repo//ab:x", true),
        ("root//a:b", "root//a:b (cfg:linux-x86_64#0123)", true),
        ("//a:b", "root//a:b", false),
    ];
    for (pattern, label, yes) in cases {
        let parsed = LabelPattern::parse(pattern).unwrap();
        assert_eq!(parsed.matches(label), yes, "{pattern} {label}");
    }
    for text in ["a/b.txt", "", "//", "bazel-out/k8/bin/a.txt"] {
        assert_eq!(LabelPattern::parse(text), None, "{text}");
    }
}

#[test]
fn targets_are_labels_patterns_or_output_paths() {
    let (graph, _) = gist();
    let parse = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        Targets::parse(&graph, &names)
    };
    let n = |targets: Targets| match targets {
        Targets::All => usize::MAX,
        Targets::Artifacts(all) => all.len(),
    };
    assert_eq!(parse(&[]), Ok(Targets::All));
    assert_eq!(n(parse(&["//:a", "//:a", "//:b"]).unwrap()), 2);
    assert_eq!(n(parse(&["//..."]).unwrap()), 3);
    assert_eq!(parse(&["bazel-out/k8-fastbuild/bin/a.txt"]), parse(&["//:a"]));
    let error = parse(&["//:x", "//:a"]).unwrap_err().to_string();
    assert!(error.contains("'//:x'") && error.contains("did you mean //:"), "{error}");
}

#[test]
fn top_level_outputs_of_a_label_are_those_that_none_of_its_actions_reads() {
    let mut builder = GraphBuilder::default();
    let source = builder.artifact("x.cc", ArtifactKind::Source);
    let [object, dotd, archive] =
        ["x.o", "x.d", "x.a"].map(|path| builder.artifact(path, ArtifactKind::Derived));
    builder.set_in_memory(dotd);
    for (inputs, outputs) in [(vec![source], vec![object, dotd]), (vec![object], vec![archive])] {
        builder.action(ActionSpec {
            label: "//:x".to_owned(),
            mnemonic: "Cpp".to_owned(),
            kind: ActionKind::Spawn,
            inputs,
            outputs,
            digests: Default::default(),
            duration_ms: None,
        });
    }
    let (graph, _) = builder.finish();
    let parse = |name: &str| Targets::parse(&graph, &[name.to_owned()]);
    assert_eq!(parse("//:x"), Ok(Targets::Artifacts(vec![archive])));
    assert!(matches!(parse("x.cc"), Err(TargetError::Source { .. })));
}

/// One action without label, key or digests, as aquery alone tells it.
fn unlabelled() -> (Graph, Cache) {
    let mut builder = GraphBuilder::default();
    let output = builder.artifact("out/x.o", ArtifactKind::Derived);
    builder.action(ActionSpec {
        label: String::new(),
        mnemonic: "CppCompile".to_owned(),
        kind: ActionKind::Spawn,
        inputs: vec![],
        outputs: vec![output],
        digests: Default::default(),
        duration_ms: None,
    });
    (builder.finish().0, Cache::default())
}
