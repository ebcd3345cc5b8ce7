//! Graphs of up to a million actions: that the page is never held up, how much memory it takes, how
//! soon a search finds, and that long lists reach their end.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::generated::{open, renderer_mb};
use crate::graph::{arranged, check_frames, overview};
use crate::harness::{Page, browser_test};
use crate::incident::{choose, planned, press, type_into};
use crate::tasks::{Peak, Watch, longest};

/// What a task of the page's thread may take.
const TASK_MS: f64 = 50.0;
/// How often a graph is opened before a task counts as long: what the page itself does too long it
/// does each time, while other programs make one or another longer.
const TRIES: usize = 3;

#[test]
fn no_task_is_long_while_a_graph_of_up_to_a_hundred_thousand_actions_opens() {
    for n in [1_200, 10_000, 100_000] {
        let mut least = f64::MAX;
        for _ in 0..TRIES {
            browser_test("", async |page| {
                let (mb, opening) = open_watched(page, n).await;
                assert!(mb <= 450.0, "{n} actions: {mb:.0} MB");
                let switching = switch_watched(page, n).await;
                let listing = list_watched(page, n).await;
                least = least.min(opening.max(switching).max(listing));
            });
            if least <= TASK_MS {
                break;
            }
        }
        assert!(least <= TASK_MS, "{n} actions: a task ran for {least:.0} ms each time");
    }
}

// Its limits are close to what this takes: a busy machine, or another one, exceeds them.
#[test]
#[ignore = "holds a whole machine to its limits; run it alone, with `-- --ignored`"]
fn a_million_actions_open_in_short_tasks_take_bounded_memory_and_are_searched_at_once() {
    const N: usize = 1_000_000;
    browser_test("", async |page| {
        // What reading takes is gone before the page takes what was read.
        let (mb, opening) = open_watched(page, N).await;
        assert!(mb <= 1_000.0, "{mb:.0} MB");
        println!("{N} actions, planned and laid out: {:.0} MB", renderer_mb());
        let switching = switch_watched(page, N).await;
        let listing = list_watched(page, N).await;
        let long = opening.max(switching).max(listing);
        assert!(long <= TASK_MS, "a task ran for {long:.0} ms");
        the_story_reaches_its_end(page).await;
        overview(page).await;
        page.screenshot("graph-1000000").await;
        finds_at_once(page, ["o999999", "o500000", "p77"]).await;
        // The worker gives its memory back when nothing is asked of it.
        tokio::time::sleep(Duration::from_secs(8)).await;
        let mb = renderer_mb();
        println!("{N} actions, at rest: {mb:.0} MB");
        assert!(mb <= 700.0, "{mb:.0} MB");
        // And another takes its place when something is.
        page.run("document.querySelectorAll('.looks .look')[1].click()", vec![]).await;
        arranged(page).await;
        page.wait_for_text(".graph-bar .count", "in").await;
        overview(page).await;
        check_frames(page, "1 000 000 actions", 16.0).await;
    });
}

/// The megabytes that it takes at most meanwhile, and the milliseconds of the longest task.
async fn open_watched(page: &Page, n: usize) -> (f64, f64) {
    page.wait_for_text("#spawn-states", "2 cache hit").await;
    let (watch, peak) = (Watch::start(page).await, Peak::start());
    open(page, n).await;
    page.wait_until("the checkpoints", "return !document.querySelector('.over-graph')", vec![])
        .await;
    arranged(page).await;
    let mb = peak.end_mb();
    println!("{n} actions, while they open: at most {mb:.0} MB");
    (mb, longest(&format!("opening {n} actions"), &watch.end(page).await))
}

