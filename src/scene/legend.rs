//! The legend, drawn by the same hand as the graph, so that it cannot lie.

use crate::rewind::ActionState;

use super::geometry::{Point, Rect};
use super::palette::{Color, Palette, Theme};
use super::shape::Scene;
use super::shapes::{Form, Held, Look, Sign, blob};

/// One line of the legend.
#[derive(Clone, PartialEq, Debug)]
pub struct LegendEntry {
    /// What it is called.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// How it looks: 28 by 20 CSS pixels on no ground.
    pub picture: Scene,
}

/// The states of actions, in the order in which a build meets them.
const ACTIONS: [(ActionState, &str, &str); 9] = [
    (ActionState::NotReached, "not reached", "Nothing has happened to the action yet."),
    (ActionState::CacheHit, "cache hit", "The action's result comes from the cache."),
    (ActionState::Running, "running", "The action executes."),
    (ActionState::Executed, "executed", "The action has executed."),
    (ActionState::LostInput, "lost input", "The action finds an input gone and waits for it."),
    (ActionState::Dirty, "dirty", "The action must run again."),
    (ActionState::Reexecuted, "re-executed", "The action has executed once more."),
    (ActionState::Failed, "failed", "The action failed."),
    (ActionState::Skipped, "skipped", "The action will not run."),
];

/// Where blobs are.
const BLOBS: [(Held, &str, &str); 3] = [
    (Held::InCas, "blob in the CAS", "The CAS holds the blob with that digest."),
    (Held::Lost, "blob evicted", "The CAS held the blob and lost it."),
    (Held::NotListed, "blob not listed", "No listing of the cache has the blob."),
];

/// All states of actions, then of artifacts, then of blobs and AC entries.
pub fn legend(theme: Theme) -> Vec<LegendEntry> {
    let palette = Palette::of(theme);
    let mut entries: Vec<LegendEntry> = ACTIONS
        .iter()
        .map(|&(state, name, meaning)| {
            let picture = picture(palette, 26.0, 16.0, 4.0, Look::of_action(state, palette));
            LegendEntry { name, meaning, picture }
        })
        .collect();
    let artifacts: [(Sign, Color, _, _); 4] = [
        (Sign::Filled, palette.source, "source", "The artifact is checked out, not built."),
        (Sign::Dot, palette.cache_hit, "in the cache", "The artifact is known by its digest only."),
        (Sign::Filled, palette.executed, "on disk", "The artifact is a file on disk."),
        (Sign::Crossed, palette.lost, "lost blob", "The artifact's blob is gone from the cache."),
    ];
    for (sign, color, name, meaning) in artifacts {
        let picture = picture(palette, 15.0, 15.0, 7.5, Look { sign, color });
        entries.push(LegendEntry { name, meaning, picture });
    }
    for (held, name, meaning) in BLOBS {
        let (mut picture, middle) = blank();
        let rect = Rect::around(middle, 26.0, 15.0);
        blob(&mut picture, rect, "e3b0".to_owned(), 9.0, held, palette);
        entries.push(LegendEntry { name, meaning, picture });
    }
    let ac_entries: [(Sign, Color, _, _); 4] = [
        (
            Sign::Filled,
            palette.not_reached,
            "AC entry",
            "The action cache holds the action's result.",
        ),
        (
            Sign::Hollow,
            palette.not_reached,
            "no AC entry",
            "The action cache knows nothing of the action.",
        ),
        (Sign::Struck, palette.lost, "dangling AC entry", "The entry names a blob that is gone."),
        (Sign::Cross, palette.lost, "AC entry evicted", "The action cache lost the entry."),
    ];
    for (sign, color, name, meaning) in ac_entries {
        let picture = picture(palette, 10.0, 10.0, 1.0, Look { sign, color });
        entries.push(LegendEntry { name, meaning, picture });
    }
    entries
}

/// An empty picture, and its middle.
fn blank() -> (Scene, Point) {
    (Scene::new(28.0, 20.0, 1.0, Color::NONE), Point::new(14.0, 10.0))
}

fn picture(palette: &Palette, width: f32, height: f32, radius: f32, look: Look) -> Scene {
    let (mut scene, middle) = blank();
    let rect = Rect::around(middle, width, height);
    let form = Form { rect, radius, look, glyph: rect.centre(), unit: 1.0 };
    form.draw_body(&mut scene, palette);
    form.draw_glyph(&mut scene, palette);
    scene
}
