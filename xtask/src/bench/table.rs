//! Figures side by side, and the limits that they are held to.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result};

/// Figures by number of actions and name, in order of first mention, with their units.
#[derive(Default)]
pub struct Figures {
    values: BTreeMap<(u32, String), f64>,
    order: Vec<(u32, String, String)>,
}

/// The figure of how long a log takes to read.
const READ: &str = "read the log";

/// Something that must not be more than something.
pub struct Limit {
    name: String,
    value: f64,
    max: f64,
}

impl Limit {
    /// Whether it is kept.
    pub fn is_kept(&self) -> bool {
        self.value <= self.max
    }
}

impl Figures {
    /// Reads lines `n \t what \t unit \t value`; of what was read before, the least stays.
    ///
    /// # Errors
    /// A line is another.
    pub fn add(&mut self, lines: &str) -> Result<()> {
        for line in lines.lines().filter(|line| !line.is_empty()) {
            let read = || {
                let [n, what, unit, value] =
                    line.split('\t').collect::<Vec<_>>().try_into().ok()?;
                Some((n.parse().ok()?, what, unit, value.parse::<f64>().ok()?))
            };
            let (n, what, unit, value): (u32, &str, &str, f64) =
                read().with_context(|| format!("`{line}` is no figure"))?;
            let key = (n, what.to_owned());
            if !self.values.contains_key(&key) {
                self.order.push((n, what.to_owned(), unit.to_owned()));
            }
            let least = self.values.entry(key).or_insert(value);
            *least = least.min(value);
        }
        Ok(())
    }

    fn get(&self, n: u32, what: &str) -> Option<f64> {
        self.values.get(&(n, what.to_owned())).copied()
    }

    fn sizes(&self) -> Vec<u32> {
        let mut sizes: Vec<u32> = self.values.keys().map(|key| key.0).collect();
        sizes.dedup();
        sizes
    }

    /// The engines whose plans were timed.
    fn engines(&self) -> Vec<&str> {
        let mut engines: Vec<&str> =
            self.order.iter().filter_map(|line| line.1.strip_prefix("plan ")).collect();
        engines.sort_unstable();
        engines.dedup();
        engines
    }
}

/// All figures, native beside Chromium.
pub fn figures(native: &Figures, page: &Figures) -> String {
    let mut text =
        format!("{:>8}  {:36} {:>12} {:>12} {:>6}\n", "actions", "", "native", "Chromium", "ratio");
    for (n, what, unit) in &native.order {
        let (Some(a), Some(b)) = (native.get(*n, what), page.get(*n, what)) else { continue };
        let name = if unit.is_empty() { what.clone() } else { format!("{what} ({unit})") };
        let ratio = if a > 0.0 { format!("{:.2}", b / a) } else { String::new() };
        let _ = writeln!(text, "{n:>8}  {name:36} {:>12} {:>12} {ratio:>6}", short(a), short(b));
    }
    text
}

/// What the project promises, from the figures at hand.
pub fn limits(native: &Figures, page: &Figures) -> Vec<Limit> {
    let mut limits = Vec::new();
    for (place, figures) in [("native", native), ("Chromium", page)] {
        limits.extend(
            limits_of(figures)
                .into_iter()
                .map(|limit| Limit { name: format!("{}, {place}", limit.name), ..limit }),
        );
    }
    for n in native.sizes() {
        if let (Some(native), Some(page)) = (native.get(n, READ), page.get(n, READ)) {
            let name = format!("{READ}, {n} spawns: Chromium / native");
            limits.push(Limit { name, value: page / native, max: 2.5 });
        }
        for engine in native.engines() {
            let plan = format!("plan {engine}");
            if let (Some(native), Some(page)) = (native.get(n, &plan), page.get(n, &plan)) {
                let name = format!("{plan}, {n} actions: Chromium / native");
                limits.push(Limit { name, value: page / native, max: 2.2 });
            }
        }
    }
    limits
}

