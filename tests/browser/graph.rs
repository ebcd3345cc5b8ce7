//! The picture of the graph: what it costs, and what a person does with it.

use crate::generated::{PAN, ZOOM, frame_ms, open};
use crate::harness::{Page, browser_test};
use crate::incident::press;

#[test]
fn a_frame_of_a_hundred_thousand_actions_is_cheap() {
    check_frames(100_000, 12.0);
}

#[test]
fn a_frame_of_a_million_actions_is_cheap() {
    check_frames(1_000_000, 16.0);
}

/// Panning, zooming and playing in the overview, with the software renderer of a test machine.
fn check_frames(n: usize, most_ms: f64) {
    browser_test("", async |page| {
        open(page, n).await;
        page.screenshot(&format!("graph-{n}")).await;
        let costs = costs(page).await;
        println!("{n} actions: {costs:?} ms a frame");
        for (what, ms) in costs {
            assert!(ms <= most_ms, "{what}: {ms:.1} ms a frame");
        }
    });
}

async fn costs(page: &Page) -> [(&'static str, f64); 4] {
    frame_ms(page, 10, PAN).await;
    let panning = frame_ms(page, 60, PAN).await;
    let zooming = frame_ms(page, 60, ZOOM).await;
    press(page, "f").await;
    press(page, "Home").await;
    frame_ms(page, 10, "").await;
    let idle = frame_ms(page, 30, "").await;
    press(page, " ").await;
    let playing = frame_ms(page, 60, "").await;
    press(page, " ").await;
    [("panning", panning), ("zooming", zooming), ("idle", idle), ("playing", playing)]
}
