//! Real incidents in the page: the gist's, and recorded ones whose exports are dropped on it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::Read;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Page, browser_test, project};

#[test]
fn the_gist_fails_under_1_1_and_recovers_under_the_rewinding_engine() {
    browser_test("", async |page| {
        page.wait_for_text("#spawn-states", "2 cache hit").await;
        choose(page, "#engine", "bazel-1.1").await;
        press(page, "End").await;
        page.wait_for_text(".now", "The build fails with exit code 1.").await;
        page.wait_for_text(".outcome", "Failed to fetch file with hash '87428fc5").await;
        page.wait_for_text("#spawn-states", "1 failed").await;
        page.screenshot("gist-fails").await;

        choose(page, "#engine", "bazel-9.3").await;
        press(page, "End").await;
        page.wait_for_text(".now", "The build succeeds.").await;
        page.wait_for_text("#spawn-states", "1 executed again").await;
        page.screenshot("gist-recovers").await;
        page.set_preferences(true, true).await;
        page.screenshot("gist-recovers-dark").await;
        page.set_size(390, 844).await;
        page.screenshot("gist-recovers-narrow").await;
    });
}

#[test]
fn a_blob_is_evicted_by_a_click_in_the_graph_and_put_back_by_a_key() {
    browser_test("", async |page| {
        page.wait_for_text(".evictions", "a.txt").await;
        page.run("[...document.querySelectorAll('.evictions button')].at(-1).click()", vec![])
            .await;
        page.wait_for_text(".evictions", "nothing").await;
        planned(page).await;
        press(page, "End").await;
        page.wait_for_text(".now", "The build succeeds.").await;
        page.wait_for_text("#spawn-states", "3 cache hit").await;

        // The search finds a.txt and centres on it; a shifted click there evicts its blob.
        press(page, "/").await;
        page.find("#search-field").await;
        type_into(page, "#search-field", "a.txt").await;
        page.wait_for_text(".results", "a.txt").await;
        page.click(".results button").await;
        page.wait_for_text(".inspector", "a.txt").await;
        let at = find_mark(page, "a.txt").await;
        shift_click(page, at).await;
        page.wait_for_text(".evictions .chip", "a.txt").await;
        page.screenshot("evicted-by-click").await;
        press(page, "e").await;
        page.wait_for_text(".evictions", "nothing").await;
    });
}

#[test]
fn abseil_dropped_on_the_page_runs_what_really_ran() {
    Recorded {
        name: "abseil",
        exports: &["absl/cold.exec.json.gz", "absl/aquery.pb.gz", "absl/httpcache.find.txt.gz"],
        n_actions: 580,
        incident: "absl-evict-minimal-11",
        engine: "bazel-4.2",
        mode: "minimal",
        keep_going: true,
        ends: "The build fails with exit code 36.",
        n_apart_max: 0,
    }
    .check();
}

#[test]
fn generated_1200_dropped_on_the_page_heals_within_its_race() {
    Recorded {
        name: "gen1200",
        exports: &["gen1200/cold.exec.json.gz", "gen1200/httpcache.tar.xz"],
        n_actions: 1200,
        incident: "gen1200-evict-all-3",
        engine: "bazel-4.2",
        mode: "all",
        keep_going: false,
        ends: "The build succeeds.",
        n_apart_max: 1,
    }
    .check();
}

#[test]
fn generated_1200_on_7_7_dropped_on_the_page_runs_what_really_ran() {
    Recorded {
        name: "gen1200-7.7",
        exports: &["gen1200-bazel7.7.1/cold.exec.compact", "gen1200-bazel7.7.1/httpcache.tar.xz"],
        n_actions: 1200,
        incident: "gen1200-bazel7.7.1-evict-minimal-21",
        engine: "bazel-7.7",
        mode: "minimal",
        keep_going: true,
        ends: "The build fails with exit code 39.",
        n_apart_max: 0,
    }
    .check();
}

#[test]
fn a_wrong_file_is_refused_and_what_was_loaded_stays() {
    browser_test("", async |page| {
        page.wait_for_text("#spawn-states", "2 cache hit").await;
        let wrong = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("status.json");
        let status = r#"{"CurrSize": 3, "UncompressedSize": 3, "MaxSize": 100, "NumFiles": 2}"#;
        std::fs::write(&wrong, status).unwrap();
        page.drop_files("body", &[&wrong]).await;
        page.wait_for_text("[role=alert]", "not read yet").await;
        page.screenshot("wrong-file").await;
        press(page, "Escape").await;
        page.wait_for_text("#spawn-states", "2 cache hit").await;
    });
}

