//! A map of pixels that is patched or moved is the one that is painted anew, and says how it came
//! from the one before. States found a part at a time are those found at once.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not there"
)]

#[path = "../benches/build_graph/mod.rs"]
mod build_graph;

use std::ops::ControlFlow;

use build_graph::BuildGraph;
use rewindow::model::{ActionId, BlobId, Cache, CacheKind, Graph, IdSet, Tier};
use rewindow::rewind::{Event, Moment};
use rewindow::scene::{
    Filter, Grouping, Layout, LayoutOptions, PixelMap, Raster, Selection, Subject, Theme, Tints,
    View, Viewport, ground,
};

struct Story {
    graph: Graph,
    cache: Cache,
    moment: Moment,
    grouping: Grouping,
    layout: Layout,
}

impl Story {
    /// An overview of 6 000 actions, of which some have run and one has lost its output.
    fn new() -> Self {
        let (graph, cache) = BuildGraph::new(6_000, 3).into_model();
        let mut moment = Moment::start(&graph, &cache);
        for action in graph.action_ids().step_by(3) {
            moment.apply(&graph, &Event::CacheHit { action });
        }
        let blob = graph.blob(graph.outputs(ActionId(2_345))[0]).unwrap();
        let evicted = Event::Evicted { kind: CacheKind::Cas, blob, tier: Tier::Remote };
        moment.apply(&graph, &evicted);
        let grouping = Grouping::new(&graph);
        let open = grouping.opened(48);
        let subject = Subject::Overview(&grouping, &open);
        let never = &mut |_| ControlFlow::Continue(());
        let layout = Layout::of(&graph, subject, None, &LayoutOptions::default(), never).unwrap();
        Self { graph, cache, moment, grouping, layout }
    }

    fn is_gone(&self, kind: CacheKind, blob: BlobId) -> bool {
        self.cache.contains(kind, blob) && !self.moment.cache.contains(kind, blob)
    }

    fn tints(&self) -> Tints {
        Tints::of(&self.graph, &self.moment, &|kind, blob| self.is_gone(kind, blob))
    }

    fn draw(
        &self,
        map: &mut PixelMap,
        viewport: Viewport,
        tints: &Tints,
        filter: Option<&Filter>,
    ) -> Raster {
        let view = View {
            graph: &self.graph,
            layout: &self.layout,
            moment: &self.moment,
            event: None,
            motion: 1.0,
            selection: Selection::None,
            hover: None,
            evicted: &|kind, blob| self.is_gone(kind, blob),
            tints: Some(tints),
            grouping: Some(&self.grouping),
            counts: None,
            path: &[],
            filter,
            viewport,
            theme: Theme::Light,
        };
        (**ground(&view, map).raster.as_ref().unwrap()).clone()
    }
}

/// What `raster` says it is, made from the version before.
fn replayed(before: &Raster, raster: &Raster) -> Vec<u8> {
    let change = raster.changed.as_ref().unwrap();
    let (width, height) = (raster.width as i32, raster.height as i32);
    let [dx, dy] = change.moved;
    let mut rgba = vec![0; raster.rgba.len()];
    for y in 0..height {
        for x in 0..width {
            let is_new = change.boxes.iter().any(|&[left, top, right, bottom]| {
                (left as i32..right as i32).contains(&x) && (top as i32..bottom as i32).contains(&y)
            });
            let at = |x: i32, y: i32| (y * width + x) as usize * 4;
            let pixel = if is_new {
                &raster.rgba[at(x, y)..][..4]
            } else {
                assert!((0..width).contains(&(x - dx)) && (0..height).contains(&(y - dy)));
                &before.rgba[at(x - dx, y - dy)..][..4]
            };
            rgba[at(x, y)..][..4].copy_from_slice(pixel);
        }
    }
    rgba
}

/// The share of pixels that differ: a place on the border of two pixels may fall to either.
fn share_apart(a: &Raster, b: &Raster) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let (a, b) = (a.rgba.as_chunks::<4>().0, b.rgba.as_chunks::<4>().0);
    a.iter().zip(b).filter(|(a, b)| a != b).count() as f64 / a.len() as f64
}

#[test]
fn a_map_that_moves_is_the_one_painted_anew() {
    let story = Story::new();
    let tints = story.tints();
    let shown: IdSet<ActionId> = story.graph.action_ids().step_by(2).collect();
    for filter in [None, Some(Filter::new(shown, false, 1))] {
        for (ratio, zoom) in [(1.0, 1.0), (2.0, 1.0), (1.5, 3.0)] {
            let fitted = Viewport::new(400.0, 300.0, ratio).fit(story.layout.bounds());
            let scale = fitted.scale * zoom;
            let mut viewport =
                Viewport { scale, ..fitted }.centred_on(story.layout.bounds().centre());
            let mut map = PixelMap::default();
            let mut before = story.draw(&mut map, viewport, &tints, filter.as_ref());
            let mut n_moved = 0;
            for (dx, dy) in [(1, 0), (0, 1), (-7, 3), (12, -20), (0, -1), (-30, -9), (2, 60)] {
                viewport = viewport.pan(dx as f32, dy as f32);
                let now = story.draw(&mut map, viewport, &tints, filter.as_ref());
                let anew = story.draw(&mut PixelMap::default(), viewport, &tints, filter.as_ref());
                let apart = share_apart(&now, &anew);
                assert!(apart < 0.001, "{ratio}, {dx}, {dy}: {apart}");
                if now.changed.is_some() {
                    assert!(replayed(&before, &now) == now.rgba, "{ratio}, {dx}, {dy}");
                    n_moved += 1;
                }
                before = now;
            }
            assert!(n_moved >= 4, "most of the way it moves: {n_moved}");
        }
    }
}

#[test]
fn a_map_of_a_step_later_says_what_differs() {
    let mut story = Story::new();
    let mut tints = story.tints();
    let viewport = Viewport::new(400.0, 300.0, 1.0).fit(story.layout.bounds());
    let mut map = PixelMap::default();
    let before = story.draw(&mut map, viewport, &tints, None);
    story.moment.apply(&story.graph, &Event::CacheHit { action: ActionId(4_001) });
    tints.refresh(&story.graph, &story.moment, &|kind, blob| story.is_gone(kind, blob), 0);
    let now = story.draw(&mut map, viewport, &tints, None);
    assert!(now.rgba == story.draw(&mut PixelMap::default(), viewport, &tints, None).rgba);
    assert!(replayed(&before, &now) == now.rgba);
    assert!(now.rgba != before.rgba, "one more is a hit");
}

#[test]
fn states_found_in_parts_are_those_found_at_once() {
    let mut story = Story::new();
    let (mut parts, mut n) = (Tints::default(), 0);
    loop {
        let gone = |kind, blob| story.is_gone(kind, blob);
        parts.refresh_on(&story.graph, &story.moment, &gone, 7, 1_000);
        n += 1;
        if !parts.is_behind() {
            break;
        }
        assert_eq!(parts.source(), None, "not before all are found");
        if n == 3 {
            // Time passes meanwhile.
            story.moment.apply(&story.graph, &Event::CacheHit { action: ActionId(100) });
            story.moment.apply(&story.graph, &Event::CacheHit { action: ActionId(5_900) });
        }
    }
    assert_eq!((n, parts.source()), (6, Some(7)));
    let whole = story.tints();
    assert_eq!(parts.states(), whole.states());
    for state in rewindow::rewind::ActionState::ALL {
        assert_eq!(parts.n(state), whole.n(state), "{state:?}");
        assert_eq!(parts.n_spawns(state), whole.n_spawns(state), "{state:?}");
    }
}
