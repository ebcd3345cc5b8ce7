//! The picture of the graph: what it costs, and what a person does with it.

use serde_json::json;

use crate::generated::{PAN, PINCH, ZOOM, frame_ms, open};
use crate::harness::{Page, browser_test};
use crate::incident::{planned, press, press_in, type_into};

#[test]
fn a_frame_of_a_hundred_thousand_actions_is_cheap() {
    browser_test("", async |page| {
        open(page, 100_000).await;
        page.screenshot("graph-100000-groups").await;
        overview(page).await;
        check_frames(page, "100 000 actions", 12.0).await;
    });
}

/// How many colours the picture has.
const COLOURS: &str = "const canvas = document.getElementById('ground');
    const { data } = canvas.getContext('2d')
      .getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size";

#[test]
fn a_frame_of_two_thousand_marks_in_focus_is_cheap() {
    browser_test("", async |page| {
        open(page, 10_000).await;
        page.click("[aria-label='Evict by name']").await;
        type_into(page, "#evict-field", "ac:all").await;
        press_in(page, "#evict-field", "Enter").await;
        page.wait_for_text(".evictions", "more").await;
        planned(page).await;
        let focus = "[...document.querySelectorAll('#focus-menu button')]
            .find(button => button.innerText.startsWith('What the plan runs')).click()";
        page.click("#focus-menu summary").await;
        page.run(focus, vec![]).await;
        arranged(page).await;
        let count = "2000 of 10\u{202f}000 actions, 8000 more left out";
        page.wait_for_text(".graph-bar .count", count).await;
        // Once the motion from the view before is over.
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        let n_colours = page.run(COLOURS, vec![]).await;
        assert!(n_colours.as_i64().unwrap() > 8, "the focus is empty: {n_colours} colours");
        page.screenshot("graph-focus-2000").await;
        check_frames(page, "2 000 marks in focus", 16.0).await;
    });
}

#[test]
fn groups_unfold_and_fold_in_place_by_keyboard_and_by_double_click() {
    browser_test("", async |page| {
        open(page, 10_000).await;
        page.set_preferences(false, true).await;
        page.wait_for_text(".graph-bar .count", "10\u{202f}000 actions in").await;
        let before = n_marks(page).await;
        press_in(page, "#graph", "ArrowRight").await;
        // The first mark may be an action: the table's tree picks a group.
        press(page, "t").await;
        page.click("#table-tree").await;
        page.find(".action-table .sign").await;
        let first = page.text(".action-table [aria-level='1'] .link").await;
        page.click(".action-table [aria-level='1'] .link").await;
        page.wait_for_text(".crumbs", &first).await;
        press_in(page, "#graph", "Enter").await;
        arranged(page).await;
        let unfolded = n_marks(page).await;
        press_in(page, "#graph", "Enter").await;
        arranged(page).await;
        assert_ne!(unfolded, n_marks(page).await, "Enter opens, and closes again");
        press_in(page, "#graph", "Backspace").await;
        assert_eq!(unfolded, n_marks(page).await, "Backspace goes back");
        assert!(before > 1);
    });
}

#[test]
fn a_focus_shows_neighbours_paths_and_the_loss_and_leads_back() {
    browser_test("", async |page| {
        open(page, 10_000).await;
        select_by_search(page, "o5000").await;
        press_in(page, "#graph", "i").await;
        arranged(page).await;
        page.wait_for_text(".crumbs", "1 up, 0 down").await;
        press_in(page, "#graph", "i").await;
        arranged(page).await;
        page.wait_for_text(".crumbs", "2 up, 0 down").await;
        page.screenshot("graph-focus").await;
        page.click(".graph-bar .back").await;
        page.wait_for_text(".crumbs", "1 up, 0 down").await;
        page.click(".graph-bar .back").await;
        page.wait_for_text(".graph-bar .count", "in").await;
    });
}

#[test]
fn the_filter_says_how_much_it_shows_and_the_table_lists_the_same() {
    browser_test("", async |page| {
        open(page, 10_000).await;
        page.click("#filter-toggle").await;
        type_into(page, "#filter-text", "o123").await;
        let expected = "11 of 10\u{202f}000";
        page.wait_for_text(".graph-bar .count", expected).await;
        page.screenshot("graph-filtered").await;
        press(page, "t").await;
        page.wait_for_text(".table-tools", "11 lines").await;
    });
}

#[test]
fn both_renderers_paint_the_same_picture() {
    let mut pictures = Vec::new();
    for renderer in ["canvas", "webgl"] {
        browser_test("", async |page| {
            page.go(&format!("?renderer={renderer}")).await;
            page.wait_for_text("#spawn-states", "2 cache hit").await;
            let chosen = "return document.documentElement.dataset.renderer";
            assert_eq!(page.run(chosen, vec![]).await, json!(renderer));
            page.screenshot(&format!("renderer-{renderer}")).await;
            pictures.push(page.client.screenshot().await.unwrap());
        });
    }
    if let [canvas, webgl] = &pictures[..] {
        let apart = crate::generated::share_apart(canvas, webgl);
        assert!(apart < 0.02, "{:.1} % of the pixels differ much", apart * 100.0);
    }
}

/// Shows the overview.
pub async fn overview(page: &Page) {
    page.run("document.querySelector('.looks .look').click()", vec![]).await;
    arranged(page).await;
}

/// Waits until the view asked for is there.
pub async fn arranged(page: &Page) {
    let there = "return document.querySelector('.graph').getAttribute('aria-busy') === 'false'";
    page.wait_until("the view", there, vec![]).await;
}

async fn n_marks(page: &Page) -> usize {
    let text = page.text(".graph-bar .count").await;
    let number = text.split(" in ").nth(1).unwrap_or_else(|| panic!("no marks: {text}"));
    number.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

async fn select_by_search(page: &Page, what: &str) {
    press(page, "/").await;
    type_into(page, "#search-field", what).await;
    page.wait_for_text(".results", what).await;
    press_in(page, "#search-field", "Enter").await;
    page.wait_until("the sheet to close", "return !document.querySelector('.sheet')", vec![]).await;
}

/// Panning, zooming and playing, with the software renderer of a test machine.
pub async fn check_frames(page: &Page, what: &str, most_ms: f64) {
    frame_ms(page, 10, PAN).await;
    let panning = frame_ms(page, 60, PAN).await;
    let zooming = frame_ms(page, 60, ZOOM).await;
    let pinching = frame_ms(page, 60, PINCH).await;
    press(page, "f").await;
    press(page, "Home").await;
    frame_ms(page, 20, "").await;
    press(page, " ").await;
    let playing = frame_ms(page, 60, "").await;
    press(page, " ").await;
    let done =
        [("panning", panning), ("zooming", zooming), ("pinching", pinching), ("playing", playing)];
    println!("{what}, in ms: {done:.1?}");
    for (doing, ms) in done {
        assert!(ms <= most_ms, "{what}, {doing}: {ms:.1} ms a frame");
    }
}
