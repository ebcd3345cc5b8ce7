//! Generated graphs as files to drop, and how long the page's thread is busy with them.

use std::path::{Path, PathBuf};

use rewindow::import::{Import, pack};
use serde_json::{Value, json};

use crate::build_graph::BuildGraph;
use crate::harness::Page;

/// A packed incident of `n` actions that depend on one another as those of a build do.
pub fn packed(n: usize) -> PathBuf {
    let (graph, cache) = BuildGraph::new(n, 1).into_model();
    let import = Import::of(graph, cache);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("generated-{n}.rewindow"));
    std::fs::write(&path, pack(&import)).unwrap();
    path
}

/// Drops a generated graph of `n` actions on the page and waits until its plan is there.
pub async fn open(page: &Page, n: usize) {
    page.wait_for_text("#spawn-states", "2 cache hit").await;
    page.drop_files("body", &[&packed(n)]).await;
    page.wait_for_text(".inspector", &format!("{n} actions")).await;
    let idle = "return !document.querySelector('.progress, .scenario-bar [role=status]')
        && !document.querySelector('.over-graph')";
    page.wait_until("the plan", idle, vec![]).await;
    crate::incident::press(page, "Escape").await;
}

/// CPU milliseconds that the page's thread has spent so far, by what, as Chromium counts them.
pub async fn spent_ms(page: &Page) -> f64 {
    page.devtools("Performance.enable", json!({ "timeDomain": "threadTicks" })).await;
    let metrics = page.devtools("Performance.getMetrics", json!({})).await;
    let of = |name: &str| {
        let metrics = metrics["metrics"].as_array().unwrap();
        let found = metrics.iter().find(|m| m["name"] == name).unwrap();
        found["value"].as_f64().unwrap()
    };
    of("TaskDuration") * 1000.0
}

/// CPU milliseconds a frame of the page's thread while `script` is run in each of `n` frames; it
/// sees the number of the frame as `i` and their number as `n`.
pub async fn frame_ms(page: &Page, n: u32, script: &str) -> f64 {
    let run = format!(
        "const done = arguments[arguments.length - 1];
        const graph = document.querySelector('#graph');
        const n = {n};
        let i = 0;
        const frame = () => {{
          if (i >= n) return done(true);
          {script};
          i += 1;
          requestAnimationFrame(frame);
        }};
        requestAnimationFrame(frame);"
    );
    let before = spent_ms(page).await;
    let done: Value = page.client.execute_async(&run, vec![]).await.unwrap();
    assert_eq!(done, json!(true));
    (spent_ms(page).await - before) / f64::from(n)
}

/// Drags the graph to and fro, a frame at a time. The button comes up in the last one: another
/// pointer that goes down while this one is would make a pinch of it.
pub const PAN: &str = "const box = graph.getBoundingClientRect();
    const send = (type, x, y) => graph.dispatchEvent(new PointerEvent(type, { bubbles: true,
      pointerId: 1, clientX: box.left + x, clientY: box.top + y, button: 0 }));
    if (i === 0) send('pointerdown', 400, 200);
    send('pointermove', 400 + Math.round(90 * Math.sin(i / 5)), 200 + (i % 40));
    if (i === n - 1) send('pointerup', 400, 200);";

/// Two fingers that go apart and come together again.
pub const PINCH: &str = "const box = graph.getBoundingClientRect();
    const send = (type, pointerId, x) => graph.dispatchEvent(new PointerEvent(type, {
      bubbles: true, pointerId, clientX: box.left + x, clientY: box.top + 200, button: 0 }));
    if (i === 0) { send('pointerdown', 1, 300); send('pointerdown', 2, 500); }
    send('pointermove', 2, 500 + Math.round(60 * Math.sin(i / 5)));
    if (i === n - 1) { send('pointerup', 1, 300); send('pointerup', 2, 500); }";

/// Turns the wheel over the graph, in and out.
pub const ZOOM: &str = "const box = graph.getBoundingClientRect();
    graph.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, ctrlKey: true,
      clientX: box.left + 400, clientY: box.top + 200, deltaY: i % 20 < 10 ? -20 : 20 }));";

/// Megabytes that the page and its worker have in memory, Chromium's own program included. 0 where
/// there is no `/proc`.
pub fn renderer_mb() -> f64 {
    f64::from(renderer().and_then(resident_kb).unwrap_or(0)) / 1000.0
}

/// The largest renderer among the processes of this test: that of the page.
pub fn renderer() -> Option<u32> {
    let folders = std::fs::read_dir("/proc").ok()?;
    let pids = folders.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let renderers = pids.filter(|&pid| is_renderer(pid) && is_ours(pid));
    renderers.max_by_key(|&pid| resident_kb(pid))
}

fn is_renderer(pid: u32) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).contains("--type=renderer")
}

/// Whether this test started it, through its driver and browser.
fn is_ours(pid: u32) -> bool {
    let mut next = Some(pid);
    while let Some(pid) = next.filter(|&pid| pid > 1) {
        if pid == std::process::id() {
            return true;
        }
        next = status(pid, "PPid:");
    }
    false
}

/// Kilobytes that a process has in memory.
pub fn resident_kb(pid: u32) -> Option<u32> {
    status(pid, "VmRSS:")
}

fn status(pid: u32, field: &str) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The share of pixels of two screenshots that differ in a channel by more than a smoothed edge
/// explains.
pub fn share_apart(a: &[u8], b: &[u8]) -> f64 {
    let (a, b) = (pixels(a), pixels(b));
    assert_eq!(a.len(), b.len());
    let much = |(a, b): (&u8, &u8)| a.abs_diff(*b) > 96;
    let n = a.chunks(3).zip(b.chunks(3)).filter(|(a, b)| a.iter().zip(*b).any(much)).count();
    n as f64 * 3.0 / a.len() as f64
}

fn pixels(png: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let n = info.color_type.samples();
    bytes.chunks(n).flat_map(|pixel| pixel[..3].iter().copied()).collect()
}
