//! Real incidents in the page: the gist's, and recorded ones whose exports are dropped on it.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Page, browser_test, project};

#[test]
fn the_gist_fails_under_1_1_and_recovers_under_the_rewinding_engine() {
    browser_test("", async |page| {
        page.wait_for_text("#spawn-states", "3 not reached").await;
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
fn a_blob_is_evicted_and_put_back_by_click_and_by_key() {
    browser_test("", async |page| {
        page.wait_for_text(".evictions", "a.txt").await;
        // Both chips go; then a.txt is looked up, and evicted again by its key.
        page.run("for (const b of document.querySelectorAll('.chip button')) b.click()", vec![])
            .await;
        press(page, "/").await;
        page.wait_until("the search", "return !!document.querySelector('#search-field')", vec![])
            .await;
        type_into(page, "#search-field", "a.txt").await;
        page.wait_for_text(".results", "a.txt").await;
        page.click(".results button").await;
        press(page, "Escape").await;
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
        page.wait_for_text("#spawn-states", "3 not reached").await;
        let wrong = project().join("tests/samples/absl-evict-minimal-11/nginx-access.log");
        page.drop_files("body", &[&wrong]).await;
        page.wait_for_text("[role=alert]", "not read yet").await;
        page.screenshot("wrong-file").await;
        press(page, "Escape").await;
        page.wait_for_text("#spawn-states", "3 not reached").await;
    });
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
            page.wait_for_text("#spawn-states", "3 not reached").await;
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
    let rows = "const list = document.querySelector('.action-table .virtual-list');
        const rows = [...list.querySelectorAll('.row')].map(row =>
          [row.querySelector('.output').textContent, row.querySelector('.state').textContent]);
        const at_end = list.scrollTop + list.clientHeight >= list.scrollHeight - 1;
        list.scrollTop += list.clientHeight;
        return [rows, at_end];";
    let mut found = BTreeSet::new();
    loop {
        let seen = page.run(rows, vec![]).await;
        for row in seen[0].as_array().unwrap() {
            if matches!(row[1].as_str().unwrap(), "Executed" | "Executed again") {
                found.insert(row[0].as_str().unwrap().to_owned());
            }
        }
        if seen[1] == json!(true) {
            return found;
        }
        // The rows that came into sight are drawn in the next frames.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

async fn choose(page: &Page, selector: &str, value: &str) {
    let script = "const field = document.querySelector(arguments[0]);
        field.value = arguments[1];
        field.dispatchEvent(new Event('change', { bubbles: true }));";
    page.run(script, vec![json!(selector), json!(value)]).await;
}

async fn type_into(page: &Page, selector: &str, text: &str) {
    page.find(selector).await;
    let script = "const field = document.querySelector(arguments[0]);
        field.focus();
        field.value = arguments[1];
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));";
    page.run(script, vec![json!(selector), json!(text)]).await;
}

async fn press(page: &Page, key: &str) {
    press_in(page, "body", key).await;
}

async fn press_in(page: &Page, selector: &str, key: &str) {
    let script = "document.querySelector(arguments[0]).dispatchEvent(new KeyboardEvent('keydown',
        { key: arguments[1], bubbles: true, cancelable: true }));";
    page.run(script, vec![json!(selector), json!(key)]).await;
}
