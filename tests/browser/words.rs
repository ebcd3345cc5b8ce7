//! The harness's own words: they do what they say, and a case that should fail does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use serde_json::json;

use crate::harness::{browser_test, is_skipped, project};

#[test]
fn files_arrive_whole_when_chosen_and_when_dropped() {
    browser_test("", async |page| {
        let files: [PathBuf; 2] = ["Cargo.toml", "Cargo.lock"].map(|name| project().join(name));
        let [first, second] = files.each_ref().map(PathBuf::as_path);
        let listen = "window.seen = [];
            const keep = files => Promise.all([...files].map(async file =>
              window.seen.push(file.name + ' ' + (await file.text()).length)));
            const input = document.createElement('input');
            input.type = 'file'; input.multiple = true; input.id = 'input';
            input.addEventListener('change', () => keep(input.files));
            const zone = document.createElement('div'); zone.id = 'zone'; zone.textContent = 'here';
            zone.style.position = 'fixed'; zone.style.top = '0';
            zone.addEventListener('drop', event => keep(event.dataTransfer.files));
            document.body.append(input, zone);";
        page.run(listen, vec![]).await;
        assert_eq!(page.text("#zone").await, "here");

        let lengths = [first, second].map(|file| std::fs::read_to_string(file).unwrap().len());
        let mut expected = vec![format!("Cargo.toml {}", lengths[0])];
        page.choose_files("#input", &[first]).await;
        let seen = "return JSON.stringify(window.seen.toSorted()) === arguments[0]";
        let wanted = vec![json!(json!(expected).to_string())];
        page.wait_until("the chosen file", seen, wanted).await;

        page.run("window.seen = []", vec![]).await;
        page.drop_files("#zone", &[first, second]).await;
        expected.insert(0, format!("Cargo.lock {}", lengths[1]));
        let wanted = vec![json!(json!(expected).to_string())];
        page.wait_until("the dropped files", seen, wanted).await;
    });
}

#[test]
fn preferences_and_size_reach_the_page() {
    browser_test("", async |page| {
        let asked = "return [matchMedia('(prefers-color-scheme: dark)').matches,
            matchMedia('(prefers-reduced-motion: reduce)').matches, innerWidth, innerHeight]";
        assert_eq!(page.run(asked, vec![]).await, json!([false, false, 1280, 800]));
        page.set_preferences(true, true).await;
        page.set_size(400, 700).await;
        assert_eq!(page.run(asked, vec![]).await, json!([true, true, 400, 700]));
    });
}

#[test]
fn a_console_error_fails_its_case() {
    if is_skipped() {
        return;
    }
    let case = || {
        browser_test("", async |page| {
            page.run("console.error('something is wrong')", vec![]).await;
        });
    };
    let failure = catch_unwind(AssertUnwindSafe(case)).expect_err("the case fails");
    let message = failure.downcast_ref::<String>().expect("a message");
    assert!(message.contains("something is wrong"), "{message}");
}
