//! How long the page's own thread is held up: Chromium's observer of long tasks, with the time that
//! the thread really ran in each of them; and how much memory it takes meanwhile.
//!
//! A busy machine stretches every task. The kernel's account of the thread tells what a task would
//! take on an idle one, so that is what is held to the limit; both are printed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::generated::{renderer, resident_kb};
use crate::harness::Page;

/// Between two looks at the account.
const EVERY: Duration = Duration::from_millis(3);

/// A task that Chromium calls long, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// When it began, since the page did.
    pub start_ms: f64,
    /// How long it took.
    pub wall_ms: f64,
    /// How long of that the thread ran.
    pub cpu_ms: f64,
}

/// Watches the page's thread until dropped.
pub struct Watch {
    is_over: Arc<AtomicBool>,
    /// Times since 1970 and the thread's time, in milliseconds.
    account: Option<JoinHandle<Vec<(f64, f64)>>>,
}

impl Watch {
    /// Begins to watch.
    pub async fn start(page: &Page) -> Self {
        let observe = "window.longTasks = [];
            window.taskObserver = new PerformanceObserver(list => {
              for (const task of list.getEntries())
                window.longTasks.push([task.startTime, task.duration]);
            });
            window.taskObserver.observe({ type: 'longtask' });";
        page.run(observe, vec![]).await;
        let is_over = Arc::new(AtomicBool::new(false));
        let account = renderer().map(|pid| {
            let is_over = Arc::clone(&is_over);
            let path = PathBuf::from(format!("/proc/{pid}/task/{pid}/schedstat"));
            std::thread::spawn(move || {
                let mut account = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    account.extend(ran_ms(&path).map(|ran| (now_ms(), ran)));
                    std::thread::sleep(EVERY);
                }
                account
            })
        });
        Self { is_over, account }
    }

    /// How long the thread ran between two times since the page began; all of it where nothing
    /// tells.
    pub async fn ran_ms(mut self, page: &Page, from_ms: f64, to_ms: f64) -> f64 {
        let origin = page.run("return performance.timeOrigin", vec![]).await.as_f64().unwrap();
        let account = self.account();
        let [from, to] = [from_ms, to_ms].map(|ms| ran_at(&account, origin + ms));
        to.zip(from).map_or(to_ms - from_ms, |(to, from)| to - from)
    }

    /// What was seen of the thread.
    fn account(&mut self) -> Vec<(f64, f64)> {
        self.is_over.store(true, Ordering::Relaxed);
        self.account.take().map(|account| account.join().unwrap()).unwrap_or_default()
    }

    /// The long tasks since [`start`](Self::start).
    pub async fn end(mut self, page: &Page) -> Vec<Task> {
        let taken = "window.taskObserver.takeRecords()
              .forEach(task => window.longTasks.push([task.startTime, task.duration]));
            window.taskObserver.disconnect();
            return [performance.timeOrigin, window.longTasks]";
        let taken = page.run(taken, vec![]).await;
        let account = self.account();
        let origin_ms = taken[0].as_f64().unwrap();
        let tasks = taken[1].as_array().unwrap().iter().map(|task: &Value| {
            let (start_ms, wall_ms) = (task[0].as_f64().unwrap(), task[1].as_f64().unwrap());
            let ran_until = |ms: f64| ran_at(&account, ms);
            let (from, to) = (origin_ms + start_ms, origin_ms + start_ms + wall_ms);
            // Without an account, all the time counts.
            let ran = ran_until(to).zip(ran_until(from)).map(|(to, from)| to - from);
            Task { start_ms, wall_ms, cpu_ms: ran.map_or(wall_ms, |ran| ran.min(wall_ms)) }
        });
        tasks.collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// Watches how much memory the page and its worker have, until dropped.
pub struct Peak {
    is_over: Arc<AtomicBool>,
    most_kb: Option<JoinHandle<u32>>,
}

impl Peak {
    /// Begins to watch.
    pub fn start() -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let most_kb = renderer().map(|pid| {
            let is_over = Arc::clone(&is_over);
            std::thread::spawn(move || {
                let mut most = 0;
                while !is_over.load(Ordering::Relaxed) {
                    most = most.max(resident_kb(pid).unwrap_or(0));
                    std::thread::sleep(EVERY);
                }
                most
            })
        });
        Self { is_over, most_kb }
    }

    /// The most megabytes since [`start`](Self::start); 0 where nothing tells.
    pub fn end_mb(mut self) -> f64 {
        self.is_over.store(true, Ordering::Relaxed);
        let most = self.most_kb.take().map(|most| most.join().unwrap());
        f64::from(most.unwrap_or(0)) / 1000.0
    }
}

impl Drop for Peak {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// Says which tasks were long; for how many milliseconds the longest ran.
pub fn longest(what: &str, tasks: &[Task]) -> f64 {
    for Task { start_ms, wall_ms, cpu_ms } in tasks {
        println!("{what}: a task of {wall_ms:.0} ms at {start_ms:.0}, of which {cpu_ms:.0} ran");
    }
    let longest = tasks.iter().map(|task| task.cpu_ms).fold(0.0, f64::max);
    println!("{what}: the longest task ran for {longest:.0} ms");
    longest
}

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0
}

/// How long the thread has run.
fn ran_ms(path: &PathBuf) -> Option<f64> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e6)
}

/// How long the thread had run at `ms`; between two looks, as if it ran evenly.
fn ran_at(account: &[(f64, f64)], ms: f64) -> Option<f64> {
    let after = account.partition_point(|look| look.0 < ms);
    let (from, to) = (account.get(after.checked_sub(1)?)?, account.get(after)?);
    Some(from.1 + (to.1 - from.1) * (ms - from.0) / (to.0 - from.0))
}
