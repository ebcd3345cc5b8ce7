//! What is timed, and how: each time is the least of several, since a busy machine only adds.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::hint::black_box;
use std::rc::Rc;

use rewindow::app::player::{INDEXED_EVENTS, Timeline};
use rewindow::model::{Cache, Graph};
use rewindow::report::Names;
use rewindow::rewind::{Event, Moment, Seeker, Trace, plan};

use crate::build_graph::BuildGraph;
use crate::reading::{compact_log, decode_bare, longest_deaf_read, read_log};
use crate::synthetic::Layout;
use crate::work::{ENGINES, LONG_TRACE, kahn, long_trace, longest_deafness, scenario};

/// Steps on either side of which single steps are timed.
const N_STEPS: usize = 100_000;

/// Spawns of the largest log that is timed.
const LOGGED_MAX: usize = 100_000;

/// Lines `n \t what \t unit \t value`.
struct Table {
    n_actions: usize,
    lines: String,
    now: fn() -> f64,
}

/// Times everything for a graph and a log of `n_actions`; `now` tells milliseconds.
pub fn of_size(n_actions: usize, now: fn() -> f64) -> String {
    of_log(n_actions, now) + &of_graph(n_actions, now)
}

/// Times what is read from a log, beside bare decoding.
fn of_log(n_actions: usize, now: fn() -> f64) -> String {
    let mut table = Table { n_actions, lines: String::new(), now };
    // A larger one has nothing to show that this one has not.
    if n_actions > LOGGED_MAX {
        return table.lines;
    }
    let log = compact_log(n_actions, Layout::Since74);
    let mut n_bytes = 0;
    let n_times = (200_000 / n_actions).clamp(3, 9);
    let bare = table.least(n_times, || n_bytes = black_box(decode_bare(&log)).0);
    let read = table.least(n_times, || {
        black_box(read_log(&log).graph.n_actions());
    });
    let deaf = (0..3).map(|_| longest_deaf_read(&log, now)).fold(f64::INFINITY, f64::min);
    table.add("log, unpacked", "MB", n_bytes as f64 / 1e6);
    table.add("unpack and decode", "ms", bare);
    table.add("read the log", "ms", read);
    table.add("read the log, cancel", "ms", deaf);
    table.lines
}

/// Times everything for a graph of `n_actions`.
fn of_graph(n_actions: usize, now: fn() -> f64) -> String {
    let mut table = Table { n_actions, lines: String::new(), now };
    let start = now();
    let (graph, cache) = BuildGraph::new(n_actions, 1).into_model();
    table.add("make the graph", "ms", now() - start);
    let cache = Rc::new(cache);
    table.plans(&graph, &cache);
    // A shorter trace has nothing to show that this one has not.
    if n_actions >= LONG_TRACE / 3 {
        for (name, scattered) in [("", false), (", scattered", true)] {
            let trace = long_trace(&graph, &cache, scattered);
            table.seeks(&graph, &cache, &trace, name);
            if !scattered {
                table.arrival(&graph, &cache, &trace);
            }
        }
    }
    table.lines
}

