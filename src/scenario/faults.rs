//! The faults of a scenario.

use crate::model::{Cache, CacheKind};
use crate::rewind::{Fault, HowOften, What, When};

use super::choices::{How, Strike};
use super::error::Problem;
use super::names::Names;
use super::text::FaultText;

/// The faults of a file with `n_builds` builds.
pub(super) fn faults(
    texts: &[FaultText],
    n_builds: usize,
    names: &Names<'_>,
    cache: &Cache,
) -> Result<Vec<Fault>, Problem> {
    let fault = |text: &FaultText| {
        Ok(Fault {
            what: what(text, names, cache)?,
            when: when(text, n_builds, names)?,
            how_often: match text.how_often {
                None | Some(How::Once) => HowOften::Once,
                Some(How::Always) => HowOften::Always,
                Some(How::FirstUploads(n)) => HowOften::FirstUploads(n),
            },
            tier: text.tier.unwrap_or_default(),
            report: text.report.unwrap_or_default(),
        })
    };
    texts.iter().map(fault).collect()
}

fn what(text: &FaultText, names: &Names<'_>, cache: &Cache) -> Result<What, Problem> {
    let mut all = Vec::new();
    if let Some(words) = &text.evict {
        all.push(What::These(names.select(words, cache)?));
    }
    all.extend(text.everything.map(|half| What::Everything(half.0)));
    if let Some(share) = &text.share {
        if share.percent > 100 {
            let problem = format!("a share of {} percent: expected 0 to 100", share.percent);
            return Err(Problem::new(share.place, problem, "Correct it"));
        }
        let kind = share.of.unwrap_or(CacheKind::Cas);
        all.push(What::Share { kind, percent: share.percent });
    }
    all.extend(text.at_least_bytes.map(|bytes| What::AtLeast { bytes }));
    if let Some(unused) = &text.unused_for {
        let kind = unused.of.unwrap_or(CacheKind::Cas);
        all.push(What::UnusedFor { kind, ms: unused.ms });
    }
    let n = all.len();
    match all.pop() {
        Some(what) if n == 1 => Ok(what),
        _ => {
            let problem = format!(
                "the fault says {n} times what is lost: expected one of evict, everything, share, \
                 at_least_bytes, unused_for"
            );
            Err(Problem::new(text.place, problem, "Write a [[fault]] for each"))
        }
    }
}

fn when(text: &FaultText, n_builds: usize, names: &Names<'_>) -> Result<When, Problem> {
    match &text.when {
        None => Ok(When::BeforeBuild(0)),
        Some(Strike::BeforeBuild(n)) if *n == 0 || *n as usize > n_builds => {
            let problem = format!("no build {n}: the scenario has {n_builds}, counted from 1");
            Err(Problem::new(text.place, problem, "Add a [[build]], or name another"))
        }
        Some(Strike::BeforeBuild(n)) => Ok(When::BeforeBuild(n - 1)),
        Some(Strike::After(word)) => Ok(When::AfterAction(names.action(word)?)),
        Some(Strike::Step(n)) => {
            // More events than fit in memory never happen.
            Ok(When::AtStep(usize::try_from(*n).unwrap_or(usize::MAX)))
        }
        Some(Strike::AtMs(ms)) => Ok(When::AtTime(*ms)),
    }
}
