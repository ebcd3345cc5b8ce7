//! Many evictions at once: a selector a line, the JSON list of an experiment, or console text
//! that tells of lost blobs.

use crate::import::{read_evicted, read_losses};
use crate::model::{Cache, CacheKind, Graph};
use crate::rewind::{Eviction, Selector};

/// What `text` selects, each once, in order. An error says which line is meant.
pub fn evictions(graph: &Graph, cache: &Cache, text: &str) -> Result<Vec<Eviction>, String> {
    let mut found: Vec<Eviction> = Vec::new();
    let lost = read_losses(text).lost;
    if !lost.is_empty() {
        // Of another build some may be unknown here; nothing is lost by that.
        let known = lost.iter().filter_map(|lost| {
            let selector = Selector::parse(&format!("cas:{}", lost.content.digest)).ok()?;
            selector.resolve(graph, cache).ok()
        });
        found.extend(known.flatten());
        if found.is_empty() {
            let n = lost.len();
            return Err(format!("None of the {n} blobs that this text calls lost is known here."));
        }
    }
    let selectors = if lost.is_empty() { selectors(text)? } else { Vec::new() };
    for (place, selector) in selectors {
        let selected = Selector::parse(&selector)
            .and_then(|selector| selector.resolve(graph, cache))
            .map_err(|error| format!("{place}{error}"))?;
        found.extend(selected);
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|eviction| seen.insert(*eviction));
    Ok(found)
}

/// The selectors of `text`, each with the words that say where it stands; one alone needs none.
fn selectors(text: &str) -> Result<Vec<(String, String)>, String> {
    if text.trim_start().starts_with('{') {
        let listed = read_evicted(text)
            .map_err(|error| format!("The JSON list of evictions cannot be read: {error}."))?;
        let selector = |(kind, digest): (CacheKind, String)| match kind {
            CacheKind::Ac => (String::new(), format!("ac:{digest}")),
            CacheKind::Cas => (String::new(), format!("cas:{digest}")),
        };
        return Ok(listed.into_iter().map(selector).collect());
    }
    let is_given = |line: &(usize, &str)| !line.1.is_empty() && !line.1.starts_with('#');
    let lines: Vec<(usize, &str)> =
        text.lines().map(str::trim).enumerate().filter(is_given).collect();
    let alone = lines.len() == 1;
    let place = |i: usize| if alone { String::new() } else { format!("Line {}: ", i + 1) };
    Ok(lines.into_iter().map(|(i, line)| (place(i), line.to_owned())).collect())
}
