//! Lists of what an experiment evicted, as JSON: `{"evicted_cas": […], "evicted_ac": […]}`.

use serde_json::Value;

use crate::model::CacheKind;

/// The halves and digests that `text` lists, in order. An error says what was found instead.
pub fn read_evicted(text: &str) -> Result<Vec<(CacheKind, String)>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let halves = [("evicted_cas", CacheKind::Cas), ("evicted_ac", CacheKind::Ac)];
    if halves.iter().all(|half| value.get(half.0).is_none()) {
        return Err("neither evicted_cas nor evicted_ac".to_owned());
    }
    let mut evicted = Vec::new();
    for (key, kind) in halves {
        let Some(list) = value.get(key) else { continue };
        let list = list.as_array().ok_or_else(|| format!("{key} is no list"))?;
        for (i, item) in list.iter().enumerate() {
            let digest = item.as_str().ok_or_else(|| format!("{key}[{i}] is no text"))?;
            evicted.push((kind, digest.to_owned()));
        }
    }
    Ok(evicted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_are_read_and_either_may_be_left_out() {
        let both = read_evicted(r#"{"evicted_ac": ["b"], "evicted_cas": ["a"]}"#);
        let expected = [(CacheKind::Cas, "a".to_owned()), (CacheKind::Ac, "b".to_owned())];
        assert_eq!(both, Ok(expected.to_vec()));
        assert_eq!(read_evicted(r#"{"evicted_ac": []}"#), Ok(vec![]));
    }

    #[test]
    fn another_shape_is_said_to_be_one() {
        for text in ["", "{", "[]", "{\"cas\": []}", "{\"evicted_ac\": 1}", "{\"evicted_ac\": [1]}"]
        {
            assert!(read_evicted(text).is_err(), "{text}");
        }
    }
}
