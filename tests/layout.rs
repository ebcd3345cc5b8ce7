//! Layouts keep their promises: edges forward, no overlap, equal graphs alike, any size and shape.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not there")]

mod drawn;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use drawn::{Sketch, chain_of_three, from_edges};
use proptest::prelude::*;
use rewindow::model::{ActionId, ActionKind, ActionSpec, ArtifactKind, Graph, GraphBuilder, Id};
use rewindow::scene::{
    Direction, Layout, LayoutOptions, Mark, Point, Rect, Selection, ShownArtifacts, Tier, Viewport,
    Way, hit, step_along,
};

const ALL_SHOWN: [ShownArtifacts; 4] =
    [ShownArtifacts::Auto, ShownArtifacts::All, ShownArtifacts::Derived, ShownArtifacts::None];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_graph_lies_well(
        n in 0usize..50,
        edges in prop::collection::vec((any::<usize>(), any::<usize>()), 0..120),
        shown in prop::sample::select(ALL_SHOWN.to_vec()),
        down in any::<bool>(),
        aspect in 0.3f32..4.0,
    ) {
        let graph = from_edges(n, &edges);
        let direction = if down { Direction::Down } else { Direction::Right };
        let options =
            LayoutOptions { artifacts: shown, direction, aspect, ..LayoutOptions::default() };
        let layout = lay_out(&graph, &options);
        assert_edges_run_forward(&layout);
        assert_nothing_overlaps(&layout);
        assert_all_edges_are_there(&graph, &layout);
        prop_assert_eq!(&layout, &lay_out(&graph, &options));
        assert_every_mark_is_hit(&graph, &layout);
    }

    #[test]
    fn any_overview_lies_well(
        n in 1usize..120,
        edges in prop::collection::vec((any::<usize>(), any::<usize>()), 0..200),
        down in any::<bool>(),
    ) {
        let graph = from_edges(n, &edges);
        let direction = if down { Direction::Down } else { Direction::Right };
        let options = LayoutOptions { direction, detail_max: 0, ..LayoutOptions::default() };
        let layout = lay_out(&graph, &options);
        prop_assert_eq!(layout.tier(), Tier::Overview);
        assert_nothing_overlaps(&layout);
        prop_assert_eq!(&layout, &lay_out(&graph, &options));
    }
}

#[test]
fn an_empty_graph_has_an_empty_layout() {
    let layout = lay_out(&Sketch::default().finish(), &LayoutOptions::default());
    assert_eq!(layout.marks().count(), 0);
    assert_eq!(layout.bounds(), Rect::default());
}

#[test]
fn a_chain_runs_straight() {
    let graph = chain_of_three();
    let layout = lay_out(&graph, &LayoutOptions::default());
    let y = |mark| layout.centre(mark).unwrap().y;
    let first = y(Mark::Action(ActionId(0)));
    for action in graph.action_ids() {
        assert!((y(Mark::Action(action)) - first).abs() < 1.0);
        for &output in graph.outputs(action) {
            assert!((y(Mark::Artifact(output)) - first).abs() < 1.0);
        }
    }
}

#[test]
fn keys_follow_the_edges() {
    let graph = chain_of_three();
    let layout = lay_out(&graph, &LayoutOptions::default());
    let [a_txt, b_txt] = [0, 1].map(|i| Mark::Artifact(graph.outputs(ActionId(i))[0]));
    let step = |from, way| step_along(&graph, &layout, from, way);
    let [a, b, c] = [0, 1, 2].map(|i| Mark::Action(ActionId(i)));
    assert_eq!(step(a, Way::Output), Some(a_txt));
    assert_eq!(step(a_txt, Way::Output), Some(b));
    assert_eq!(step(b, Way::Output), Some(b_txt));
    assert_eq!(step(b, Way::Input), Some(a_txt));
    assert_eq!(step(a_txt, Way::Input), Some(a));
    let c_txt = step(c, Way::Output).unwrap();
    assert_eq!(step(c_txt, Way::Output), None);
    assert_eq!(step(a, Way::Next), None);
}

