//! How Buck2 names actions: the same action has other names in the event log, in `what-ran` and in
//! queries.
//!
//! An action is the nth of its holder, a configured target or a dynamic part of one. The log's
//! `ActionKey.key` is `HOLDER_N`, a query has `` (target: `HOLDER`, id: `N`) ``, `what-ran` has
//! `TARGET (CATEGORY IDENTIFIER)` (`display_action_identity`).

use super::wire::buck2::{ActionKey, ConfiguredTargetLabel, Owner};
use crate::model::Digest;

/// `CELL//PACKAGE:NAME (CONFIGURATION)`, as `ConfiguredTargetLabel` is displayed.
pub(super) fn label(target: &ConfiguredTargetLabel) -> String {
    let label = target.label.clone().unwrap_or_default();
    let mut text = format!("{}:{}", label.package, label.name);
    let configurations = [&target.configuration, &target.execution_configuration];
    for configuration in configurations.into_iter().flatten() {
        text.push_str(&format!(" ({})", configuration.full_name));
    }
    text
}

/// The name (`HOLDER_N`) and the target of the action that `key` stands for. An owner that is no
/// target is named as its holder.
pub(super) fn of_key(key: &ActionKey) -> (String, String) {
    let target = key.owner.as_ref().map(|owner| match owner {
        Owner::TargetLabel(t) | Owner::TestTargetLabel(t) | Owner::LocalResourceSetup(t) => {
            label(t)
        }
    });
    let owner = target.unwrap_or_else(|| {
        key.key.rsplit_once('_').map_or(key.key.as_str(), |(holder, _)| holder).to_owned()
    });
    let name = match (&key.key, index(&key.id)) {
        (name, _) if !name.is_empty() => name.clone(),
        (_, Some(index)) if !owner.is_empty() => format!("{owner}_{index}"),
        _ => String::new(),
    };
    (name, owner)
}

/// A number in little-endian bytes.
fn index(id: &[u8]) -> Option<u64> {
    let bytes: [u8; 8] = id.try_into().ok()?;
    Some(u64::from_le_bytes(bytes))
}

/// Holder and index in `` (target: `HOLDER`, id: `N`) ``.
pub(super) fn of_query(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix("(target: `")?.strip_suffix("`)")?;
    let (holder, index) = inside.rsplit_once("`, id: `")?;
    let is_number = !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some((holder, index))
}

/// Target, category and identifier in `TARGET (CATEGORY IDENTIFIER)`; a target has one or two
/// configurations in brackets.
pub(super) fn of_identity(text: &str) -> Option<(&str, &str, &str)> {
    let (_, after) = text.split_once(" (")?;
    let configuration = after.find(')')?;
    let mut end = text.len() - after.len() + configuration + 1;
    if let Some(second) = text[end..].strip_prefix(" (")
        && let Some((inside, _)) = second.split_once(')')
        && !inside.contains(' ')
        && text[end + 2 + inside.len()..].contains(") (")
    {
        end += 2 + inside.len() + 1;
    }
    let (owner, rest) = text.split_at(end);
    let rest = rest.strip_prefix(" (")?.strip_suffix(')')?;
    let (category, identifier) = rest.split_once(' ').unwrap_or((rest, ""));
    Some((owner, category, identifier))
}

/// A digest and its size in `HASH:SIZE`. Nothing tells the digest function but the length.
pub(super) fn digest(text: &str) -> Option<(Digest, Option<u64>)> {
    let (hash, size) = text.split_once(':').unwrap_or((text, ""));
    Some((Digest::from_hex(hash, None).ok()?, size.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_taken_apart_with_one_configuration_or_two() {
        let one = of_identity("root//a:b (p//x:y#1) (cxx_compile a b.cpp (pic))");
        assert_eq!(one, Some(("root//a:b (p//x:y#1)", "cxx_compile", "a b.cpp (pic)")));
        let two = of_identity("root//a:b (p//x#1) (p//e#2) (link)");
        assert_eq!(two, Some(("root//a:b (p//x#1) (p//e#2)", "link", "")));
        assert_eq!(of_identity("root//a:b (p//x#1)"), None);
    }

    #[test]
    fn a_name_in_a_query_has_a_holder_and_a_number() {
        assert_eq!(
            of_query("(target: `root//:t (c)_0`, id: `12`)"),
            Some(("root//:t (c)_0", "12"))
        );
        assert_eq!(of_query("(target: `root//:t (c)`, id: `x`)"), None);
        assert_eq!(of_query("root//:t"), None);
    }
}
