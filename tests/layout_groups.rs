//! Views of groups keep their promises: the tree holds every action once, any cut lies well, and to
//! unfold a group makes room without moving the rest about.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not there")]

mod drawn;

use std::collections::HashSet;
use std::ops::ControlFlow;

use drawn::{Sketch, from_edges};
use proptest::prelude::*;
use rewindow::model::{ActionId, Graph};
use rewindow::scene::{
    Direction, EdgeKind, GroupBy, GroupId, GroupKind, Grouping, Layout, LayoutOptions, Mark, Open,
    Point, Rect, Subject, group_name,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_cut_lies_well(
        n in 0usize..120,
        edges in prop::collection::vec((any::<usize>(), any::<usize>()), 0..200),
        unfolded in prop::collection::vec(any::<u32>(), 0..6),
        down in any::<bool>(),
        by_mnemonic in any::<bool>(),
    ) {
        let graph = from_edges(n, &edges);
        let levels = if by_mnemonic {
            vec![GroupBy::Mnemonic, GroupBy::Package]
        } else {
            vec![GroupBy::Package, GroupBy::Target, GroupBy::Mnemonic]
        };
        let grouping = Grouping::by(&graph, &levels);
        assert_is_a_tree(&graph, &grouping);
        let n_groups = grouping.n_groups() as u32;
        let open = Open::of(&grouping, unfolded.iter().map(|&g| GroupId(g % n_groups)));
        let direction = if down { Direction::Down } else { Direction::Right };
        let options = LayoutOptions { direction, ..LayoutOptions::default() };
        let layout = lay_out(&graph, &grouping, &open, None, &options);
        assert_eq!(layout.n_marks(), open.n_marks(&grouping));
        assert_lies_well(&graph, &grouping, &open, &layout);
        prop_assert_eq!(&layout, &lay_out(&graph, &grouping, &open, None, &options));
        prop_assert_eq!(Layout::from_bytes(&layout.to_bytes()), Some(layout));
        prop_assert_eq!(Grouping::from_bytes(&grouping.to_bytes()), Some(grouping));
    }

    #[test]
    fn any_unfolding_keeps_the_rest_in_order(
        n in 20usize..160,
        edges in prop::collection::vec((any::<usize>(), any::<usize>()), 0..300),
        which in any::<usize>(),
    ) {
        let graph = from_edges(n, &edges);
        let grouping = Grouping::by(&graph, &[GroupBy::Mnemonic, GroupBy::Package]);
        let options = LayoutOptions::default();
        let closed = grouping.opened(20);
        let before = lay_out(&graph, &grouping, &closed, None, &options);
        if before.groups().is_empty() {
            return Ok(());
        }
        let group = before.groups()[which % before.groups().len()];
        let mut open = closed.clone();
        open.unfold(&grouping, group);
        let after = lay_out(&graph, &grouping, &open, Some(&before), &options);
        assert_unfolded_in_place(&before, &after, group);
        let mut folded = open.clone();
        folded.fold(&grouping, group);
        prop_assert_eq!(&folded, &closed);
        let again = lay_out(&graph, &grouping, &folded, Some(&after), &options);
        for mark in before.marks() {
            let (was, is) = (before.centre(mark).unwrap(), again.centre(mark).unwrap());
            prop_assert!((was.x - is.x).abs() < 0.1 && (was.y - is.y).abs() < 0.1, "{mark:?}");
        }
    }
}

#[test]
fn a_part_of_a_wide_package_says_from_where_to_where_it_goes() {
    let mut sketch = Sketch::default();
    for i in 0..300 {
        sketch.action(&format!("//a/p{i:03}:x"), "Genrule", &[], &[&format!("out/{i}")]);
    }
    sketch.action("//b:x", "Genrule", &[], &["out/b"]);
    let graph = sketch.finish();
    let grouping = Grouping::new(&graph);
    let all = (0..grouping.n_groups() as u32).map(GroupId);
    let parts = all.filter(|&g| grouping.kind(g) == GroupKind::Part);
    let names: Vec<String> = parts.map(|g| group_name(&grouping, &graph, g)).collect();
    assert!(names.len() > 1 && names[0].starts_with("//a: p000:x … p"), "{names:?}");
    assert!(names.last().unwrap().ends_with("… p299:x"), "{names:?}");
}

