//! Every message, letter by letter: as recorded where runs exist, else as the sources have it.

use super::*;
use crate::model::{
    ActionDigests, ActionKind, ActionSpec, ArtifactKind, Digest, DigestFunction, GraphBuilder,
};

const A: &str = "aa11111111111111111111111111111111111111111111111111111111111111";
const B: &str = "bb11111111111111111111111111111111111111111111111111111111111111";

/// `//:c` reads `a.txt` and `p/b.txt` and writes `c.txt`.
fn graph() -> Graph {
    let mut builder = GraphBuilder::default();
    let mut file = |name: &str, hex: &str, size| {
        let digest = Digest::from_hex(hex, Some(DigestFunction::Sha256)).unwrap();
        let path = format!("bazel-out/k8-fastbuild/bin/{name}");
        let artifact = builder.artifact(&path, ArtifactKind::Derived);
        let blob = builder.intern_blob(digest, Some(size));
        builder.set_blob(artifact, blob);
        artifact
    };
    let a = file("a.txt", A, 3);
    let b = file("p/b.txt", B, 44);
    let c = file("c.txt", &"cc".repeat(32), 5);
    for (label, inputs, output) in
        [("//:a", vec![], a), ("//p:b", vec![], b), ("//:c", vec![a, b], c)]
    {
        builder.action(ActionSpec {
            kind: ActionKind::Spawn,
            label: label.to_owned(),
            mnemonic: "Genrule".to_owned(),
            inputs,
            outputs: vec![output],
            digests: ActionDigests::default(),
            duration_ms: None,
        });
    }
    builder.finish().0
}

struct Case {
    graph: Graph,
    engine: Engine,
}

impl Case {
    fn new(engine: &str) -> Self {
        Self { graph: graph(), engine: Engine::find(engine).unwrap() }
    }

    fn set(engine: &str, pair: &str) -> Self {
        let mut case = Self::new(engine);
        case.engine.set_pair(pair).unwrap();
        case
    }

    fn printer(&self) -> Printer<'_> {
        Printer { graph: &self.graph, engine: &self.engine, keep_going: false }
    }

    fn consumer(&self) -> ActionId {
        self.graph.action_ids().find(|&a| self.graph.label(a) == "//:c").unwrap()
    }

    fn lost(&self) -> Vec<(ArtifactId, BlobId)> {
        let inputs = self.graph.inputs(self.consumer()).iter();
        inputs.map(|&a| (a, self.graph.blob(a).unwrap())).collect()
    }

    fn inputs(&self, n: usize) -> String {
        let executor = self.engine.executor;
        self.printer().lost_inputs_message(self.consumer(), executor, &self.lost()[..n])
    }

    fn outputs(&self, n: usize) -> String {
        self.printer().lost_outputs_message(&self.lost()[..n])
    }
}

const C_FAILED: &str = "ERROR: Executing genrule //:c failed";

#[test]
fn bazel_names_lost_inputs_in_the_words_of_its_version() {
    let no_file = |flag: &str| {
        format!(
            "Failed to fetch file with hash '{A}' because it does not exist remotely. {flag} does \
             not work if your remote cache evicts files during builds."
        )
    };
    let old = no_file("--experimental_remote_outputs=minimal");
    let newer = no_file("--remote_download_outputs=minimal");
    let blobs = "Failed to fetch blobs because they do not exist remotely.: ";
    let expected = [
        ("bazel-1.1", format!(" due to unexpected I/O exception: {old}")),
        ("bazel-2.1", format!(" due to unexpected I/O exception: {old}")),
        ("bazel-4.2", format!(": Exec failed due to IOException: {newer}")),
        ("bazel-5", format!(": Exec failed due to IOException: {newer}")),
        ("bazel-6.0", format!(": Exec failed due to IOException: {newer}")),
        ("bazel-6.2", format!(": {blobs}Missing digest: {A}/3")),
        (
            "bazel-7.7",
            format!(": {blobs}Missing digest: {A}/3 for bazel-out/k8-fastbuild/bin/a.txt"),
        ),
        (
            "bazel-8.0",
            format!(": {blobs}Missing digest: {A}/3 for bazel-out/k8-fastbuild/bin/a.txt"),
        ),
        ("bazel-8.7", format!(": lost inputs with digests: {A}/3")),
        ("bazel-9.1", format!(": Lost inputs no longer available remotely: a.txt ({A}/3)")),
    ];
    for (engine, end) in expected {
        assert_eq!(Case::new(engine).inputs(1), C_FAILED.to_owned() + &end, "{engine}");
    }
}

#[test]
fn bazel_names_several_lost_inputs_in_the_words_of_its_version() {
    let blobs = "Failed to fetch blobs because they do not exist remotely.: 2 errors during bulk \
                 transfer:\n";
    let root = "bazel-out/k8-fastbuild/bin";
    let expected = [
        ("bazel-4.2", "Exec failed due to IOException: 2 errors during bulk transfer".to_owned()),
        ("bazel-6.2", format!("{blobs}Missing digest: {A}/3\nMissing digest: {B}/44")),
        (
            "bazel-7.7",
            format!(
                "{blobs}Missing digest: {A}/3 for {root}/a.txt\nMissing digest: {B}/44 for \
                 {root}/p/b.txt"
            ),
        ),
        ("bazel-8.7", format!("lost inputs with digests: {A}/3,{B}/44")),
        (
            "bazel-9.1",
            format!("Lost inputs no longer available remotely: a.txt ({A}/3), p/b.txt ({B}/44)"),
        ),
    ];
    for (engine, end) in expected {
        assert_eq!(Case::new(engine).inputs(2), format!("{C_FAILED}: {end}"), "{engine}");
    }
}

