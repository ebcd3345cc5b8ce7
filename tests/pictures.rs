//! Pictures of small graphs at several moments, as SVG text: `UPDATE_EXPECT=1` rewrites them, and
//! a person looks at what changed. Around them, what holds for every picture.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not there")]

mod drawn;
#[path = "support/picture.rs"]
mod picture;

use std::collections::HashSet;
use std::ops::ControlFlow;

use drawn::{chain_of_three, from_edges, full_cache};
use picture::assert_svg;
use rewindow::model::{ActionId, BlobId, Cache, CacheKind, Graph, Request, Status, Tier, Verb};
use rewindow::rewind::{ActionState, ArtifactState, Event, FailReason, MissReason, Moment};
use rewindow::scene::{
    Align, Direction, Geometry, Layout, LayoutOptions, Mark, Palette, PixelMap, Point, Rect, Scene,
    Selection, Shape, Theme, View, Viewport, legend, minimap, minimap_to_world, shapes, to_svg,
};

const A: ActionId = ActionId(0);
const B: ActionId = ActionId(1);
const C: ActionId = ActionId(2);

/// A graph, its full cache and what happened so far.
struct Story {
    graph: Graph,
    cache: Cache,
    moment: Moment,
    last: Option<Event>,
}

impl Story {
    fn new(graph: Graph) -> Self {
        let cache = full_cache(&graph);
        let moment = Moment::start(&graph, &cache);
        Self { graph, cache, moment, last: None }
    }

    fn then(mut self, events: &[Event]) -> Self {
        for event in events {
            self.moment.apply(&self.graph, event);
            self.last = Some(*event);
        }
        self
    }

    /// a.txt is evicted, a is a cache hit, b finds its input gone.
    fn until_the_loss() -> Self {
        let story = Self::new(chain_of_three());
        let (input, blob) = story.first_output();
        story.then(&[
            Event::Evicted { kind: CacheKind::Cas, blob, tier: Tier::Remote },
            Event::BuildStarted { build: 0, attempt: 1 },
            Event::CacheHit { action: A },
            Event::CacheMiss { action: B, reason: MissReason::NoEntry },
            Event::LostInput { consumer: B, input, blob },
        ])
    }

    fn first_output(&self) -> (rewindow::model::ArtifactId, BlobId) {
        let artifact = self.graph.outputs(A)[0];
        (artifact, self.graph.blob(artifact).unwrap())
    }

    fn draw(&self, change: impl FnOnce(&mut View)) -> Scene {
        self.draw_in(&LayoutOptions::default(), Viewport::new(960.0, 320.0, 1.0), change)
    }

    fn draw_in(
        &self,
        options: &LayoutOptions,
        viewport: Viewport,
        change: impl FnOnce(&mut View),
    ) -> Scene {
        let layout = lay_out(&self.graph, options);
        let evicted =
            |kind, blob| self.cache.contains(kind, blob) && !self.moment.cache.contains(kind, blob);
        let mut view = View {
            graph: &self.graph,
            layout: &layout,
            moment: &self.moment,
            event: self.last.as_ref(),
            motion: 1.0,
            selection: Selection::None,
            hover: None,
            evicted: &evicted,
            tints: None,
            grouping: None,
            counts: None,
            path: &[],
            filter: None,
            viewport: viewport.fit(layout.bounds()),
            theme: Theme::Light,
        };
        change(&mut view);
        let scene = shapes(&view);
        assert_within_sight(&scene);
        assert_eq!(scene, shapes(&view), "equal views give equal scenes");
        scene
    }
}

#[test]
fn before_the_first_event() {
    let scene = Story::new(chain_of_three()).draw(|_| {});
    assert_picture("start", &scene);
}

#[test]
fn a_consumer_finds_its_input_lost() {
    let story = Story::until_the_loss();
    assert_picture("lost-input", &story.draw(|_| {}));
    assert_picture("lost-input-dark", &story.draw(|view| view.theme = Theme::Dark));
    let narrow = LayoutOptions::for_window(390.0, 480.0);
    assert_eq!(narrow.direction, Direction::Down);
    let window = Viewport::new(390.0, 480.0, 2.0);
    assert_picture("lost-input-narrow", &story.draw_in(&narrow, window, |_| {}));
}

#[test]
fn the_producer_is_dirty_and_the_motion_runs_up_to_it() {
    let dirty = [Event::MarkedDirty { action: A, consumer: Some(B) }];
    let story = Story::until_the_loss().then(&dirty);
    assert_picture("marked-dirty", &story.draw(|_| {}));
    let color = Palette::of(Theme::Light).dirty;
    let moving = |motion: f32| {
        let scene = story.draw(|view| view.motion = motion);
        curves(&scene).find(|s| s.style.stroke == color && s.style.width == 2.0).unwrap().clone()
    };
    let (Geometry::Curve(half), Geometry::Curve(whole)) =
        (moving(0.5).geometry, moving(1.0).geometry)
    else {
        panic!("edges are curves")
    };
    // The whole edge leads from the producer to the blob; the motion starts at the blob.
    assert_eq!(half[0], *whole.last().unwrap());
    let (reached, end) = (half.last().unwrap().x, whole[0].x);
    assert!(end < reached && reached < half[0].x);
}