#[test]
fn packages_targets_and_mnemonics_nest() {
    let mut sketch = Sketch::default();
    for (i, (label, mnemonic)) in [
        ("//a/b:x", "CppCompile"),
        ("//a/b:x", "CppCompile"),
        ("//a/b:x", "CppLink"),
        ("//a/b:y", "Genrule"),
        ("//a/c:z", "Genrule"),
        ("//a/c:z", "Genrule"),
        ("@@tools//:t", "Genrule"),
    ]
    .into_iter()
    .enumerate()
    {
        sketch.action(label, mnemonic, &[], &[&format!("out/{i}")]);
    }
    let graph = sketch.finish();
    let grouping = Grouping::new(&graph);
    let mut lines = Vec::new();
    for group in (0..grouping.n_groups() as u32).map(GroupId) {
        let depth = grouping.with_parents(group).count() - 1;
        lines.push(format!(
            "{}{:?} {} {}+{}",
            "  ".repeat(depth),
            grouping.kind(group),
            grouping.name(&graph, group),
            grouping.own_actions(group).len(),
            grouping.n_actions(group) - grouping.own_actions(group).len(),
        ));
    }
    assert_eq!(
        lines,
        [
            "Root  1+6",
            "  Package //a 0+6",
            "    Package //a/b 1+3",
            "      Target //a/b:x 1+2",
            "        Mnemonic CppCompile 2+0",
            "    Target //a/c:z 2+0",
        ]
    );
}

#[test]
fn groups_that_depend_on_each_other_have_edges_back() {
    let mut sketch = Sketch::default();
    sketch.action("//a:1", "G", &[], &["out/a1"]);
    sketch.action("//b:1", "G", &["out/a1"], &["out/b1"]);
    sketch.action("//a:2", "G", &["out/b1"], &["out/a2"]);
    sketch.action("//b:2", "G", &["out/b1"], &["out/b2"]);
    sketch.action("//a:3", "G", &["out/a2"], &["out/a3"]);
    sketch.action("//b:3", "G", &["out/a3", "out/a1"], &["out/b3"]);
    let graph = sketch.finish();
    let grouping = Grouping::new(&graph);
    let options = LayoutOptions::default();
    let layout = lay_out(&graph, &grouping, &Open::default(), None, &options);
    let kinds: Vec<_> = (0..layout.edges().len())
        .map(|i| (layout.edges()[i], layout.edge_kind(i), layout.edge_weight(i)))
        .collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    // Three from a to b, one from b to a.
    assert_eq!((kinds[0].1, kinds[0].2), (EdgeKind::Direct, 3));
    assert_eq!((kinds[1].1, kinds[1].2), (EdgeKind::Back, 1));
}

#[test]
fn a_crowd_is_parted() {
    let mut sketch = Sketch::default();
    for i in 0..10_000 {
        sketch.action("//big:one", "CppCompile", &[], &[&format!("out/{i}")]);
    }
    let graph = sketch.finish();
    let grouping = Grouping::new(&graph);
    assert_is_a_tree(&graph, &grouping);
    let open = grouping.opened(300);
    assert!((64..=300).contains(&open.n_marks(&grouping)), "{}", open.n_marks(&grouping));
    let part = grouping.children(GroupId::ROOT).nth(1).unwrap();
    assert_eq!(grouping.kind(part), GroupKind::Part);
    assert_eq!(grouping.part(part), Some((2, grouping.n_members(GroupId::ROOT))));
    assert_eq!(grouping.name(&graph, part), "//big:one");
}

fn lay_out(
    graph: &Graph,
    grouping: &Grouping,
    open: &Open,
    before: Option<&Layout>,
    options: &LayoutOptions,
) -> Layout {
    let never = &mut |_| ControlFlow::Continue(());
    Layout::of(graph, Subject::Groups(grouping, open), before, options, never).unwrap()
}

fn assert_is_a_tree(graph: &Graph, grouping: &Grouping) {
    let mut seen = HashSet::new();
    for group in (0..grouping.n_groups() as u32).map(GroupId) {
        assert!(grouping.n_members(group) <= Grouping::MEMBERS_MAX);
        assert!(group == GroupId::ROOT || grouping.n_members(group) > 1);
        for &action in grouping.own_actions(group) {
            assert!(seen.insert(action), "{action:?} is in two groups");
            assert_eq!(grouping.home(action), group);
        }
        for inner in grouping.children(group) {
            assert_eq!(grouping.parent(inner), Some(group));
            assert!(grouping.is_in(inner, group) && !grouping.is_in(group, inner));
        }
        let inner: usize = grouping.children(group).map(|g| grouping.n_actions(g)).sum();
        assert_eq!(grouping.n_actions(group), inner + grouping.own_actions(group).len());
    }
    assert_eq!(seen.len(), graph.n_actions());
}