#[test]
fn a_long_import_is_cancelled_and_what_was_loaded_stays() {
    let big = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("two-million-blobs.txt");
    let mut lines = String::new();
    for i in 0..2_000_000u64 {
        let mixed = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        writeln!(lines, "cas/{mixed:016x}{i:016x}{mixed:016x}{i:016x}").unwrap();
    }
    std::fs::write(&big, lines).unwrap();
    browser_test("", async |page| {
        page.wait_for_text("#spawn-states", "2 cache hit").await;
        page.drop_files("body", &[&big]).await;
        page.wait_for_text(".progress", "of 138 MB").await;
        page.screenshot("importing").await;
        page.click(".progress button").await;
        let gone = "return !document.querySelector('.progress')";
        page.wait_until("the end of the import", gone, vec![]).await;
        page.wait_for_text(".inspector", "3 actions, 4 artifacts").await;
        // The next file finds a worker that listens.
        page.drop_files("body", &[&sample("gen1200/cold.exec.json.gz")]).await;
        page.wait_for_text(".inspector", "1200 actions").await;
    });
    std::fs::remove_file(&big).unwrap();
}

/// A recorded incident, and the exports of the build before it.
struct Recorded {
    name: &'static str,
    exports: &'static [&'static str],
    n_actions: usize,
    incident: &'static str,
    engine: &'static str,
    mode: &'static str,
    keep_going: bool,
    ends: &'static str,
    n_apart_max: usize,
}

impl Recorded {
    fn check(&self) {
        browser_test("", async |page| {
            page.wait_for_text("#spawn-states", "2 cache hit").await;
            let files: Vec<PathBuf> = self.exports.iter().map(|name| sample(name)).collect();
            page.drop_files("body", &files.iter().map(PathBuf::as_path).collect::<Vec<_>>()).await;
            page.wait_for_text(".cards", "spawns").await;
            page.wait_for_text(".inspector", &format!("{} actions", self.n_actions)).await;
            page.screenshot(&format!("{}-dropped", self.name)).await;
            press(page, "Escape").await;
            choose(page, "#engine", self.engine).await;
            choose(page, "#download", self.mode).await;
            if self.keep_going {
                page.click(".scenario-bar input[type=checkbox]").await;
            }
            page.click("[aria-label='Evict by name']").await;
            let list = std::fs::read_to_string(sample(&format!("{}/evicted.json", self.incident)));
            type_into(page, "#evict-field", &list.unwrap()).await;
            press_in(page, "#evict-field", "Enter").await;
            page.wait_for_text(".evictions", "more").await;
            planned(page).await;
            press(page, "End").await;
            page.wait_for_text(".now", self.ends).await;
            page.screenshot(&format!("{}-ended", self.name)).await;
            let apart = self.compare(&executed(page).await);
            page.screenshot(&format!("{}-table", self.name)).await;
            assert!(apart.len() <= self.n_apart_max, "{apart:?}");
        });
    }

    /// What the page says was executed and what really ran, where they differ.
    fn compare(&self, shown: &BTreeSet<String>) -> Vec<String> {
        let mut log = String::new();
        let file = std::fs::File::open(sample(&format!("{}/exec.json.gz", self.incident))).unwrap();
        flate2::read::MultiGzDecoder::new(file).read_to_string(&mut log).unwrap();
        let name = |path: &Value| path.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let ran: BTreeSet<String> = serde_json::Deserializer::from_str(&log)
            .into_iter::<Value>()
            .map(Result::unwrap)
            .filter(|spawn| spawn["runner"] != "remote cache hit")
            .map(|spawn| name(&spawn["listedOutputs"][0]))
            .collect();
        assert!(!ran.is_empty(), "the recording ran something");
        ran.symmetric_difference(shown).cloned().collect()
    }
}

fn sample(name: &str) -> PathBuf {
    project().join("tests/samples").join(name)
}