#[test]
fn the_producer_has_run_again_and_the_consumer_runs() {
    let story = Story::until_the_loss().then(&[
        Event::MarkedDirty { action: A, consumer: Some(B) },
        Event::Reset { action: B },
        Event::Started { action: A },
        Event::Executed { action: A, again: true },
        Event::Started { action: B },
    ]);
    assert_picture("re-executed", &story.draw(|view| view.selection = Selection::Action(B)));
}

#[test]
fn the_build_fails_and_skips_the_rest() {
    let story = Story::until_the_loss().then(&[
        Event::Failed { action: B, reason: FailReason::LostInputs },
        Event::Skipped { action: C },
    ]);
    assert_picture("failed", &story.draw(|_| {}));
}

#[test]
fn an_evicted_ac_entry_and_the_request_that_finds_it_gone() {
    let story = Story::new(chain_of_three());
    let key = story.graph.digests(A).key.unwrap();
    let (verb, kind, status) = (Verb::Get, CacheKind::Ac, Status::NotFound);
    let request = Request { verb, tier: Tier::Remote, kind, blob: key, status, owner: Some(A) };
    let story = story
        .then(&[Event::Evicted { kind, blob: key, tier: Tier::Remote }, Event::Asked(request)]);
    let scene = story.draw(|view| view.hover = Some(Mark::AcEntry(A)));
    assert_picture("ac-entry-evicted", &scene);
}

#[test]
fn the_legend() {
    for (theme, name) in [(Theme::Light, "legend"), (Theme::Dark, "legend-dark")] {
        let entries = legend(theme);
        let pictures: HashSet<String> = entries.iter().map(|e| to_svg(&e.picture)).collect();
        assert_eq!(pictures.len(), entries.len(), "two states look alike");
        let mut text = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\">\n");
        for (i, entry) in entries.iter().enumerate() {
            let (name, meaning, picture) = (entry.name, entry.meaning, to_svg(&entry.picture));
            let y = i * 24;
            text += &format!("<!-- {name}: {meaning} -->\n<g transform=\"translate(0 {y})\">\n");
            text += &format!("{picture}</g>\n");
        }
        text += "</svg>\n";
        assert_svg(name, &text);
    }
}

/// Take the colours away, and every state still looks different.
#[test]
fn no_state_is_told_by_colour_alone() {
    let states = [
        ActionState::NotReached,
        ActionState::CacheHit,
        ActionState::Running,
        ActionState::Executed,
        ActionState::LostInput,
        ActionState::Dirty,
        ActionState::Reexecuted,
        ActionState::Failed,
        ActionState::Skipped,
    ];
    for scale in [1.0, 0.3] {
        let mut seen = HashSet::new();
        for state in states {
            let mut story = Story::new(from_edges(1, &[]));
            story.moment.actions.set(0, state);
            let mut scene = story.draw(|view| {
                view.viewport = view.viewport.zoom_at(Point::new(480.0, 160.0), scale / 1.25);
            });
            for shape in &mut scene.shapes {
                let grey = |color: &mut rewindow::scene::Color| color.0 |= 0xFFFF_FF00;
                // Ground is no ink.
                if shape.style.fill == scene.ground {
                    shape.style.fill = Default::default();
                }
                if shape.style.fill.0 & 0xFF != 0 {
                    grey(&mut shape.style.fill);
                }
                if shape.style.stroke.0 & 0xFF != 0 {
                    grey(&mut shape.style.stroke);
                }
            }
            assert!(seen.insert(to_svg(&scene)), "{state:?} looks like another at {scale}");
        }
    }
}

#[test]
fn labels_never_overlap() {
    let edges: Vec<_> = (0..70).map(|i| (i * 7 + 3, i * 11 + i / 5)).collect();
    for options in [
        LayoutOptions::default(),
        LayoutOptions { direction: Direction::Down, ..LayoutOptions::default() },
    ] {
        let story = Story::new(from_edges(40, &edges));
        for scale in [0.3, 0.6, 1.0, 1.7, 3.0] {
            let scene = story.draw_in(&options, Viewport::new(1280.0, 800.0, 1.0), |view| {
                view.viewport =
                    Viewport { scale, ..view.viewport }.centred_on(view.layout.bounds().centre());
            });
            let boxes: Vec<(&str, Rect)> = scene.shapes.iter().filter_map(text_box).collect();
            assert!(scale < 0.4 || !boxes.is_empty());
            for (i, (text, rect)) in boxes.iter().enumerate() {
                for (other, there) in &boxes[..i] {
                    assert!(!rect.overlaps(there), "{text} lies on {other} at {scale}");
                }
            }
        }
    }
}