fn assert_lies_well(graph: &Graph, grouping: &Grouping, open: &Open, layout: &Layout) {
    let rects: Vec<(Mark, Rect)> =
        layout.marks().map(|mark| (mark, layout.rect(mark).unwrap())).collect();
    for (i, (mark, rect)) in rects.iter().enumerate() {
        for (other, there) in &rects[..i] {
            assert!(!rect.overlaps(there), "{mark:?} lies on {other:?}");
        }
        for frame in layout.frames() {
            let is_inside = match *mark {
                Mark::Action(action) => grouping.is_in(grouping.home(action), frame.group),
                Mark::Group(group) => grouping.is_in(group, frame.group),
                _ => false,
            };
            let low = Point::new(rect.x, rect.y);
            let high = Point::new(rect.right(), rect.bottom());
            let holds = frame.rect.contains(low) && frame.rect.contains(high);
            assert_eq!(is_inside, holds, "{mark:?} in {frame:?}");
            assert!(holds || !frame.rect.overlaps(rect), "{mark:?} across {frame:?}");
        }
    }
    for action in graph.action_ids() {
        let index = layout.index_of(action).unwrap();
        assert_eq!(layout.mark_at(index), open.shown(grouping, action));
    }
    let mut pairs = HashSet::new();
    for action in graph.action_ids() {
        for producer in graph.inputs(action).iter().filter_map(|&i| graph.producer(i)) {
            let ends = [producer, action].map(|a: ActionId| layout.index_of(a).unwrap());
            if ends[0] != ends[1] {
                assert!(
                    layout.edge_between(layout.mark_at(ends[0]), layout.mark_at(ends[1])).is_some()
                );
                pairs.insert((ends[0], ends[1], producer, action));
            }
        }
    }
    let total: u32 = (0..layout.edges().len()).map(|i| layout.edge_weight(i)).sum();
    assert_eq!(total as usize, pairs.len(), "every pair is counted once");
    assert_edges_pass_beside_marks(layout, &rects);
}

/// An edge touches no mark but its ends: between two points of its route nothing lies.
fn assert_edges_pass_beside_marks(layout: &Layout, rects: &[(Mark, Rect)]) {
    for (i, edge) in layout.edges().iter().enumerate() {
        let route: Vec<Point> = layout.route(i).collect();
        for pair in route.windows(2) {
            let passed = Rect::spanning(pair[0], pair[1]);
            for (mark, rect) in rects.iter().filter(|r| r.0 != edge.from && r.0 != edge.to) {
                let is_hit = passed.overlaps(&rect.grown(-0.5));
                assert!(!is_hit, "{edge:?} runs over {mark:?}: {route:?}, {rect:?}");
            }
        }
    }
}

/// The frame is where the group was; what stays keeps its order, and moves by no more than the
/// size of the frame for each frame that had to make room.
fn assert_unfolded_in_place(before: &Layout, after: &Layout, group: GroupId) {
    let was = before.centre(Mark::Group(group)).unwrap();
    let frame = after.frames().iter().find(|f| f.group == group).unwrap().rect;
    assert!((frame.centre().x - was.x).abs() < 0.1 && (frame.centre().y - was.y).abs() < 0.1);
    for mark in before.marks().filter(|&m| m != Mark::Group(group)) {
        let (then, now) = (before.centre(mark).unwrap(), after.centre(mark).unwrap());
        let n = after.frames().iter().filter(|f| f.rect.contains(frame.centre())).count() as f32;
        let bound = (n * frame.width, n * 2.0 * frame.height);
        let moved = ((now.x - then.x).abs(), (now.y - then.y).abs());
        assert!(moved.0 <= bound.0 && moved.1 <= bound.1, "{mark:?} moves {moved:?} of {bound:?}");
        assert_keeps_its_side(before, after, mark, group, frame);
    }
}

/// What lay beside the group at its height, or above or below it, still lies on that side of its
/// frame. Marks that share neither a height nor a column with the group have no order to keep.
fn assert_keeps_its_side(before: &Layout, after: &Layout, mark: Mark, group: GroupId, frame: Rect) {
    let (was, then) = (before.rect(Mark::Group(group)).unwrap(), before.rect(mark).unwrap());
    let now = after.rect(mark).unwrap();
    let shares_height = then.y < was.y + was.height && was.y < then.y + then.height;
    let shares_column = then.x < was.x + was.width && was.x < then.x + then.width;
    if shares_height && then.x < was.x {
        assert!(now.x + now.width <= frame.x, "{mark:?} was left: {now:?}, {frame:?}");
    } else if shares_height {
        assert!(now.x >= frame.x + frame.width, "{mark:?} was right: {now:?}, {frame:?}");
    } else if shares_column && then.y < was.y {
        assert!(now.y + now.height <= frame.y, "{mark:?} was above: {now:?}, {frame:?}");
    } else if shares_column {
        assert!(now.y >= frame.y + frame.height, "{mark:?} was below: {now:?}, {frame:?}");
    }
}
