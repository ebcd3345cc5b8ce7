//! Scenario files in the page: the gallery, links, files that are dropped.

use std::path::PathBuf;

use serde_json::json;

use crate::harness::{Page, browser_test, project};
use crate::incident::{choose, planned, press, press_in, type_into};

#[test]
fn an_entry_of_the_gallery_is_found_opened_played_and_changed() {
    browser_test("", async |page| {
        page.wait_for_text("#spawn-states", "2 cache hit").await;
        press(page, "g").await;
        page.wait_for_text(".gallery", "The stuck loop").await;
        page.screenshot("gallery").await;
        type_into(page, "#gallery-field", "stays stuck").await;
        page.wait_for_text(".gallery [role=status]", "1 of").await;
        press_in(page, "#gallery-field", "Enter").await;
        page.wait_for_text(".about h2", "Bazel 1.1 stays stuck").await;
        page.wait_for_text(".expectations", "expectations hold").await;
        hash_is(page, "#scenario=stuck-loop-bazel-1.1").await;
        page.screenshot("entry").await;
        press(page, "End").await;
        page.wait_for_text(".now", "The build fails with exit code 1.").await;
        page.wait_for_text(".counter", "of").await;

        choose(page, "#engine", "bazel-9.3").await;
        page.wait_for_text(".modified-scenario", "modified").await;
        page.wait_for_text(".expectations", "do not hold").await;
        press(page, "End").await;
        page.wait_for_text(".now", "The build succeeds.").await;
        page.screenshot("entry-modified").await;
        page.click("#reset-scenario").await;
        planned(page).await;
        page.wait_for_text(".expectations", "expectations hold").await;
        page.click(".about a.link").await;
        page.wait_for_text(".about h2", "Bazel 9.3 rewinds instead").await;
    });
}

#[test]
fn a_link_brings_back_scenario_engine_and_step() {
    browser_test("under/a/path/", async |page| {
        page.go("?again#scenario=stuck-loop-bazel-1.1&engine=buck2-1349&step=6").await;
        page.wait_for_text(".about h2", "Bazel 1.1 stays stuck").await;
        page.wait_for_text(".counter", "step 6 of").await;
        page.wait_for_text(".modified-scenario", "modified").await;
        // What the bar changes goes into the address, and a reload brings it back.
        choose(page, "#jobs", "4").await;
        press(page, "ArrowRight").await;
        let is_whole = "return location.hash.includes('toml=') && location.hash.endsWith('step=7')";
        page.wait_until("the scenario in the address", is_whole, vec![]).await;
        page.client.refresh().await.unwrap();
        page.wait_for_text(".counter", "step 7 of").await;
        let jobs = page.run("return document.querySelector('#jobs').value", vec![]).await;
        assert_eq!(jobs, json!("4"));
        // Another link in the same tab.
        page.run("location.hash = '#scenario=stuck-loop-buck2'", vec![]).await;
        page.wait_for_text(".about h2", "Buck2 computes the command again").await;
        page.run("location.hash = '#toml=AAAA'", vec![]).await;
        page.wait_for_text("[role=alert]", "damaged").await;
        page.screenshot("hostile-link").await;
    });
}

#[test]
fn a_scenario_file_is_dropped_and_a_broken_one_is_refused() {
    let text = "rewindow = 1\ntitle = \"Dropped\"\nengine = \"bazel-9.3\"\n\
                actions = [\"//:a: -> a.txt\", \"//:c: a.txt -> c.txt\"]\n\n\
                [cache]\nminus = [\"a.txt\", \"//:c\"]\n\n[[build]]\n\
                targets = [\"//:c\"]\ndownload = \"minimal\"\n\n[expect]\nrewinds = 1\n";
    let good = written("dropped.toml", text);
    let bad = written("broken.toml", &text.replace("minus", "minsu"));
    browser_test("", async |page| {
        page.wait_for_text("#spawn-states", "2 cache hit").await;
        page.drop_files("body", &[&bad]).await;
        page.wait_for_text("[role=alert]", "did you mean minus?").await;
        page.wait_for_text("[role=alert]", "broken.toml, line 7, column 1").await;
        page.screenshot("broken-scenario").await;
        page.drop_files("body", &[&good]).await;
        page.wait_for_text(".about h2", "Dropped").await;
        page.wait_for_text(".expectations", "The expectation holds").await;
        page.wait_until("a link", "return location.hash.startsWith('#toml=')", vec![]).await;
        // What is saved is what is shown.
        let hear = "window.saved = null;
            const create = URL.createObjectURL;
            URL.createObjectURL = blob => { blob.text().then(t => window.saved = t);
              return create.call(URL, blob); };
            document.querySelector('#save-scenario').click();";
        page.run(hear, vec![]).await;
        let is_saved = "return !!window.saved && window.saved.includes('title = \"Dropped\"')";
        page.wait_until("the file", is_saved, vec![]).await;
    });
}

#[test]
fn the_gallery_fits_dark_and_narrow() {
    browser_test("", async |page| {
        page.wait_for_text("#spawn-states", "2 cache hit").await;
        page.set_preferences(true, true).await;
        press(page, "g").await;
        page.wait_for_text(".gallery", "The stuck loop").await;
        page.screenshot("gallery-dark").await;
        page.set_size(390, 844).await;
        page.screenshot("gallery-narrow-dark").await;
        fits(page).await;
        page.set_preferences(false, true).await;
        page.screenshot("gallery-narrow").await;
        page.click(".gallery .entry").await;
        page.wait_for_text(".headline", "about").await;
        planned(page).await;
        page.screenshot("entry-narrow").await;
        fits(page).await;
        page.click(".headline").await;
        page.wait_for_text(".sheet .take-along", "Save as file").await;
        page.screenshot("entry-about-narrow").await;
        press(page, "Escape").await;
        page.set_size(1280, 800).await;
        page.set_preferences(true, true).await;
        page.screenshot("entry-dark").await;
    });
}

/// Nothing of what this file is about reaches beyond the window.
async fn fits(page: &Page) {
    let script = "const parts = '.top-bar *, .gallery *, .headline, .headline *, .about *';
        const wide = [...document.querySelectorAll(parts)].filter(e =>
          e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.tip, pre'));
        return wide.map(e => e.className + ' ' + e.textContent.slice(0, 40)).slice(0, 5)";
    assert_eq!(page.run(script, vec![]).await, json!([]));
    assert_eq!(page.run("return document.body.scrollWidth", vec![]).await, json!(390));
}

async fn hash_is(page: &Page, hash: &str) {
    let script = "return location.hash === arguments[0]";
    page.wait_until(hash, script, vec![json!(hash)]).await;
}

fn written(name: &str, text: &str) -> PathBuf {
    let folder = project().join("target/tmp");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}