/// A6: without retries the message advises the flag, and has no digests.
#[test]
fn without_retries_the_flag_is_advised() {
    let case = Case::set("bazel-9.1", "retries=0");
    let advice = "(pass --rewind_lost_inputs to enable recovery)";
    assert_eq!(
        case.inputs(2),
        format!("{C_FAILED}: Unexpected lost inputs {advice}: a.txt,p/b.txt")
    );
    assert_eq!(case.outputs(2), format!("ERROR: Unexpected lost outputs {advice}: a.txt,p/b.txt"));
    // 8.x has one text with retries and without (third-party runs of 8.7.0).
    let (with, without) = (Case::new("bazel-8.7"), Case::set("bazel-8.7", "retries=0"));
    assert_eq!(with.inputs(2), without.inputs(2));
}

#[test]
fn lost_outputs_are_named_like_inputs() {
    let late = format!(
        "ERROR: Executing genrule //:a failed: Missing digest: {A}/3 for \
         bazel-out/k8-fastbuild/bin/a.txt"
    );
    // Of several, a late fetch names one (N8).
    assert_eq!(Case::new("bazel-7.7").outputs(2), late);
    assert_eq!(
        Case::new("bazel-9.1").outputs(2),
        format!(
            "ERROR: Lost outputs no longer available remotely: a.txt ({A}/3), p/b.txt ({B}/44)"
        )
    );
}

#[test]
fn the_caps_are_named_with_the_count() {
    let case = Case::new("bazel-9.3");
    let (artifact, blob) = case.lost()[1];
    assert_eq!(
        case.printer().lost_too_often_message(case.consumer(), artifact, blob, 21),
        format!(
            "{C_FAILED}: lost input too many times (#21) for the same action. lostInput: \
             File:[[<execution_root>]bazel-out/k8-fastbuild/bin]p/b.txt, lostInput digest: {B}/44, \
             failedAction: action 'Executing genrule //:c' (…)"
        )
    );
    assert_eq!(
        case.printer().output_lost_too_often_message(artifact, blob, 20),
        format!(
            "ERROR: Lost output p/b.txt (digest {B}/44), and rewinding was ineffective after 20 \
             attempts."
        )
    );
}

/// K1: both texts tell to restart the daemon; with #1349 only that of the materializer is left.
#[test]
fn buck2_tells_uploads_from_materialization() {
    let before = Case::new("buck2-before-1349");
    let (upload, local) = (before.inputs(2), before.outputs(1));
    assert!(upload.starts_with("Your build requires an artifact that has expired in the RE CAS"));
    assert!(upload.ends_with(&format!("using `buck2 killall`. Debug information: {A}:3")));
    assert!(local.starts_with("Your build requires materializing an artifact that has expired"));
    assert!(
        local.contains("you should restart Buck using `buck2 killall`.\n\nDebug information:\n")
    );
    assert!(local.contains("\n  Path: bazel-out/k8-fastbuild/bin/a.txt\n"));
    let with = Case::new("buck2-1349");
    let one = format!("artifact `{A}:3` but it is missing from remote CAS");
    assert_eq!(with.inputs(1), format!("Action execution requires {one}"));
    assert_eq!(
        with.inputs(2),
        "Action execution requires 2 artifacts that are missing from remote CAS"
    );
    assert_eq!(with.outputs(1), local);
    let here = with.printer().lost_inputs_message(with.consumer(), Executor::Local, &with.lost());
    assert_eq!(here, local);
}

#[test]
fn errors_that_name_no_blob_name_none() {
    for engine in crate::rewind::engines() {
        let case = Case::new(engine.id);
        let here = case.printer().io_error_message(case.consumer(), &case.lost());
        let there = case.printer().worker_error_message(case.consumer());
        for text in [here, there] {
            assert!(!text.contains(A) && !text.is_empty(), "{text}");
        }
        assert!(!case.printer().output_io_error_message(case.lost()[0].0).contains(A));
    }
    let case = Case::new("bazel-9.3");
    assert_eq!(
        case.printer().io_error_message(case.consumer(), &[]),
        format!("{C_FAILED}: Exec failed due to IOException: 500 Internal Server Error")
    );
    assert_eq!(
        case.printer().worker_error_message(case.consumer()),
        format!(
            "{C_FAILED}: (Exit 34): Remote Execution Failure:\nFailed Precondition: missing input"
        )
    );
    let engine = Engine { rewinds_shared_trees: false, ..*case.printer().engine };
    let astray = Printer { engine: &engine, ..case.printer() };
    let text = astray.io_error_message(case.consumer(), &case.lost()[..1]);
    assert!(text.contains("Exec failed due to IOException: Missing digest: ") && text.contains(A));
    let (artifact, _) = case.lost()[0];
    let no_end = case.printer().no_end_message(Some(case.consumer()), artifact);
    assert!(no_end.contains("//:c") && no_end.contains("a.txt"), "{no_end}");
}