#[test]
fn one_lost_blob_is_seen_among_many_actions() {
    let edges: Vec<_> = (0..9_000).map(|i| (i * 31, i * 17 + 5)).collect();
    let graph = from_edges(5_000, &edges);
    let blob = graph.blob(graph.outputs(ActionId(2_345))[0]).unwrap();
    let story = Story::new(graph).then(&[Event::Evicted {
        kind: CacheKind::Cas,
        blob,
        tier: Tier::Remote,
    }]);
    let lost = Palette::of(Theme::Light).lost.bytes();
    for window in [Viewport::new(640.0, 400.0, 1.0), Viewport::new(300.0, 900.0, 2.0)] {
        let scene = story.draw_in(&LayoutOptions::default(), window, |view| view.event = None);
        let raster = scene.raster.unwrap();
        assert_eq!(raster.rgba.len(), raster.width as usize * raster.height as usize * 4);
        let n_lost = raster.rgba.chunks_exact(4).filter(|p| **p == lost).count();
        assert!((9..=400).contains(&n_lost), "{n_lost} pixels");
    }
}

#[test]
fn a_minimap_shows_all_and_leads_back() {
    let story = Story::until_the_loss();
    let layout = lay_out(&story.graph, &LayoutOptions::default());
    let mut map = None;
    story.draw(|view| map = Some(minimap(view, 160.0, 100.0, &mut PixelMap::default())));
    let map = map.unwrap();
    let raster = map.raster.as_ref().unwrap();
    assert_eq!((raster.width, raster.height), (160, 100));
    let ground = map.ground.bytes();
    assert!(raster.rgba.chunks_exact(4).any(|pixel| *pixel != ground));
    let middle = minimap_to_world(&layout, 160.0, 100.0, Point::new(80.0, 50.0));
    let centre = layout.bounds().centre();
    assert!((middle.x - centre.x).abs() < 0.5 && (middle.y - centre.y).abs() < 0.5);
}

#[test]
fn an_artifact_keeps_its_state_apart_from_others() {
    let mut seen = HashSet::new();
    for state in [
        ArtifactState::NotReached,
        ArtifactState::Remote,
        ArtifactState::Local,
        ArtifactState::Lost,
    ] {
        let mut story = Story::new(chain_of_three());
        let output = story.graph.outputs(A)[0];
        story.moment.artifacts.set(output.0 as usize, state);
        assert!(seen.insert(to_svg(&story.draw(|_| {}))), "{state:?}");
    }
}

#[test]
fn hostile_labels_stay_text() {
    let mut sketch = drawn::Sketch::default();
    sketch.action("//<script>&\"\u{1}", "x", &[], &["out/\u{202e}<b>"]);
    let story = Story::new(sketch.finish());
    let svg = to_svg(&story.draw(|_| {}));
    assert!(svg.contains("//&lt;script&gt;&amp;&quot;\u{FFFD}"), "{svg}");
    assert!(!svg.contains("<script>") && !svg.contains("<b>") && !svg.contains('\u{1}'));
}

fn lay_out(graph: &Graph, options: &LayoutOptions) -> Layout {
    Layout::layered(graph, options, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn curves(scene: &Scene) -> impl Iterator<Item = &Shape> {
    scene.shapes.iter().filter(|shape| matches!(shape.geometry, Geometry::Curve(_)))
}

/// The room of a text, as far as its painter may use it.
fn text_box(shape: &Shape) -> Option<(&str, Rect)> {
    let Geometry::Text { at, text, size, align, room, .. } = &shape.geometry else {
        return None;
    };
    // A painter uses the room whole only for a text that fills it.
    let width = room.min(text.chars().count() as f32 * size * 0.75);
    let x = match align {
        Align::Start => at.x,
        Align::Middle => at.x - width / 2.0,
        Align::End => at.x - width,
    };
    let (y, height) = (at.y - size * 0.75, size * 0.95);
    Some((text, Rect { x, y, width, height }))
}

/// Nothing is drawn that nobody can see, give or take a label.
fn assert_within_sight(scene: &Scene) {
    let sight = Rect { x: 0.0, y: 0.0, width: scene.width, height: scene.height }.grown(600.0);
    for shape in &scene.shapes {
        let at = match &shape.geometry {
            Geometry::Rect { rect, .. } | Geometry::Hatch { rect, .. } => rect.centre(),
            Geometry::Circle { centre, .. } => *centre,
            Geometry::Text { at, .. } => *at,
            Geometry::Line(points) => points[0],
            Geometry::Curve(_) => continue,
        };
        assert!(at.x.is_finite() && at.y.is_finite() && sight.contains(at), "{shape:?}");
    }
}

fn assert_picture(name: &str, scene: &Scene) {
    assert_svg(name, &to_svg(scene));
}
