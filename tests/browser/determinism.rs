//! A plan is the same, to the byte, natively and in the page's own worker.

use serde_json::{Value, json};

use crate::harness::{Page, browser_test};
use crate::plans;

/// Starts a worker as the page does, gives it one scenario after the other, and keeps the SHA-256
/// of each trace that comes back.
const PLAY_ALL: &str = "
    const start = document.querySelector('script[src*=\"static/start.js\"]').src;
    const worker = new Worker(start, { type: 'module' });
    const texts = arguments[0];
    window.digests = [];
    window.fault = null;
    const hex = buffer => [...new Uint8Array(buffer)]
        .map(byte => byte.toString(16).padStart(2, '0')).join('');
    const play = job => worker.postMessage([JSON.stringify(
        { Play: { job, incident: 1, text: texts[job], lay_out: false } })]);
    worker.onerror = event => window.fault = event.message;
    let events = [];
    worker.onmessage = async ({ data: [json, buffer] }) => {
        const answer = JSON.parse(json);
        if (answer.Panicked) window.fault = answer.Panicked.text;
        // Each piece begins with the number of all events, and the trace as bytes does once.
        if (answer === 'Events') return events.push(new Uint8Array(buffer, 4));
        if (answer === 'Ready') return play(0);
        if (answer.Planned) {
            const n = events.reduce((n, piece) => n + piece.length / 16, 0);
            const trace = new Blob([new Uint32Array([n]), ...events, buffer]);
            events = [];
            const digest = crypto.subtle.digest('SHA-256', await trace.arrayBuffer());
            window.digests.push(hex(await digest));
            if (window.digests.length < texts.length) play(window.digests.length);
        }
    };";

#[test]
fn the_page_plans_byte_for_byte_what_is_planned_natively() {
    let mut scenarios = plans::scenarios();
    // One that must differ from the golden one which it is made of.
    let (name, text) = scenarios[0].clone();
    let engine = text.lines().find(|line| line.starts_with("engine = ")).unwrap();
    let other = text.replace(engine, "engine = \"buck2-before-1349\"");
    assert_ne!(other, text);
    scenarios.push((format!("{name}, by Buck2"), other));
    browser_test("", async |page| {
        let found = digests(page, &scenarios).await;
        let mut apart = Vec::new();
        for ((name, text), found) in scenarios.iter().zip(&found) {
            let native = plans::digest(name, text);
            if *found != native {
                apart.push(format!("{name}: natively {native}, in the page {found}"));
            }
        }
        assert!(apart.is_empty(), "{} of {}:\n{}", apart.len(), found.len(), apart.join("\n"));
        assert_ne!(found[0], found[found.len() - 1], "another engine, the same digest");
    });
}

async fn digests(page: &Page, scenarios: &[(String, String)]) -> Vec<Value> {
    let texts: Vec<&str> = scenarios.iter().map(|(_, text)| text.as_str()).collect();
    page.run(PLAY_ALL, vec![json!(texts)]).await;
    let is_over = "return !!window.fault || window.digests.length === arguments[0]";
    page.wait_until("all traces", is_over, vec![json!(texts.len())]).await;
    assert_eq!(page.run("return window.fault", vec![]).await, Value::Null);
    let found = page.run("return window.digests", vec![]).await;
    found.as_array().unwrap().clone()
}
