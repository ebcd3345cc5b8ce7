//! A recorded incident with its access log: what happened beside what is planned.

use std::path::PathBuf;

use crate::harness::{browser_test, project};
use crate::incident::{choose, planned, press};

#[test]
fn what_happened_is_played_beside_the_plan_and_marked_where_they_part() {
    let names = [
        "absl/cold.exec.json.gz",
        "absl/aquery.pb.gz",
        "absl/httpcache.find.txt.gz",
        "absl-evict-minimal-11/nginx-access.log",
        "absl-evict-minimal-11/stderr.txt",
        "absl-evict-minimal-11/bep.pb.gz",
    ];
    browser_test("", async |page| {
        page.wait_for_text("#spawn-states", "2 cache hit").await;
        let files = names.map(|name| project().join("tests/samples").join(name));
        page.drop_files("body", &files.iter().map(PathBuf::as_path).collect::<Vec<_>>()).await;
        page.wait_for_text(".inspector", "580 actions").await;
        page.wait_for_text(".losses", "463 requests").await;
        page.screenshot("observed-files").await;
        press(page, "Escape").await;
        page.click(".scenario-bar input[type=checkbox]").await;
        choose(page, "#engine", "bazel-4.2").await;
        planned(page).await;
        page.wait_for_text("p.parting", "The log has each request of the plan").await;

        choose(page, "#engine", "bazel-9.3").await;
        page.wait_for_text("p.parting", "The plan has a second GET of the AC entry of").await;
        page.find(".track-row .mark.parting").await;
        press(page, "d").await;
        page.wait_for_text(".now", "hash.pic.o").await;
        page.screenshot("observed-predicted").await;
        press(page, "v").await;
        page.wait_for_text(".track-row.current .side", "Observed").await;
        press(page, "End").await;
        page.wait_for_text(".now", "The build fails with exit code 36.").await;
        page.wait_for_text("#spawn-states", "20 executed").await;
        page.screenshot("observed-end").await;
        page.click("p.parting button").await;
        page.screenshot("observed-parting").await;
        page.set_preferences(true, true).await;
        page.screenshot("observed-dark").await;
        page.set_size(390, 844).await;
        page.screenshot("observed-narrow").await;
        page.click(".track-row:first-child .side").await;
        page.wait_for_text(".track-row.current .side", "Predicted").await;
        page.screenshot("observed-narrow-predicted").await;
    });
}
