//! Near candidates for a name that names nothing, for error messages.

/// At most three of `known` that are nearest to `wanted`, nearest first, each once; none that is
/// quite unlike it.
pub(crate) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut best: Vec<(f64, &str)> = Vec::new();
    for name in known.filter(|name| !name.is_empty()) {
        let score = likeness(wanted, name);
        let worst = best.get(N_MAX - 1).map_or(LEAST, |b| b.0);
        if score <= worst || best.iter().any(|b| b.1 == name) {
            continue;
        }
        let at = best.partition_point(|b| b.0 >= score);
        best.insert(at, (score, name));
        best.truncate(N_MAX);
    }
    best.into_iter().map(|(_, name)| name.to_owned()).collect()
}

/// "; did you mean A or B?", or nothing.
pub(crate) fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

const N_MAX: usize = 3;
const LEAST: f64 = 0.7;

/// 0 to 1. The last component counts too: people forget packages and output folders.
fn likeness(wanted: &str, name: &str) -> f64 {
    let whole = strsim::jaro_winkler(wanted, name);
    let tails = strsim::jaro_winkler(tail(wanted), tail(name));
    whole.max(tails * 0.99)
}

fn tail(name: &str) -> &str {
    name.rsplit(['/', ':']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_package_is_found_by_the_last_component() {
        let known = ["//deep/down:server", "//deep/down:client", "//other:thing"];
        assert_eq!(nearest("//:server", known.into_iter())[0], "//deep/down:server");
    }

    #[test]
    fn what_is_quite_unlike_is_no_candidate() {
        assert!(nearest("//:zzz", ["bazel-out/k8/bin/a.o"].into_iter()).is_empty());
    }
}