#[test]
fn siblings_are_met_in_order() {
    let graph = from_edges(9, &[]);
    let layout = lay_out(&graph, &LayoutOptions::default());
    for action in graph.action_ids() {
        let mark = Mark::Action(action);
        if let Some(next) = step_along(&graph, &layout, mark, Way::Next) {
            assert_eq!(step_along(&graph, &layout, next, Way::Previous), Some(mark));
        }
    }
}

#[test]
fn disconnected_actions_do_not_make_a_tower() {
    let layout = lay_out(&from_edges(400, &[]), &LayoutOptions::default());
    assert_nothing_overlaps(&layout);
    let Rect { width, height, .. } = layout.bounds();
    assert!((0.8..4.0).contains(&(width / height)), "{width} by {height}");
}

#[test]
fn a_wide_graph_is_packed_to_the_window() {
    // 600 compilations into one archive: one rank would be 600 high.
    let edges: Vec<_> = (0..600).map(|i| (i, 600)).collect();
    let layout = lay_out(&from_edges(601, &edges), &LayoutOptions::default());
    assert_edges_run_forward(&layout);
    assert_nothing_overlaps(&layout);
    let Rect { width, height, .. } = layout.bounds();
    assert!((0.4..6.0).contains(&(width / height)), "{width} by {height}");
}

#[test]
fn a_fan_in_of_10_000_is_laid_out() {
    let mut sketch = Sketch::default();
    let sources: Vec<String> = (0..10_000).map(|i| format!("src/{i}.cc")).collect();
    let inputs: Vec<&str> = sources.iter().map(String::as_str).collect();
    sketch.action("//:all", "CppLink", &inputs, &["out/all"]);
    let graph = sketch.finish();
    let options = LayoutOptions { artifacts: ShownArtifacts::All, ..LayoutOptions::default() };
    let layout = lay_out(&graph, &options);
    assert_eq!(layout.marks().count(), 10_002);
    assert_edges_run_forward(&layout);
    assert_nothing_overlaps(&layout);

    let edges: Vec<_> = (0..10_000).map(|i| (i, 10_000)).collect();
    let layout = lay_out(&from_edges(10_001, &edges), &LayoutOptions::default());
    assert_eq!(layout.tier(), Tier::Overview);
    assert_nothing_overlaps(&layout);
}

#[test]
fn a_chain_of_a_million_fits_a_window() {
    let graph = long_chain(1_000_000);
    let start = Instant::now();
    let layout = lay_out(&graph, &LayoutOptions::default());
    let Rect { width, height, .. } = layout.bounds();
    assert!((0.5..4.0).contains(&(width / height)), "{width} by {height}");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert_nothing_overlaps(&lay_out(&long_chain(50_000), &LayoutOptions::default()));
}

#[test]
fn a_chain_of_3_000_is_laid_out_in_detail() {
    let layout = lay_out(&long_chain(3_000), &LayoutOptions::default());
    assert_eq!(layout.tier(), Tier::Detail);
    assert_edges_run_forward(&layout);
}

#[test]
fn many_long_edges_stay_within_bounds() {
    // A chain whose every action also feeds the last: spans add up to four million.
    let mut edges: Vec<_> = (1..2_900).map(|i| (i - 1, i)).collect();
    edges.extend((0..2_900).map(|i| (i, 2_900)));
    let layout = lay_out(&from_edges(2_901, &edges), &LayoutOptions::default());
    assert_edges_run_forward(&layout);
}

