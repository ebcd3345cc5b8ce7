//! Labels: what they say, how wide they are, and how they are shortened.

use crate::model::{ActionId, ArtifactId, Graph};

use super::shape::Font;

/// What stands on an action: its label, else the file name of its first output, else its mnemonic.
pub(super) fn of_action(graph: &Graph, action: ActionId) -> &str {
    let label = graph.label(action);
    if !label.is_empty() {
        return label;
    }
    let output = graph.outputs(action).first().map(|&o| of_artifact(graph, o));
    output.filter(|name| !name.is_empty()).unwrap_or_else(|| graph.mnemonic(action))
}

/// What stands at an artifact: its file name.
pub(super) fn of_artifact(graph: &Graph, artifact: ArtifactId) -> &str {
    let path = graph.path(artifact);
    path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path)
}

/// Width of `text` at `size` CSS pixels in a system typeface, guessed on the wide side: no
/// typeface is at hand here, and painters squeeze what is wider still.
pub(super) fn width(text: &str, font: Font, size: f32) -> f32 {
    text.chars().map(advance).sum::<f32>() * size * stretch(font)
}

/// `text` with its middle replaced by `…` so that it fits into `room`; empty where not even three
/// characters fit.
pub(super) fn shortened(text: &str, font: Font, size: f32, room: f32) -> String {
    if width(text, font, size) <= room {
        return text.to_owned();
    }
    let mut left = room / size / stretch(font) - advance('…');
    let (mut head, mut tail) = (text.chars(), text.chars().rev());
    let (mut start, mut end) = (String::new(), Vec::new());
    // The end tells more apart than the start (`//some/package:name`), so it gets a little more.
    loop {
        let from_end = end.len() < start.chars().count() + 2;
        let next = if from_end { tail.next() } else { head.next() };
        let Some(c) = next.filter(|&c| advance(c) <= left) else {
            break;
        };
        left -= advance(c);
        if from_end {
            end.push(c);
        } else {
            start.push(c);
        }
    }
    if end.len() < 2 {
        return String::new();
    }
    start.push('…');
    start.extend(end.into_iter().rev());
    start
}

/// How much wider than regular text a font runs.
fn stretch(font: Font) -> f32 {
    match font {
        Font::Text => 1.0,
        Font::Strong => 1.12,
        Font::Mono => 1.05,
    }
}

/// How far one character moves on, in sizes.
fn advance(c: char) -> f32 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.28,
        '.' | ',' | ':' | ';' | '!' | ' ' | '/' | 'I' => 0.33,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' => 0.39,
        'm' | 'M' | 'W' | '@' | '%' => 0.93,
        'w' | 'O' | 'Q' | 'G' | 'D' | 'H' | 'N' | 'U' => 0.77,
        'A'..='Z' | '…' | '+' | '=' | '~' | '<' | '>' => 0.67,
        c if c.is_ascii() => 0.61,
        // Wide scripts fill their square.
        c if ('\u{1100}'..).contains(&c) => 1.0,
        _ => 0.62,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_labels_lose_their_middle() {
        let text = "//absl/strings/internal:cord_rep_btree_navigator";
        let short = shortened(text, Font::Text, 12.0, 120.0);
        assert!(short.starts_with("//a") && short.ends_with("gator"), "{short}");
        assert!(width(&short, Font::Text, 12.0) <= 120.0);
        assert_eq!(shortened("//:a", Font::Text, 12.0, 120.0), "//:a");
        assert_eq!(shortened(text, Font::Text, 12.0, 10.0), "");
    }

    #[test]
    fn any_room_is_kept() {
        for room in 0..200u16 {
            let room = f32::from(room);
            let short = shortened("//päckage/次の:target_name", Font::Strong, 12.0, room);
            assert!(width(&short, Font::Strong, 12.0) <= room, "{short}");
        }
    }
}
