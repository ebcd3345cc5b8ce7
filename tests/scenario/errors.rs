//! A file that cannot be used is refused with place, finding, expectation and remedy.

use rewindow::scenario::{ACTIONS_MAX, ScenarioText, TEXT_BYTES_MAX};

use super::{parse, play, whole};

/// The error of a whole file, in full.
fn error(text: &str) -> String {
    match play(text) {
        Ok(_) => panic!("nothing is wrong with\n{text}"),
        Err(error) => error.to_string(),
    }
}

/// That the error of `part`, put into a file, stands where `at` begins and says all of `words`.
fn refused(part: &str, at: &str, words: &[&str]) {
    let text = whole(part);
    let found = error(&text);
    let offset = text.find(at).unwrap_or_else(|| panic!("{at} is not in {text}"));
    let line = text[..offset].matches('\n').count() + 1;
    let column = text[..offset].chars().rev().take_while(|&c| c != '\n').count() + 1;
    let place = format!("test.toml:{line}:{column}: ");
    assert!(found.starts_with(&place), "expected {place}, found {found}");
    for word in words {
        assert!(found.contains(word), "{word} is not in: {found}");
    }
}

#[test]
fn a_newer_version_is_told_before_all_else() {
    let text = "rewindow = 2\nengin = 1\nnew = [[]]\n";
    let found = error(text);
    assert!(found.starts_with("test.toml:1:12: "), "{found}");
    for word in ["version 2", "version 1", "Update Rewindow"] {
        assert!(found.contains(word), "{found}");
    }
    assert!(error("engine = \"bazel-9.3\"").contains("does not say its version"));
    assert!(error("rewindow = 0").contains("expected the version of the format"));
    assert!(error("rewindow = \"1\"").contains("the text \"1\""));
}

#[test]
fn unknown_keys_are_told_with_near_ones() {
    refused("engin = \"x\"", "engin = \"x", &["'engin'", "did you mean engine"]);
    let near = "did you mean download";
    refused("[[build]]\ndowload = \"all\"", "dowload", &["of build", "'dowload'", near]);
    refused("[expect]\n\"écecuted\" = []", "\"écecuted", &["did you mean executed"]);
    refused("[[expect.build]]\nhold = 1", "hold", &["unknown key of build"]);
    refused("[[fault]]\nevict = []\nwhen = { afer = \"x\" }", "afer", &["after"]);
    refused(
        "[execution]\ndefault = \"local\"\n[artifacts]\n\"a.txt\" = { size = 1 }",
        "size =",
        &["unknown key of a.txt", "content"],
    );
}

#[test]
fn values_of_another_type_are_told() {
    refused("seed = -1", "-1", &["seed is the number -1", "whole number"]);
    refused("seed = 1.5", "1.5", &["the number 1.5"]);
    refused("title = 33", "33", &["title is the number 33: expected a text"]);
    refused("[[build]]\njobs = \"4\"", "\"4\"", &["the text \"4\"", "whole number"]);
    refused("[[build]]\nclean = 12", "12", &["clean is the number 12", "true or false"]);
    refused("[cache]\nac = 7", "7", &["\"all\", \"none\" or a list"]);
    refused("[cache]\npolicy = \"verifyed\"", "\"verifyed", &["did you mean verified"]);
    refused("rules = \"A1\"", "\"A1", &["a list"]);
    refused("actions = [\"//:a a.txt\"]", "\"//:a", &["LABEL: INPUTS -> OUTPUTS"]);
    refused("actions = [3]", "3]", &["LABEL: INPUTS -> OUTPUTS"]);
    refused("[[fault]]\neverything = \"all\"", "\"all", &["both"]);
}

#[test]
fn names_that_name_nothing_are_told_with_near_ones() {
    refused("engine = \"bazel-9.33\"", "\"bazel-9.33", &["did you mean", "bazel-9.3"]);
    refused("set = { retry = 5 }", "retry", &["retry", "did you mean", "retries"]);
    refused("set = { retries = \"many\" }", "retries", &["many", "expected"]);
    refused("[[build]]\ntargets = [\"//:d\"]", "\"//:d", &["'//:d'", "did you mean"]);
    refused("[[build]]\nevict = [\"z.txt\"]", "\"z.txt", &["z.txt"]);
    refused("[[build]]\nedit = [\"srk.txt\"]", "\"srk.txt", &["did you mean src.txt"]);
    refused("[[build]]\nedit = [\"a.txt\"]", "\"a.txt\"]", &["expected a source"]);
    refused("[[build]]\norder = [\"//:e\"]", "\"//:e", &["'//:e'"]);
    refused("[artifacts]\n\"b.tx\" = { content = \"x\" }", "\"b.tx", &["did you mean b.txt"]);
    refused(
        "[[fault]]\nevict = []\nwhen = { before_build = 2 }",
        "[[fault",
        &["the scenario has 1"],
    );
    refused("[[build]]\nrevision = 1", "[[build", &["no revision 1"]);
    refused("[cache]\nac = [\"a.txt\"]", "\"a.txt\"]", &["is a blob", "other half"]);
}

