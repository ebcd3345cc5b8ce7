//! What a focus holds, and that it lies well: neighbours, paths, plans, losses.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not there")]

mod drawn;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use drawn::{Sketch, from_edges};
use proptest::prelude::*;
use rewindow::model::{ActionId, Graph, Id};
use rewindow::scene::{
    Direction, EdgeKind, Focus, Layout, LayoutOptions, Making, Mark, Point, ShownArtifacts,
    Subject, Tier,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn neighbourhoods_are_those_of_a_plain_search(
        n in 1usize..40,
        edges in prop::collection::vec((any::<usize>(), any::<usize>()), 0..80),
        centre in any::<usize>(),
        (up, down) in (0u32..4, 0u32..4),
    ) {
        let graph = from_edges(n, &edges);
        let centre = ActionId::at(centre % n);
        let pairs = pairs(&graph);
        let mut expected = BTreeSet::from([centre]);
        for (hops, turned) in [(up, true), (down, false)] {
            let mut near = BTreeSet::from([centre]);
            for _ in 0..hops {
                let next = pairs.iter().map(|&(p, c)| if turned { (c, p) } else { (p, c) });
                let next: Vec<_> = next.filter(|e| near.contains(&e.0)).map(|e| e.1).collect();
                near.extend(next);
            }
            expected.extend(near);
        }
        let focus = Focus::around(&graph, &[centre], up, down, n);
        prop_assert_eq!(focus.actions(), &expected.iter().copied().collect::<Vec<_>>()[..]);
        let few = Focus::around(&graph, &[centre], up, down, 2);
        prop_assert_eq!(few.actions().len() + few.n_left_out(), expected.len());
        prop_assert!(few.contains(centre) && few.actions().iter().all(|&a| focus.contains(a)));
    }

    #[test]
    fn paths_are_all_there(
        n in 2usize..25,
        edges in prop::collection::vec((any::<usize>(), any::<usize>()), 0..60),
        (from, to) in (any::<usize>(), any::<usize>()),
    ) {
        let graph = from_edges(n, &edges);
        let (from, to) = (ActionId::at(from % n), ActionId::at(to % n));
        let reaches = closure(&graph);
        let (first, last) = (from.min(to), from.max(to));
        let on_path = |a: &ActionId| {
            reaches[first.index()][a.index()] && reaches[a.index()][last.index()]
        };
        let expected: Vec<ActionId> = graph.action_ids().filter(on_path).collect();
        let focus = Focus::between(&graph, from, to, n);
        prop_assert_eq!(focus.actions(), &expected[..]);
    }

    #[test]
    fn hidden_paths_are_real_and_the_picture_lies_well(
        n in 2usize..60,
        edges in prop::collection::vec((any::<usize>(), any::<usize>()), 0..120),
        chosen in prop::collection::vec(any::<usize>(), 1..30),
        down in any::<bool>(),
        with_artifacts in any::<bool>(),
    ) {
        let graph = from_edges(n, &edges);
        let focus = Focus::of(&graph, chosen.iter().map(|i| ActionId::at(i % n)), n);
        let (reaches, direct) = (closure(&graph), pairs(&graph));
        for &(from, to) in focus.links() {
            prop_assert!(focus.contains(from) && focus.contains(to));
            prop_assert!(reaches[from.index()][to.index()] && !direct.contains(&(from, to)));
        }
        let options = LayoutOptions {
            direction: if down { Direction::Down } else { Direction::Right },
            artifacts: if with_artifacts { ShownArtifacts::All } else { ShownArtifacts::None },
            ..LayoutOptions::default()
        };
        let layout = lay_out(&graph, &focus, None, &options);
        prop_assert_eq!(layout.tier(), Tier::Focus);
        let shown: Vec<ActionId> = layout.actions().map(|a| a.0).collect();
        prop_assert_eq!(&shown[..], focus.actions());
        assert_lies_well(&layout);
        let n_hidden =
            (0..layout.edges().len()).filter(|&i| layout.edge_kind(i) == EdgeKind::Hidden).count();
        prop_assert_eq!(n_hidden, focus.links().len());
        prop_assert_eq!(Layout::from_bytes(&layout.to_bytes()), Some(layout));
    }
}

#[test]
fn a_hidden_action_leaves_a_link() {
    let graph = from_edges(4, &[(0, 1), (1, 2), (2, 3), (0, 3)]);
    let focus = Focus::of(&graph, [ActionId(0), ActionId(2), ActionId(3)], 10);
    // 0 to 2 goes through 1; 0 to 3 is an edge.
    assert_eq!(focus.links(), [(ActionId(0), ActionId(2))]);
}

#[test]
fn a_loss_concerns_producer_consumers_and_what_the_producer_reads() {
    let mut sketch = Sketch::default();
    sketch.action("//:far", "G", &[], &["out/far"]);
    sketch.action("//:near", "G", &["out/far"], &["out/near"]);
    sketch.action("//:lost", "G", &["out/near"], &["out/lost"]);
    sketch.action("//:reader", "G", &["out/lost"], &["out/r"]);
    sketch.action("//:later", "G", &["out/r"], &["out/l"]);
    let graph = sketch.finish();
    let lost = graph.blob(graph.outputs(ActionId(2))[0]).unwrap();
    let focus = Focus::loss(&graph, lost, 100);
    assert_eq!(focus.actions(), [1, 2, 3].map(ActionId));
}

