//! The site itself: it loads anywhere, says when it fails, and works offline.

use serde_json::json;

use crate::harness::{Page, browser_test, dist, is_skipped};

#[test]
fn the_page_opens_without_a_complaint() {
    browser_test("", async |page| {
        app_is_there(page).await;
        assert_eq!(page.client.title().await.unwrap(), "Rewindow");
        page.screenshot("open-light").await;
        page.set_preferences(true, false).await;
        page.screenshot("open-dark").await;
        page.set_size(400, 800).await;
        page.screenshot("open-dark-narrow").await;
        // Every byte came from the site.
        let urls = page.run(LOADED, vec![]).await;
        let urls = urls.as_array().unwrap();
        assert!(urls.len() >= 4, "{urls:?}");
        let home = page.host.url();
        assert!(urls.iter().all(|url| url.as_str().unwrap().starts_with(&home)), "{urls:?}");
    });
}

#[test]
fn the_page_works_under_a_sub_path() {
    browser_test("some/deep/path/", async |page| app_is_there(page).await);
}

#[test]
fn the_page_works_offline_after_the_first_visit() {
    browser_test("offline/", async |page| {
        app_is_there(page).await;
        let is_stored = "return navigator.serviceWorker.getRegistration()
            .then(found => !!found?.active && !!navigator.serviceWorker.controller)";
        page.wait_until("an active service worker", is_stored, vec![]).await;
        page.host.go_down();
        page.go("").await;
        app_is_there(page).await;
        // Its worker is there as well, and speaks first.
        assert_eq!(page.run(START_WORKER, vec![]).await, json!("it speaks"));
        // The host is down: the browser says so of what it asks beside the stored site.
        page.take_console().await;
    });
}

#[test]
fn a_panic_shows_a_report_to_copy() {
    browser_test("", async |page| {
        app_is_there(page).await;
        let panic = "window.dispatchEvent(new CustomEvent('rewindow-panic',
            { detail: 'panicked at src/app/mod.rs:1:2:\\na test of the panic page' }))";
        page.run(panic, vec![]).await;
        page.wait_for_text("#panic", "Rewindow stopped").await;
        let report = page.run("return document.getElementById('panic-report').value", vec![]).await;
        let report = report.as_str().unwrap();
        assert!(report.contains("src/app/mod.rs:1:2") && report.contains("app-"), "{report}");
        page.screenshot("panic").await;
        page.click("#panic-copy").await;
        page.wait_until(
            "a word on copying",
            "return document.getElementById('panic-copied')
            .textContent !== ''",
            vec![],
        )
        .await;
    });
}

#[test]
fn a_fault_of_the_wasm_shows_a_report() {
    browser_test("", async |page| {
        app_is_there(page).await;
        // The smallest module whose start function traps: `unreachable`.
        let trap =
            "setTimeout(() => new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(
            [0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,8,1,0,10,5,1,3,0,0,11]))))";
        page.run(trap, vec![]).await;
        page.wait_for_text("#panic", "Rewindow stopped").await;
        let console = page.take_console().await;
        assert_eq!(console.len(), 1, "{console:?}");
    });
}

#[test]
fn a_page_whose_wasm_does_not_load_says_so() {
    browser_test("", async |page| {
        app_is_there(page).await;
        // A fresh page, on which the wasm cannot be had any more.
        page.devtools("Network.enable", json!({})).await;
        page.devtools("Network.setBypassServiceWorker", json!({ "bypass": true })).await;
        page.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
        page.devtools("Network.setBlockedURLs", json!({ "urls": ["*.wasm"] })).await;
        page.go("?again").await;
        page.wait_for_text("#boot-status", "could not start").await;
        page.screenshot("start-failed").await;
        // The browser may say what it could not load.
        page.take_console().await;
    });
}

#[test]
fn the_policy_forbids_every_other_host_and_inline_script() {
    browser_test("", async |page| {
        app_is_there(page).await;
        let leak = "return fetch('http://127.0.0.2:9/').then(() => 'sent', () => 'refused')";
        assert_eq!(page.run(leak, vec![]).await, json!("refused"));
        let console = page.take_console().await;
        assert!(console.iter().any(|line| line.contains("Security Policy")), "{console:?}");
        let inline = "const script = document.createElement('script');
            script.textContent = 'window.ran = true'; document.head.append(script);
            return window.ran === undefined";
        assert_eq!(page.run(inline, vec![]).await, json!(true));
        assert!(!page.take_console().await.is_empty(), "a breach is seen by the harness");
    });
}

#[test]
fn every_file_has_compressed_twins_that_are_smaller() {
    if is_skipped() {
        return;
    }
    let page = std::fs::read_to_string(dist().join("index.html")).unwrap();
    let folder = page.split("\"./").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
    for name in ["rewindow-app.js", "rewindow-app_bg.wasm", "static/boot.css"] {
        let file = dist().join(folder).join(name);
        let size = std::fs::metadata(&file).unwrap().len();
        for ending in ["br", "gz"] {
            let twin = format!("{}.{ending}", file.display());
            let twin_size =
                std::fs::metadata(&twin).unwrap_or_else(|e| panic!("{twin}: {e}")).len();
            assert!(twin_size > 0 && twin_size < size, "{twin}: {twin_size} of {size} bytes");
        }
    }
}

/// Starts a worker as the app does, and tells whether it comes to life.
const START_WORKER: &str = "
    const glue = document.querySelector('link[rel=modulepreload]').href;
    const start = new URL('static/start.js?glue=' + encodeURIComponent(glue), glue);
    return new Promise(done => {
      const worker = new Worker(start, { type: 'module' });
      worker.onmessage = () => done('it speaks');
      worker.onerror = event => done('it fails: ' + event.message);
      setTimeout(() => done('it is silent'), 20000);
    })";

/// Addresses of all that the page has loaded, itself included.
const LOADED: &str = "return ['navigation', 'resource']
    .flatMap(kind => performance.getEntriesByType(kind)).map(entry => entry.name)";

/// Waits until the app has taken the page over, and the words that stand in for it are gone.
async fn app_is_there(page: &Page) {
    let script = "return !document.getElementById('boot')
        && document.getElementById('app').innerText.trim() !== ''";
    page.wait_until("the app", script, vec![]).await;
}