fn limits_of(figures: &Figures) -> Vec<Limit> {
    let mut limits = Vec::new();
    let mut add = |name: String, value: Option<f64>, max: f64| {
        limits.extend(value.map(|value| Limit { name, value, max }));
    };
    let ratio = |a: Option<f64>, b: Option<f64>| Some(a? / b?);
    for n in figures.sizes() {
        let get = |what: &str| figures.get(n, what);
        let bare = get("unpack and decode");
        add(format!("{READ}, {n} spawns / unpack and decode"), ratio(get(READ), bare), 2.0);
        let cancel = get(&format!("{READ}, cancel"));
        add(format!("ms to a cancel, {READ}, {n} spawns"), cancel, 100.0);
        for engine in figures.engines() {
            let plan = format!("plan {engine}");
            let (time, before) = (get(&plan), figures.get(n / 10, &plan));
            add(format!("{plan}, {n} actions / kahn"), ratio(time, get("kahn")), 8.0);
            add(format!("{plan}, {n} actions / a tenth of them"), ratio(time, before), 12.0);
            let bytes = get(&format!("bytes an event {engine}"));
            add(format!("bytes an event, {engine}, {n} actions"), bytes, 24.0);
            let cancel = get(&format!("cancel {engine}"));
            add(format!("ms to a cancel, {engine}, {n} actions"), cancel, 100.0);
        }
        for order in ["", ", scattered"] {
            for (what, max) in
                [("seek, longest", 16.0), ("index, longest slice", 50.0), ("checkpoints", 60.0)]
            {
                let name = format!("{what}{order}");
                add(format!("{name}, {n} actions"), get(&name), max);
            }
        }
    }
    limits
}

/// The limits, line by line.
pub fn shown(limits: &[Limit]) -> String {
    let mut text = format!("{:60} {:>10} {:>8}\n", "limit", "is", "at most");
    for limit in limits {
        let verdict = if limit.is_kept() { "" } else { "  MISSED" };
        let value = short(limit.value);
        let _ = writeln!(text, "{:60} {value:>10} {:>8}{verdict}", limit.name, limit.max);
    }
    text
}

fn short(value: f64) -> String {
    let digits = match value {
        v if v >= 1000.0 => 0,
        v if v >= 10.0 => 1,
        _ => 3,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures_of(lines: &[(u32, &str, f64)]) -> Figures {
        let mut figures = Figures::default();
        for (n, what, value) in lines {
            figures.add(&format!("{n}\t{what}\tms\t{value}\n")).unwrap();
        }
        figures
    }

    #[test]
    fn the_least_of_several_passes_stays() {
        let figures = figures_of(&[(10, "kahn", 3.0), (10, "kahn", 2.0), (10, "kahn", 4.0)]);
        assert_eq!(figures.get(10, "kahn"), Some(2.0));
        assert_eq!(figures.order.len(), 1);
        assert!(Figures::default().add("10\tkahn\tms").is_err());
        assert!(Figures::default().add("10\tkahn\tms\tfast").is_err());
    }

    #[test]
    fn limits_are_ratios_within_a_run() {
        let native = figures_of(&[(10, "kahn", 1.0), (10, "plan x", 7.0), (100, "plan x", 80.0)]);
        let page = figures_of(&[(10, "kahn", 1.0), (10, "plan x", 9.0), (100, "plan x", 200.0)]);
        let missed: Vec<String> = limits(&native, &page)
            .into_iter()
            .filter(|limit| !limit.is_kept())
            .map(|limit| limit.name)
            .collect();
        assert_eq!(
            missed,
            [
                "plan x, 10 actions / kahn, Chromium",
                "plan x, 100 actions / a tenth of them, Chromium",
                "plan x, 100 actions: Chromium / native",
            ]
        );
        assert_eq!(limits(&native, &page).len(), 6);
    }
}
