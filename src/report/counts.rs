//! Counts and sizes of files in words.

/// A count in words: `246 spawns`, `856 CAS blobs`.
pub fn count_text(kind: &str, n: u64) -> String {
    format!("{n} {}", count_name(kind))
}

/// What is counted, for people.
pub fn count_name(kind: &str) -> String {
    match kind {
        "ac" => "AC entries".to_owned(),
        "cas" => "CAS blobs".to_owned(),
        "not_found" => "answered with not found".to_owned(),
        "lost" => "blobs lost".to_owned(),
        "unnamed" => "losses not named".to_owned(),
        "exit_code" => "as exit code".to_owned(),
        "listed_outputs" => "outputs listed".to_owned(),
        "distinct_inputs" => "distinct inputs".to_owned(),
        "dep_sets" => "dependency sets".to_owned(),
        _ => match kind.split_once('.') {
            Some((group, kind)) => format!("{} {group}", kind.replace('_', " ")),
            None => kind.replace('_', " "),
        },
    }
}

/// A size with a unit, three digits at most.
pub fn size_text(size_bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let (mut size, mut unit) = (size_bytes as f64, 0);
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let decimals = if unit == 0 || size >= 99.95 {
        0
    } else if size >= 9.995 {
        1
    } else {
        2
    };
    format!("{size:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::size_text;

    #[test]
    fn sizes_have_three_digits_at_most() {
        let sizes = [0, 999, 1000, 12_345, 999_499, 999_500, 5_000_000_000];
        let texts = sizes.map(size_text);
        assert_eq!(texts, ["0 B", "999 B", "1.00 kB", "12.3 kB", "999 kB", "1.00 MB", "5.00 GB"]);
    }
}
