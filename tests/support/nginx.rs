//! Access logs, read apart from the product.

use std::collections::BTreeMap;

/// Requests with their number, as `GET cas HASH 200`, from a log in nginx's combined format.
pub fn logged(log: &str) -> BTreeMap<String, i32> {
    let mut counts = BTreeMap::new();
    for line in log.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let verb = words[5].trim_start_matches('"');
        let (kind, hash) = words[6].trim_start_matches('/').split_once('/').unwrap();
        // nginx answers 201 and 204 to PUT.
        let status = if verb == "PUT" { "200" } else { words[8] };
        *counts.entry(format!("{verb} {kind} {hash} {status}")).or_default() += 1;
    }
    counts
}
