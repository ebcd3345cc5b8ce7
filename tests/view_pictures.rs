//! Pictures of a larger graph as SVG text: groups, one of them open, a focus on a loss, lanes of an
//! overview. `UPDATE_EXPECT=1` rewrites them, and a person looks at what changed.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not there")]

mod drawn;
#[path = "support/picture.rs"]
mod picture;

use std::ops::ControlFlow;

use drawn::{Sketch, full_cache};
use picture::assert_svg;
use rewindow::model::{ActionId, Cache, CacheKind, Graph, Tier};
use rewindow::rewind::{Event, Moment};
use rewindow::scene::{
    Direction, Filter, Focus, GroupCounts, GroupId, Grouping, Layout, LayoutOptions, Mark, Open,
    Scene, Selection, Subject, Theme, Tints, View, Viewport, shapes, to_svg,
};

/// Packages of some actions each, every package on the two before.
fn packages() -> Graph {
    let mut sketch = Sketch::default();
    let name = |package: usize| format!("//{}/p{package}", ["base", "net", "app"][package / 3]);
    for package in 0..9usize {
        let archive = format!("out/{package}.a");
        let mut objects = Vec::new();
        for i in 0..=package % 4 {
            let object = format!("out/{package}-{i}.o");
            let before = (1..=2).filter_map(|by| package.checked_sub(by));
            let inputs: Vec<String> = before.map(|p| format!("out/{p}.a")).collect();
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            let label = format!("{}:lib", name(package));
            sketch.action(&label, "CppCompile", &inputs, &[&object]);
            objects.push(object);
        }
        let inputs: Vec<&str> = objects.iter().map(String::as_str).collect();
        sketch.action(&format!("{}:archive", name(package)), "CppArchive", &inputs, &[&archive]);
    }
    sketch.finish()
}

/// A build in which the archive of the fourth package is lost when the fifth reads it.
struct Story {
    graph: Graph,
    cache: Cache,
    moment: Moment,
    grouping: Grouping,
    lost: (ActionId, ActionId),
}

impl Story {
    fn new() -> Self {
        let graph = packages();
        let cache = full_cache(&graph);
        let mut moment = Moment::start(&graph, &cache);
        let find = |label: &str| graph.action_ids().find(|&a| graph.label(a) == label).unwrap();
        let (producer, consumer) = (find("//net/p3:archive"), find("//net/p4:lib"));
        for action in graph.action_ids().take_while(|&a| a != consumer) {
            moment.apply(&graph, &Event::CacheHit { action });
        }
        let input = graph.outputs(producer)[0];
        let blob = graph.blob(input).unwrap();
        let evicted = Event::Evicted { kind: CacheKind::Cas, blob, tier: Tier::Remote };
        moment.apply(&graph, &evicted);
        moment.apply(&graph, &Event::LostInput { consumer, input, blob });
        let grouping = Grouping::new(&graph);
        Self { graph, cache, moment, grouping, lost: (producer, consumer) }
    }

    fn lay_out(&self, subject: Subject, before: Option<&Layout>) -> Layout {
        let options = LayoutOptions { direction: Direction::Right, ..LayoutOptions::default() };
        let never = &mut |_| ControlFlow::Continue(());
        Layout::of(&self.graph, subject, before, &options, never).unwrap()
    }

    fn draw(&self, layout: &Layout, filter: Option<&Filter>, theme: Theme) -> Scene {
        let evicted =
            |kind, blob| self.cache.contains(kind, blob) && !self.moment.cache.contains(kind, blob);
        let tints = Tints::of(&self.graph, &self.moment, &evicted);
        let mut counts = GroupCounts::default();
        counts.refresh(layout, &self.grouping, &tints, filter);
        shapes(&View {
            graph: &self.graph,
            layout,
            moment: &self.moment,
            event: None,
            motion: 1.0,
            selection: Selection::None,
            hover: None,
            evicted: &evicted,
            tints: Some(&tints),
            grouping: Some(&self.grouping),
            counts: Some(&counts),
            path: &[],
            filter,
            viewport: Viewport::new(960.0, 560.0, 1.0).fit(layout.bounds()),
            theme,
        })
    }
}

#[test]
fn groups_closed_and_one_open() {
    let story = Story::new();
    let mut open = Open::default();
    let closed = story.lay_out(Subject::Groups(&story.grouping, &open), None);
    assert_picture("groups", &story.draw(&closed, None, Theme::Light));
    assert_picture("groups-dark", &story.draw(&closed, None, Theme::Dark));
    let net = story.grouping.children(GroupId::ROOT).find(|&g| {
        let consumer = story.grouping.home(story.lost.1);
        story.grouping.is_in(consumer, g)
    });
    open.unfold(&story.grouping, net.unwrap());
    let unfolded = story.lay_out(Subject::Groups(&story.grouping, &open), Some(&closed));
    assert_picture("groups-unfolded", &story.draw(&unfolded, None, Theme::Light));
}

#[test]
fn a_focus_on_a_loss_shows_the_lost_blob_between_producer_and_consumer() {
    let story = Story::new();
    let (producer, consumer) = story.lost;
    let artifact = story.graph.outputs(producer)[0];
    let blob = story.graph.blob(artifact).unwrap();
    let focus = Focus::loss(&story.graph, blob, 100);
    let layout = story.lay_out(Subject::Focus(&focus), None);
    let x = |mark| layout.centre(mark).unwrap().x;
    let circle = Mark::Artifact(artifact);
    assert!(x(Mark::Action(producer)) < x(circle) && x(circle) < x(Mark::Action(consumer)));
    assert!(layout.edge_between(Mark::Action(producer), circle).is_some());
    assert!(layout.edge_between(circle, Mark::Action(consumer)).is_some());
    assert_picture("focus-loss", &story.draw(&layout, None, Theme::Light));
}

#[test]
fn lanes_of_packages() {
    let story = Story::new();
    let open = story.grouping.opened(48);
    let layout = story.lay_out(Subject::Overview(&story.grouping, &open), None);
    let lanes: Vec<usize> =
        layout.lanes().iter().map(|lane| story.grouping.n_actions(lane.group)).collect();
    assert_eq!(lanes.iter().sum::<usize>(), story.graph.n_actions());
    assert_picture("overview", &story.draw(&layout, None, Theme::Light));
    // What is filtered out stands back, and nothing moves.
    let shown = std::iter::once(story.lost.1).collect();
    let filtered = story.draw(&layout, Some(&Filter::new(shown, false, 1)), Theme::Light);
    assert_picture("overview-filtered", &filtered);
}

fn assert_picture(name: &str, scene: &Scene) {
    assert_svg(name, &to_svg(scene));
}
