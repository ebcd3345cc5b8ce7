//! `--evict`: selectors and files of selectors to evictions.

use std::path::PathBuf;

use rewindow::import::{Import, LostBlob, read_evicted, read_losses};
use rewindow::model::CacheKind;
use rewindow::rewind::{self, Eviction, Selector};

use super::failure::Failure;
use super::load::read_files;

/// A selector and where it stands, for messages.
struct Given {
    place: String,
    text: String,
}

/// What is to be evicted, and what is worth a remark.
#[derive(Debug, Default)]
pub struct Evictions {
    /// Present in the cache, ascending, each once.
    pub evict: Vec<Eviction>,
    /// Selectors of which something is absent already.
    pub remarks: Vec<String>,
}

/// Stands for what logs and messages found gone.
const OBSERVED: &str = "observed";

/// Resolves the values of `--evict`.
pub fn resolve(import: &Import, values: &[String]) -> Result<Evictions, Failure> {
    let mut evictions = Evictions::default();
    for value in values {
        if value == OBSERVED {
            evictions.evict.extend(observed(import, &mut evictions.remarks));
            continue;
        }
        let (mut n_selected, mut present) = (0, Vec::new());
        for given in expand(value)? {
            let failure = |error| Failure::Selector { place: given.place.clone(), error };
            let selector = Selector::parse(&given.text).map_err(failure)?;
            let selected = selector.resolve(&import.graph, &import.cache).map_err(failure)?;
            n_selected += selected.len();
            let is_present = |e: &Eviction| import.cache.contains(e.kind, e.blob);
            present.extend(selected.into_iter().filter(is_present));
        }
        let n_absent = n_selected - present.len();
        let remark = match n_selected {
            0 => "there is nothing to evict",
            1 if n_absent == 1 => "the cache does not hold it anyway",
            n if n_absent == n => "the cache holds none of them anyway",
            _ if n_absent > 0 => "the cache does not hold all of them anyway",
            _ => "",
        };
        if !remark.is_empty() {
            let counts = format!("{} of {n_selected} present", present.len());
            evictions.remarks.push(format!("--evict {value}: {remark} ({counts})."));
        }
        evictions.evict.append(&mut present);
    }
    evictions.evict.sort_unstable();
    evictions.evict.dedup();
    Ok(evictions)
}

/// What was found gone although the cache as listed holds it.
fn observed(import: &Import, remarks: &mut Vec<String>) -> Vec<Eviction> {
    let Import { graph, cache, observed, .. } = import;
    let found = observed.as_ref().map(|observed| rewind::evictions(graph, cache, observed));
    let found = found.unwrap_or_default();
    if found.is_empty() {
        let why = "no file tells of a loss that the cache as loaded would not show anyway";
        remarks.push(format!("--evict {OBSERVED}: {why}."));
    }
    found
}

/// The selector itself, or those of `@FILE`.
fn expand(value: &str) -> Result<Vec<Given>, Failure> {
    match value.strip_prefix('@') {
        Some(file) => selectors_of(file),
        None => Ok(vec![Given { place: "--evict".to_owned(), text: value.to_owned() }]),
    }
}

fn selectors_of(file: &str) -> Result<Vec<Given>, Failure> {
    let mut given = Vec::new();
    for input in read_files(&[PathBuf::from(file)])? {
        let wrong = |what: String| Failure::SelectorFile { place: input.name.clone(), what };
        let text = std::str::from_utf8(&input.bytes)
            .map_err(|error| wrong(format!("no text at byte {}", error.valid_up_to())))?;
        let text = text.trim_start_matches('\u{feff}');
        if text.trim_start().starts_with('{') {
            given.extend(from_json(&input.name, text)?);
        } else {
            let lost = read_losses(text).lost;
            let of_loss = |lost: &LostBlob| Given {
                place: input.name.clone(),
                text: format!("cas:{}", lost.content.digest),
            };
            given.extend(lost.iter().map(of_loss));
            if lost.is_empty() {
                given.extend(from_lines(&input.name, text));
            }
        }
    }
    Ok(given)
}

fn from_lines(name: &str, text: &str) -> Vec<Given> {
    let content = |line: &str| {
        let line = if line.starts_with('#') { "" } else { line };
        line.split(" #").next().unwrap_or("").trim().to_owned()
    };
    let numbered = text.lines().enumerate().map(|(i, line)| Given {
        place: format!("{name}, line {}", i + 1),
        text: content(line.trim()),
    });
    numbered.filter(|given| !given.text.is_empty()).collect()
}

fn from_json(name: &str, text: &str) -> Result<Vec<Given>, Failure> {
    let wrong = |what: String| Failure::SelectorFile { place: name.to_owned(), what };
    let evicted = read_evicted(text).map_err(wrong)?;
    let given = evicted.into_iter().map(|(kind, digest)| {
        let half = match kind {
            CacheKind::Ac => "ac",
            CacheKind::Cas => "cas",
        };
        Given { place: name.to_owned(), text: format!("{half}:{digest}") }
    });
    Ok(given.collect())
}