#[test]
fn what_stays_in_focus_moves_little() {
    let edges: Vec<_> = (1..80).map(|i| (i / 3, i)).collect();
    let graph = from_edges(80, &edges);
    let options = LayoutOptions { artifacts: ShownArtifacts::None, ..LayoutOptions::default() };
    let narrow = Focus::around(&graph, &[ActionId(0)], 0, 2, 100);
    let wide = Focus::around(&graph, &[ActionId(0)], 0, 3, 100);
    assert!(wide.actions().len() > narrow.actions().len());
    let before = lay_out(&graph, &wide, None, &options);
    let after = lay_out(&graph, &narrow, Some(&before), &options);
    // The order across is that of before, and half of the marks hold their place.
    let mut both: Vec<_> = after
        .actions()
        .map(|(action, at)| (at, before.centre(Mark::Action(action)).unwrap()))
        .collect();
    both.sort_by(|a, b| a.0.x.total_cmp(&b.0.x).then(a.0.y.total_cmp(&b.0.y)));
    for pair in both.windows(2).filter(|pair| pair[0].0.x == pair[1].0.x) {
        assert!(pair[0].1.y < pair[1].1.y, "two of a rank change places");
    }
    // Nothing moves further than the picture shrank.
    let shrunk = before.bounds().height - after.bounds().height;
    let moves: Vec<f32> = both.iter().map(|(now, then)| (now.y - then.y).abs()).collect();
    assert!(moves.iter().all(|&by| by <= shrunk), "{moves:?} of {shrunk}");
}

#[test]
fn a_first_picture_comes_before_the_best() {
    let edges: Vec<_> = (0..600).map(|i| (i * 7 % 400, i * 13 % 397)).collect();
    let graph = from_edges(400, &edges);
    let focus = Focus::of(&graph, graph.action_ids(), 2_000);
    let (mut pictures, mut shares) = (Vec::new(), Vec::new());
    let options = LayoutOptions::default();
    let best = Layout::of(&graph, Subject::Focus(&focus), None, &options, &mut |making| {
        match making {
            Making::Picture(layout) => pictures.push((shares.len(), layout)),
            Making::Share(share) => shares.push(share),
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    let (at, first) = pictures.first().unwrap();
    assert!(*at < shares.len() - 2 && shares.is_sorted(), "{at} of {shares:?}");
    assert_lies_well(first);
    assert!(crossings(&best) < crossings(first));
}

fn lay_out(
    graph: &Graph,
    focus: &Focus,
    before: Option<&Layout>,
    options: &LayoutOptions,
) -> Layout {
    let never = &mut |_| ControlFlow::Continue(());
    Layout::of(graph, Subject::Focus(focus), before, options, never).unwrap()
}

/// Producers and consumers.
fn pairs(graph: &Graph) -> BTreeSet<(ActionId, ActionId)> {
    let inputs = graph.action_ids().flat_map(|c| graph.inputs(c).iter().map(move |&i| (c, i)));
    inputs.filter_map(|(c, i)| Some((graph.producer(i)?, c))).collect()
}

/// Whether a path, of no edges at least, leads from one action to another.
fn closure(graph: &Graph) -> Vec<Vec<bool>> {
    let n = graph.n_actions();
    let mut reaches: Vec<Vec<bool>> = (0..n).map(|i| (0..n).map(|j| i == j).collect()).collect();
    // Ids of these graphs are a topological order.
    for (producer, consumer) in pairs(graph).into_iter().rev() {
        let further = reaches[consumer.index()].clone();
        for (slot, more) in reaches[producer.index()].iter_mut().zip(further) {
            *slot |= more;
        }
    }
    reaches
}

fn assert_lies_well(layout: &Layout) {
    let rects: Vec<_> = layout.marks().map(|mark| layout.rect(mark).unwrap()).collect();
    for (i, rect) in rects.iter().enumerate() {
        assert!(rects[..i].iter().all(|other| !rect.overlaps(other)));
    }
    for i in 0..layout.edges().len() {
        let is_right = layout.direction() == Direction::Right;
        let along = |p: Point| if is_right { p.x } else { p.y };
        assert!(layout.route(i).map(along).is_sorted());
    }
}

/// Crossings of edges on their routes.
fn crossings(layout: &Layout) -> usize {
    let mut lines: Vec<[Point; 2]> = Vec::new();
    for i in 0..layout.edges().len() {
        let route: Vec<Point> = layout.route(i).collect();
        lines.extend(route.windows(2).map(|w| [w[0], w[1]]));
    }
    let side = |a: Point, b: Point, c: Point| (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    let mut n = 0;
    for (i, &[a, b]) in lines.iter().enumerate() {
        for &[c, d] in &lines[..i] {
            let parted = side(a, b, c) * side(a, b, d) < 0.0;
            n += usize::from(parted && side(c, d, a) * side(c, d, b) < 0.0);
        }
    }
    n
}