/// First outputs of the commands that the table of actions says were executed.
async fn executed(page: &Page) -> BTreeSet<String> {
    press(page, "t").await;
    page.wait_until("the table", "return !!document.querySelector('.action-table .row')", vec![])
        .await;
    // Rows are drawn in the frames after a scroll: they must be there before they are read.
    let rows = "const list = document.querySelector('.action-table .virtual-list');
        const seen = list.getBoundingClientRect();
        const rows = [...list.querySelectorAll('.row')];
        const is_last = list.lastElementChild.getAttribute('height') === '0';
        const at_end = is_last && list.scrollTop + list.clientHeight >= list.scrollHeight - 1;
        const above = rows[0].getBoundingClientRect().top <= seen.top + 1;
        const below = rows.at(-1).getBoundingClientRect().bottom >= seen.bottom - 1;
        if (!above || !(below || is_last)) return null;
        list.scrollTop += list.clientHeight / 2;
        return [at_end, rows.map(row =>
          [row.querySelector('.output').textContent, row.querySelector('.state').textContent])];";
    let (mut found, mut n_waits) = (BTreeSet::new(), 0);
    loop {
        let seen = page.run(rows, vec![]).await;
        if seen.is_null() {
            n_waits += 1;
            assert!(n_waits < 2000, "the table does not draw its rows");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        }
        for row in seen[1].as_array().unwrap() {
            if matches!(row[1].as_str().unwrap(), "Executed" | "Executed again") {
                found.insert(row[0].as_str().unwrap().to_owned());
            }
        }
        if seen[0] == json!(true) {
            return found;
        }
    }
}

/// Waits until what was chosen is planned.
pub async fn planned(page: &Page) {
    let idle = "return !document.querySelector('.scenario-bar [role=status]')";
    page.wait_until("the plan", idle, vec![]).await;
}

/// Where on the graph a mark lies that the inspector calls `name`: plain clicks try the points.
async fn find_mark(page: &Page, name: &str) -> (f64, f64) {
    let size = "const box = document.querySelector('#graph').getBoundingClientRect();
        return [box.width, box.height]";
    let size = page.run(size, vec![]).await;
    let (width, height) = (size[0].as_f64().unwrap(), size[1].as_f64().unwrap());
    for y in (0..height as u32).step_by(9) {
        for x in (0..width as u32).step_by(9) {
            let at = (f64::from(x), f64::from(y));
            click(page, at, false).await;
            let heading = "const h = document.querySelector('.inspector h2');
                return h ? h.textContent : ''";
            let heading = page.run(heading, vec![]).await;
            if heading.as_str().is_some_and(|text| text.ends_with(name)) {
                return at;
            }
        }
    }
    panic!("no mark of the graph is called {name}");
}

async fn shift_click(page: &Page, at: (f64, f64)) {
    click(page, at, true).await;
}

/// Presses and lifts a mouse button on the graph, `at` CSS pixels from its corner.
async fn click(page: &Page, at: (f64, f64), shift: bool) {
    let script = "const graph = document.querySelector('#graph');
        const box = graph.getBoundingClientRect();
        for (const name of ['pointerdown', 'pointerup'])
          graph.dispatchEvent(new PointerEvent(name, { bubbles: true, pointerId: 1,
            clientX: box.left + arguments[0], clientY: box.top + arguments[1],
            shiftKey: arguments[2] }));";
    page.run(script, vec![json!(at.0), json!(at.1), json!(shift)]).await;
}

pub async fn choose(page: &Page, selector: &str, value: &str) {
    let script = "const field = document.querySelector(arguments[0]);
        field.value = arguments[1];
        field.dispatchEvent(new Event('change', { bubbles: true }));";
    page.run(script, vec![json!(selector), json!(value)]).await;
    planned(page).await;
}

pub async fn type_into(page: &Page, selector: &str, text: &str) {
    page.find(selector).await;
    let script = "const field = document.querySelector(arguments[0]);
        field.focus();
        field.value = arguments[1];
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));";
    page.run(script, vec![json!(selector), json!(text)]).await;
}

pub async fn press(page: &Page, key: &str) {
    press_in(page, "body", key).await;
}

pub async fn press_in(page: &Page, selector: &str, key: &str) {
    let script = "document.querySelector(arguments[0]).dispatchEvent(new KeyboardEvent('keydown',
        { key: arguments[1], bubbles: true, cancelable: true }));";
    page.run(script, vec![json!(selector), json!(key)]).await;
}