impl Table {
    fn add(&mut self, what: &str, unit: &str, value: f64) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.lines, "{}\t{what}\t{unit}\t{value}", self.n_actions);
    }

    /// The least time of `n_times` runs, in milliseconds.
    fn least(&self, n_times: usize, mut work: impl FnMut()) -> f64 {
        let times = (0..n_times).map(|_| {
            let start = (self.now)();
            work();
            (self.now)() - start
        });
        times.fold(f64::INFINITY, f64::min)
    }

    fn plans(&mut self, graph: &Graph, cache: &Cache) {
        let n_times = (3_000_000 / self.n_actions).clamp(5, 60);
        let kahn = self.least(n_times, || {
            black_box(kahn(graph));
        });
        self.add("kahn", "ms", kahn);
        for engine in ENGINES {
            let scenario = scenario(graph, engine);
            let (mut n_events, mut bytes) = (0, 0);
            let time = self.least(n_times, || {
                let trace = black_box(plan(graph, cache, &scenario));
                n_events = trace.events.len();
                bytes = trace.events.capacity() * size_of::<Event>();
            });
            self.add(&format!("plan {engine}"), "ms", time);
            self.add(&format!("events {engine}"), "", n_events as f64);
            self.add(&format!("bytes an event {engine}"), "B", bytes as f64 / n_events as f64);
            let deaf = (0..3).map(|_| longest_deafness(graph, cache, engine, self.now));
            let deaf = deaf.fold(f64::INFINITY, f64::min);
            self.add(&format!("cancel {engine}"), "ms", deaf);
        }
    }

    /// What a page does with the trace that its worker has planned.
    fn arrival(&mut self, graph: &Graph, cache: &Cache, trace: &Trace) {
        let bytes = trace.to_bytes();
        let read = self.least(3, || {
            black_box(Trace::from_bytes(&bytes).is_ok());
        });
        self.add("read the trace", "ms", read);
        let names = Names::new(graph, cache, &[]);
        let scenario = scenario(graph, ENGINES[0]);
        let copies = RefCell::new(vec![(scenario, trace.clone()); 3]);
        let derive = self.least(3, || {
            let copy = copies.borrow_mut().pop();
            let timeline = copy
                .map(|(scenario, trace)| Timeline::of(graph, &names, scenario, trace).marks.len());
            black_box(timeline);
        });
        self.add("derive track and story", "ms", derive);
    }

    fn seeks(&mut self, graph: &Graph, cache: &Rc<Cache>, trace: &Trace, name: &str) {
        let now = self.now;
        let mut seeker = Seeker::new(graph, Rc::clone(cache));
        let (start, mut longest, mut is_done) = (now(), 0.0_f64, false);
        while !is_done {
            let slice = now();
            is_done = seeker.extend(graph, trace, INDEXED_EVENTS);
            longest = longest.max(now() - slice);
        }
        self.add(&format!("index{name}"), "ms", now() - start);
        self.add(&format!("index, longest slice{name}"), "ms", longest);
        let bytes = seeker.size_bytes() as f64;
        self.add(&format!("checkpoints{name}"), "MB", bytes / 1e6);

        let mut times = self.seek_times(graph, trace, &mut seeker);
        times.sort_by(f64::total_cmp);
        self.add(&format!("seek, median{name}"), "ms", times[times.len() / 2]);
        self.add(&format!("seek, longest{name}"), "ms", times[times.len() - 1]);
        self.steps(graph, trace, &mut seeker, name);
    }

    /// For steps all over the trace, the least of three times that it takes to go there.
    fn seek_times(&self, graph: &Graph, trace: &Trace, seeker: &mut Seeker) -> Vec<f64> {
        let n = trace.events.len();
        // Far apart one after the other, and each at another distance from a checkpoint.
        let steps: Vec<usize> = (1..=300).map(|i| i * 1_234_577 % (n + 1)).collect();
        let mut times = vec![f64::INFINITY; steps.len()];
        for _ in 0..3 {
            for (time, &step) in times.iter_mut().zip(&steps) {
                let start = (self.now)();
                black_box(seeker.seek(graph, trace, step).step);
                *time = time.min((self.now)() - start);
            }
        }
        times
    }

    /// A step on and a step back, on the average and at the longest; as the seeker moves, and as
    /// the page has it, which keeps the last moment for its views.
    fn steps(&mut self, graph: &Graph, trace: &Trace, seeker: &mut Seeker, name: &str) {
        let middle = trace.events.len() / 2;
        let (first, last) = (middle - N_STEPS / 2, middle + N_STEPS / 2);
        let seeker = RefCell::new(seeker);
        let step = |step: usize| {
            black_box(seeker.borrow_mut().seek(graph, trace, step).step);
        };
        let mut shown: Option<Rc<Moment>> = None;
        let mut show = |step: usize| {
            shown = Some(Rc::new(seeker.borrow_mut().seek(graph, trace, step).clone()));
        };
        step(first);
        self.walk(&format!("step on{name}"), first + 1..=last, &mut &step);
        self.walk(&format!("step back{name}"), (first..last).rev(), &mut &step);
        self.walk(&format!("step on and show{name}"), first + 1..=last, &mut show);
        self.walk(&format!("step back and show{name}"), (first..last).rev(), &mut show);
        black_box(shown);
    }

    fn walk(&mut self, name: &str, steps: impl Iterator<Item = usize>, go: &mut dyn FnMut(usize)) {
        let (mut longest, mut time) = (0.0_f64, 0.0);
        let steps: Vec<usize> = steps.collect();
        // A page's clock takes longer to ask than a step: it is asked once in a hundred.
        for some in steps.chunks(100) {
            let start = (self.now)();
            some.iter().for_each(|&step| go(step));
            let took = (self.now)() - start;
            longest = longest.max(took);
            time += took;
        }
        self.add(name, "µs", time * 1000.0 / steps.len() as f64);
        self.add(&format!("{name}, longest 100"), "ms", longest);
    }
}