#[test]
fn expectations_that_name_nothing_are_told() {
    let wrong = [
        ("executed = [\"//:z\"]", "no action has the label or output"),
        ("lost = [\"//:c: z.txt\"]", "no artifact has the path"),
        ("requests = { get_acc = 1 }", "did you mean get_ac"),
        ("cached = [\"cas:123456789\"]", "123456789"),
    ];
    for (line, word) in wrong {
        let text = parse(&whole(&format!("[expect]\n{line}"))).unwrap();
        let play = text.compile("test.toml", None).unwrap();
        let trace = rewindow::rewind::plan(&play.graph, &play.cache, &play.scenario);
        let error = text.check("test.toml", &play, &trace).unwrap_err().to_string();
        assert!(error.contains(word) && error.starts_with("test.toml:9:"), "{error}");
    }
}

#[test]
fn graphs_that_are_none_are_told() {
    let two = "actions = [\n\"//:a: -> x\",\n\"//:b: -> x\",\n]";
    refused(two, "\"//:b", &["'x' is an output of '//:a' already", "one producer"]);
    let circle = "actions = [\n\"//:a: y -> x\",\n\"//:b: x -> y\",\n]";
    assert!(error(&whole(circle)).contains("Break the circle"));
    let links = "actions = [\n{ label = \"l\", kind = \"symlink\", inputs = [\"m\"], outputs = \
                 [\"l\"] },\n{ label = \"m\", kind = \"symlink\", inputs = [\"l\"], outputs = \
                 [\"m\"] },\n]";
    assert!(error(&whole(links)).contains("Break the circle"));
    let none = "rewindow = 1\nengine = \"bazel-9.3\"\n";
    assert!(error(none).contains("the file has no graph"));
    let both = "files = [\"x\"]\n";
    refused(both, "\"x\"", &["both files and actions"]);
    let tree = "[artifacts]\n\"src.txt\" = { files = [\"x\"] }";
    refused(tree, "\"src.txt\" =", &["no action writes the tree"]);
    let nested = "[artifacts]\n\"a.txt\" = { files = [\"b.txt\"] }\n\"b.txt\" = { files = [] }";
    refused(nested, "\"b.txt\" =", &["a tree in the tree"]);
    let sizes = "[artifacts]\n\"a.txt\" = { content = { name = \"n\", size_bytes = 1 } }\n\
                 \"b.txt\" = { content = { name = \"n\", size_bytes = 2 } }";
    assert!(error(&whole(sizes)).contains("1 bytes elsewhere"));
}

#[test]
fn what_is_no_toml_is_told_with_its_place() {
    refused("title = \"open\nseed = 1", "\nseed", &["no TOML"]);
    refused("seed = 1\nseed = 2", "seed = 2", &["no TOML", "duplicate"]);
    let text = ScenarioText::parse("x", b"rewindow = 1\n\xff").unwrap_err().to_string();
    assert!(text.contains("no text at byte 13"), "{text}");
}

#[test]
fn files_that_are_too_large_are_refused_before_they_are_read() {
    let large = vec![b'#'; TEXT_BYTES_MAX + 1];
    let found = ScenarioText::parse("x", &large).unwrap_err().to_string();
    assert!(found.contains("at most") && found.contains("exports"), "{found}");
    let lines: String = (0..=ACTIONS_MAX).map(|i| format!("\"{i}: -> {i}\",\n")).collect();
    assert!(error(&whole(&format!("actions = [\n{lines}]"))).contains("100001 actions"));
}

/// Each would take a naive reader down, or for ever.
#[test]
fn hostile_files_are_refused_or_read_in_time() {
    let n = TEXT_BYTES_MAX / 2 - 1000;
    let deep = [
        format!("x = {}", "[".repeat(n)),
        format!("x = {}", "{a=".repeat(n / 2)),
        format!("{} = 1", ["a"; 400_000].join(".")),
        format!("[{}]", ["a"; 400_000].join(".")),
        format!("[[{}]]", ["\"a\""; 400_000].join(".")),
        format!("x = {{ {} = 1 }}", ["a"; 400_000].join(".")),
        format!("x = [\n{{ {} = 1 }} ]", ["'a'"; 400_000].join(" . ")),
    ];
    for text in deep {
        let started = std::time::Instant::now();
        assert!(play(&whole(&text)).is_err());
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
    // A chain of symlinks, patterns over a large graph, one long line.
    let links: String = (0..30_000)
        .rev()
        .map(|i| {
            let (from, to) = (format!("s{i}"), format!("s{}", i + 1));
            format!("{{label='l{i}',kind='symlink',inputs=['{from}'],outputs=['{to}']}},")
        })
        .collect();
    let started = std::time::Instant::now();
    play(&whole(&format!("actions = [{links}]"))).unwrap();
    let patterns = "\"s*\",".repeat(100_000);
    let found = error(&whole(&format!("actions = [{links}]\n[[build]]\nevict = [{patterns}]")));
    assert!(found.contains("too many patterns"), "{found}");
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