#[test]
fn a_layout_can_be_broken_off() {
    let graph = from_edges(300, &(0..900).map(|i| (i * 7, i * 13 + 1)).collect::<Vec<_>>());
    let large = long_chain(300_000);
    for graph in [&graph, &large] {
        let mut n_calls = 0;
        let mut shares = Vec::new();
        let whole = Layout::layered(graph, &LayoutOptions::default(), &mut |share| {
            n_calls += 1;
            shares.push(share);
            ControlFlow::Continue(())
        });
        assert!(whole.is_some() && n_calls >= 4, "{n_calls}");
        assert!(shares.is_sorted() && shares.iter().all(|s| (0.0..=1.0).contains(s)), "{shares:?}");
        for stop_at in 1..=n_calls {
            let mut n = 0;
            let layout = Layout::layered(graph, &LayoutOptions::default(), &mut |_| {
                n += 1;
                if n == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert!(layout.is_none());
            assert_eq!(n, stop_at, "it went on");
        }
    }
}

fn lay_out(graph: &Graph, options: &LayoutOptions) -> Layout {
    Layout::layered(graph, options, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn long_chain(n: usize) -> Graph {
    let mut builder = GraphBuilder::default();
    let mut last = builder.artifact("0", ArtifactKind::Source);
    for i in 1..=n {
        let output = builder.artifact(&i.to_string(), ArtifactKind::Derived);
        builder.action(ActionSpec {
            label: String::new(),
            mnemonic: "Genrule".to_owned(),
            kind: ActionKind::Spawn,
            inputs: vec![last],
            outputs: vec![output],
            digests: Default::default(),
            duration_ms: None,
        });
        last = output;
    }
    builder.finish().0
}

/// Where a point lies along the direction of the layout.
fn along(layout: &Layout, at: Point) -> f32 {
    if layout.direction() == Direction::Right { at.x } else { at.y }
}

fn assert_edges_run_forward(layout: &Layout) {
    for (i, edge) in layout.edges().iter().enumerate() {
        let route: Vec<f32> = layout.route(i).map(|at| along(layout, at)).collect();
        assert!(route.len() >= 2);
        assert!(route.is_sorted(), "{edge:?} turns back: {route:?}");
        assert!(route[0] < route[route.len() - 1]);
        assert_eq!(layout.edge_between(edge.from, edge.to), Some(i));
    }
}

fn assert_nothing_overlaps(layout: &Layout) {
    const CELL: f32 = 64.0;
    let mut cells: HashMap<(i64, i64), Vec<(Mark, Rect)>> = HashMap::new();
    for mark in layout.marks() {
        let rect = layout.rect(mark).unwrap();
        let bounds = layout.bounds().grown(0.5);
        assert!(bounds.contains(Point::new(rect.x, rect.y)), "{mark:?} is out of bounds");
        assert!(bounds.contains(Point::new(rect.right(), rect.bottom())));
        let cell = |at: f32| (at / CELL).floor() as i64;
        for x in cell(rect.x)..=cell(rect.right()) {
            for y in cell(rect.y)..=cell(rect.bottom()) {
                let others = cells.entry((x, y)).or_default();
                for (other, there) in others.iter() {
                    assert!(!rect.overlaps(there), "{mark:?} lies on {other:?}");
                }
                others.push((mark, rect));
            }
        }
    }
}

/// Every input is an edge, or the two ends of one lie where an edge is.
fn assert_all_edges_are_there(graph: &Graph, layout: &Layout) {
    for action in graph.action_ids() {
        for &input in graph.inputs(action) {
            let circle = Some(Mark::Artifact(input)).filter(|&m| layout.centre(m).is_some());
            let from = circle.or(graph.producer(input).map(Mark::Action));
            let Some(from) = from else { continue };
            assert!(layout.edge_between(from, Mark::Action(action)).is_some());
        }
    }
}

fn assert_every_mark_is_hit(graph: &Graph, layout: &Layout) {
    let viewport = Viewport::new(1280.0, 800.0, 1.0);
    for mark in layout.marks() {
        let centre = layout.centre(mark).unwrap();
        let viewport = viewport.centred_on(centre);
        let at = viewport.to_screen(centre);
        assert_eq!(hit(graph, layout, Selection::None, &viewport, at), Some(mark));
        if let Mark::Action(action) = mark {
            let entry = Mark::AcEntry(ActionId::at(action.index()));
            let at = viewport.to_screen(layout.centre(entry).unwrap());
            assert_eq!(hit(graph, layout, Selection::None, &viewport, at), Some(entry));
        }
    }
    let away = Point::new(layout.bounds().right() + 500.0, layout.bounds().bottom() + 500.0);
    let viewport = viewport.centred_on(away);
    let at = viewport.to_screen(away);
    assert_eq!(hit(graph, layout, Selection::None, &viewport, at), None);
}