/// From view to view and to steps far away; the milliseconds of the longest task.
async fn switch_watched(page: &Page, n: usize) -> f64 {
    let watch = Watch::start(page).await;
    for look in ["Overview", "Groups"] {
        let click = "[...document.querySelectorAll('.looks .look')]
            .find(look => look.innerText.trim() === arguments[0]).click()";
        page.run(click, vec![json!(look)]).await;
        arranged(page).await;
    }
    let views = longest(&format!("views of {n} actions"), &watch.end(page).await);
    let watch = Watch::start(page).await;
    for step in ["End", "Home", "End"] {
        press(page, step).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    views.max(longest(&format!("steps of {n} actions"), &watch.end(page).await))
}

/// The table by each of its columns, and the filter; the milliseconds of the longest task.
async fn list_watched(page: &Page, n: usize) -> f64 {
    let watch = Watch::start(page).await;
    press(page, "t").await;
    page.wait_for_text(".table-tools", "lines").await;
    for column in ["First output", "Inputs", "State", "Mnemonic", "Action"] {
        let click = "[...document.querySelectorAll('.table-head button')]
            .find(head => head.innerText === arguments[0]).click()";
        page.run(click, vec![json!(column)]).await;
        let asked = "return [...document.querySelectorAll('[aria-sort=ascending]')]
            .some(head => head.innerText === arguments[0])";
        page.wait_until("the column", asked, vec![json!(column)]).await;
        page.wait_for_text(".table-tools", "lines").await;
    }
    press(page, "Escape").await;
    let table = longest(&format!("a table of {n} actions"), &watch.end(page).await);
    let watch = Watch::start(page).await;
    page.click("#filter-toggle").await;
    for (field, text) in [("#filter-text", "o12"), ("#filter-pattern", "//net/...")] {
        type_into(page, field, text).await;
        page.wait_for_text(".graph-bar .count", " of ").await;
    }
    press(page, "t").await;
    page.wait_for_text(".table-tools", "lines").await;
    press(page, "Escape").await;
    for field in ["#filter-pattern", "#filter-text"] {
        type_into(page, field, "").await;
    }
    let whole = "return !document.querySelector('.graph-bar .count').innerText.includes(' of ')";
    page.wait_until("the filter to go", whole, vec![]).await;
    page.click("#filter-toggle").await;
    table.max(longest(&format!("a filter of {n} actions"), &watch.end(page).await))
}

/// The last line of a story of two million steps is seen when the list is scrolled to its end, and
/// the first when it is scrolled back.
async fn the_story_reaches_its_end(page: &Page) {
    let scroll = "const list = document.querySelector('.tab-panel .virtual-list');
        list.scrollTop = arguments[0] ? list.scrollHeight : 0;";
    let seen = "const list = document.querySelector('.tab-panel .virtual-list');
        const box = list.getBoundingClientRect();
        return [...list.querySelectorAll('.row')].some(row => {
          const at = row.getBoundingClientRect();
          return row.innerText.includes(arguments[0])
            && at.top >= box.top - 1 && at.bottom <= box.bottom + 1;
        })";
    page.run(scroll, vec![json!(true)]).await;
    page.wait_until("the last line", seen, vec![json!("The build succeeds.")]).await;
    page.screenshot("story-end-1000000").await;
    page.run(scroll, vec![json!(false)]).await;
    page.wait_until("the first line", seen, vec![json!("starts to build everything")]).await;
}

/// First hits within 50 ms of the key: of the thread's own time, as for tasks, and the least of
/// three tries.
async fn finds_at_once(page: &Page, wanted: [&str; 3]) {
    press(page, "/").await;
    page.find("#search-field").await;
    let script = "const [wanted, done] = arguments;
        const field = document.querySelector('#search-field');
        const type = text => {
          field.value = text;
          field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        };
        type('');
        setTimeout(() => {
          const start = performance.now();
          const seen = new MutationObserver(() => {
            const found = document.querySelector('.results .found');
            if (found && found.innerText.includes(wanted)) {
              seen.disconnect();
              done([start, performance.now()]);
            }
          });
          seen.observe(document.body, { childList: true, subtree: true, characterData: true });
          type(wanted);
        }, 300);";
    for wanted in wanted {
        let mut least_ms = f64::INFINITY;
        for _ in 0..3 {
            let watch = Watch::start(page).await;
            let at: Value = page.client.execute_async(script, vec![json!(wanted)]).await.unwrap();
            let [from, to] = [0, 1].map(|i| at[i].as_f64().unwrap());
            let ran = watch.ran_ms(page, from, to).await;
            println!("search for {wanted}: {:.0} ms, of which {ran:.0} ran", to - from);
            least_ms = least_ms.min(ran);
        }
        assert!(least_ms <= 50.0, "{wanted}: {least_ms:.0} ms");
    }
    press(page, "Escape").await;
}

#[test]
fn a_file_too_large_to_be_held_says_so_and_what_is_loaded_stays() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("too-large.bin");
    // Sparse: it has that length and takes no room.
    std::fs::File::create(&path).unwrap().set_len(1_200 << 20).unwrap();
    browser_test("", async |page| {
        page.wait_for_text("#spawn-states", "2 cache hit").await;
        page.drop_files("body", &[&path]).await;
        page.wait_for_text(".sheet", "The file has more than 1024 MiB").await;
        page.screenshot("too-large").await;
        press(page, "Escape").await;
        page.wait_for_text(".inspector", "3 actions, 4 artifacts").await;
        // The worker that read it still works.
        choose(page, "#engine", "bazel-9.3").await;
        planned(page).await;
    });
    std::fs::remove_file(&path).unwrap();
}
