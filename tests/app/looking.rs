//! Views of a large graph: groups, focus, overview; what is filtered, searched and listed.

use rewindow::app::filter::FilterChoice;
use rewindow::app::looks::{Focused, Look};
use rewindow::app::msg::Msg;
use rewindow::app::search::search;
use rewindow::app::state::Sheet;
use rewindow::app::table_rows::{Column, Row, sorted, tree};
use rewindow::import::{Import, pack};
use rewindow::model::{ActionId, Id};
use rewindow::rewind::ActionState;
use rewindow::scene::{Direction, GroupId, Layout, Mark, Point, Selection, Tier, Way};

use super::build_graph::BuildGraph;
use super::page::{Page, key};

const N: usize = 4_000;

/// A page with a graph too large to show every action at once.
fn large() -> Page {
    let (graph, cache) = BuildGraph::new(N, 3).into_model();
    let import = Import::of(graph, cache);
    let mut page = Page::open();
    page.drop_files(&[("large.rewindow", &pack(&import))]);
    page.say(Msg::Sheet(None));
    page
}

fn tier(page: &Page) -> Tier {
    page.state.layout.as_ref().unwrap().tier()
}

fn closed_group(page: &Page) -> GroupId {
    page.state.layout.as_ref().unwrap().groups()[0]
}

#[test]
fn a_large_graph_opens_grouped_and_every_action_is_in_one_mark() {
    let page = large();
    assert_eq!(tier(&page), Tier::Groups);
    let layout = page.state.layout.as_ref().unwrap();
    assert!((2..=300).contains(&layout.n_marks()), "{}", layout.n_marks());
    let grouping = page.state.looking.grouping.as_ref().unwrap();
    let in_groups: usize = layout.groups().iter().map(|&g| grouping.n_actions(g)).sum();
    assert_eq!(in_groups + layout.actions().count(), N);
    assert!(page.html().contains("4000 actions in"));
}

#[test]
fn a_group_unfolds_folds_and_back_goes_back() {
    let mut page = large();
    let before = page.state.layout.clone().unwrap();
    let group = closed_group(&page);
    let place = before.centre(Mark::Group(group)).unwrap();
    page.say(Msg::Select(Selection::Group(group)));
    page.say(Msg::Enter);
    let unfolded = page.state.layout.clone().unwrap();
    assert!(unfolded.centre(Mark::Group(group)).is_none());
    let frame = unfolded.frames().iter().find(|f| f.group == group).unwrap().rect;
    let far = (frame.centre().x - place.x).hypot(frame.centre().y - place.y);
    assert!(far < 1.0, "it unfolds where it was, not {far} away");
    page.say(Msg::Enter);
    let folded = page.state.layout.clone().unwrap();
    assert!(folded.centre(Mark::Group(group)).is_some());
    page.say(Msg::Back);
    assert_eq!(page.state.layout.as_ref(), Some(&unfolded));
    page.say(Msg::Back);
    assert_eq!(page.state.layout.as_ref(), Some(&before));
    page.say(Msg::Back);
    assert_eq!(page.state.layout.as_ref(), Some(&before), "there is no view before the first");
}

#[test]
fn the_motion_of_an_unfolding_ends_and_there_is_none_where_it_is_unwelcome() {
    let mut page = large();
    let group = closed_group(&page);
    page.say(Msg::Unfold(group));
    assert!(page.state.looking.leaving.is_some());
    page.say(Msg::Tick(100.0));
    assert!(page.state.looking.leaving.is_some());
    page.say(Msg::Tick(141.0));
    assert!(page.state.looking.leaving.is_none());
    page.say(Msg::System { dark: false, still: true });
    page.say(Msg::Fold(group));
    assert!(page.state.looking.leaving.is_none());
}

#[test]
fn a_focus_grows_by_hops_and_shows_paths_plan_and_loss() {
    let mut page = large();
    let graph = std::rc::Rc::clone(&page.state.incident.graph);
    let reads = |a: &ActionId| graph.inputs(*a).iter().any(|&i| graph.producer(i).is_some());
    let action = graph.action_ids().rev().find(reads).unwrap();
    page.say(Msg::Select(Selection::Action(action)));
    page.say(Msg::Reveal(Way::Input));
    assert_eq!(page.state.looking.look, Look::Focus(Focused::Around(action, 1, 0)));
    let layout = page.state.layout.clone().unwrap();
    assert_eq!(layout.tier(), Tier::Focus);
    let producer = graph.inputs(action).iter().find_map(|&i| graph.producer(i)).unwrap();
    assert!(layout.centre(Mark::Action(producer)).is_some());
    page.say(Msg::Reveal(Way::Input));
    assert!(page.state.layout.as_ref().unwrap().n_marks() >= layout.n_marks());
    page.say(Msg::Select(Selection::Action(producer)));
    assert_eq!(page.state.looking.other, Some(action));
    page.say(Msg::Look(Look::Focus(Focused::Between(action, producer))));
    let marks: Vec<Mark> = page.state.layout.as_ref().unwrap().marks().collect();
    assert!(marks.contains(&Mark::Action(action)) && marks.contains(&Mark::Action(producer)));

    page.say(Msg::Select(Selection::Action(producer)));
    page.say(Msg::EvictSelected);
    let blob = page.state.lost_blob().unwrap();
    page.say(Msg::Look(Look::Focus(Focused::Loss(blob))));
    assert!(page.state.layout.as_ref().unwrap().centre(Mark::Action(producer)).is_some());
    assert!(page.html().contains("loss of"));
}

#[test]
fn zooming_far_out_of_the_groups_leads_to_the_overview_and_enter_back_into_them() {
    let mut page = large();
    for _ in 0..8 {
        page.say(Msg::Zoom(Point::new(400.0, 200.0), 0.7));
    }
    assert_eq!(tier(&page), Tier::Overview);
    assert_eq!(page.state.layout.as_ref().unwrap().actions().count(), N);
    page.say(Msg::Select(Selection::Action(ActionId(1234))));
    page.say(Msg::Enter);
    let layout = page.state.layout.as_ref().unwrap();
    assert_eq!(layout.tier(), Tier::Groups);
    assert!(layout.centre(Mark::Action(ActionId(1234))).is_some(), "it shows by itself");
}

#[test]
fn zooming_into_a_group_opens_it() {
    let mut page = large();
    let group = closed_group(&page);
    for _ in 0..12 {
        let layout = page.state.layout.clone().unwrap();
        let Some(centre) = layout.centre(Mark::Group(group)) else { break };
        let at = page.state.viewport.to_screen(centre);
        page.say(Msg::Zoom(at, 1.25));
    }
    let layout = page.state.layout.as_ref().unwrap();
    assert!(layout.frames().iter().any(|f| f.group == group), "it is open");
}

#[test]
fn keys_walk_from_the_group_that_a_found_action_is_in() {
    let mut page = large();
    let layout = page.state.layout.clone().unwrap();
    let group = *layout.groups().iter().find(|&&g| reads_another(&layout, g)).unwrap();
    let hidden = |a: &ActionId| layout.mark_at(layout.index_of(*a).unwrap()) == Mark::Group(group);
    let action = page.state.incident.graph.action_ids().find(hidden).unwrap();
    page.say(Msg::Select(Selection::Action(action)));
    page.say(Msg::Walk(Way::Input));
    let now = page.state.selection;
    assert!(now != Selection::Action(action) && now != Selection::Group(group), "{now:?}");
}

/// Whether an edge of the picture arrives at `group`.
fn reads_another(layout: &Layout, group: GroupId) -> bool {
    layout.edges().iter().any(|e| e.to == Mark::Group(group) && e.from != e.to)
}

#[test]
fn where_all_showed_all_shows_again_once_a_group_is_closed() {
    let mut page = large();
    let layout = page.state.layout.clone().unwrap();
    let frame = layout.frames().iter().find(|f| f.group != GroupId::ROOT).unwrap().group;
    page.say(Msg::Fit);
    assert!(page.state.shows_all());
    page.say(Msg::Fold(frame));
    assert_ne!(page.state.layout.as_ref(), Some(&layout));
    assert!(page.state.shows_all());
}

#[test]
fn groups_are_laid_out_anew_in_a_room_of_another_shape_unless_somebody_moved_them() {
    let mut page = large();
    page.say(Msg::Resized(1_200.0, 500.0, 1.0));
    let wide = page.state.layout.clone().unwrap();
    page.say(Msg::Resized(390.0, 480.0, 1.0));
    let narrow = page.state.layout.clone().unwrap();
    assert_eq!((wide.direction(), narrow.direction()), (Direction::Right, Direction::Down));
    let shape = |layout: &Layout| layout.bounds().width / layout.bounds().height;
    assert!(shape(&narrow) < 1.4 && shape(&wide) > 1.4, "{} {}", shape(&narrow), shape(&wide));
    assert!(page.state.shows_all());
    page.say(Msg::Pan(3.0, 3.0));
    page.say(Msg::Resized(1_200.0, 500.0, 1.0));
    assert_eq!(page.state.layout.as_ref(), Some(&narrow), "it stays as it was left");
}

#[test]
fn a_filter_lets_through_what_a_scan_finds() {
    let mut page = large();
    let graph = std::rc::Rc::clone(&page.state.incident.graph);
    let check = |page: &mut Page, choice: FilterChoice, wanted: &dyn Fn(ActionId) -> bool| {
        page.say(Msg::Filter(Box::new(choice.clone())));
        while page.state.is_finding() {
            page.say(Msg::Tick(16.0));
        }
        let filter = page.state.filter.clone().unwrap();
        let n = graph.action_ids().filter(|&a| wanted(a)).count();
        assert!(n > 0 && n < N, "{choice:?} tells apart");
        assert_eq!(filter.n_shown(), n, "{choice:?}");
        assert!(graph.action_ids().all(|a| filter.shows(a) == wanted(a)), "{choice:?}");
    };
    let any = FilterChoice::default();
    let output = |a: ActionId| graph.path(graph.outputs(a)[0]).to_owned();
    let choice = FilterChoice { text: "/O12".to_owned(), ..any.clone() };
    check(&mut page, choice, &|a| output(a).contains("/o12"));
    let choice = FilterChoice { pattern: "//net/...".to_owned(), ..any.clone() };
    check(&mut page, choice, &|a| graph.label(a).starts_with("//net/"));
    let choice = FilterChoice { mnemonic: "CppLink".to_owned(), ..any.clone() };
    check(&mut page, choice, &|a| graph.mnemonic(a) == "CppLink");
    let choice = FilterChoice { bytes_min: 3_000, ..any.clone() };
    check(&mut page, choice, &|a| a.index() >= 2_000);
    page.say(Msg::Seek(4_000));
    let tints = std::rc::Rc::clone(&page.state.tints);
    let hit = |a: ActionId| tints.borrow().state(a) == ActionState::CacheHit;
    let choice = FilterChoice { state: Some(ActionState::CacheHit), ..any.clone() };
    check(&mut page, choice, &hit);
    let before = page.state.filter.as_ref().unwrap().n_shown();
    page.say(Msg::Seek(1_000));
    assert!(page.state.filter.as_ref().unwrap().n_shown() < before, "it follows the moment");
    page.say(Msg::Filter(Box::new(FilterChoice { pattern: "no pattern".to_owned(), ..any })));
    assert!(page.state.filter.is_none());
    assert!(page.html().contains("4000 actions"));
}

#[test]
fn the_table_lists_what_the_filter_shows_sorted_and_as_a_tree() {
    let mut page = large();
    let graph = std::rc::Rc::clone(&page.state.incident.graph);
    let choice = FilterChoice { mnemonic: "CppLink".to_owned(), ..FilterChoice::default() };
    page.say(Msg::Filter(Box::new(choice)));
    let filter = page.state.filter.clone().unwrap();
    let tints = page.state.tints.borrow();
    let rows = sorted(&graph, &tints, Some(&filter), (Column::Action, false));
    assert_eq!(rows.len(), filter.n_shown());
    let label = |row: &Row| match row {
        Row::Action(action, _) => graph.label(*action).to_owned(),
        Row::Group(..) => panic!("a list has no groups"),
    };
    assert!(rows.windows(2).all(|w| label(&w[0]) <= label(&w[1])));
    let mut turned = sorted(&graph, &tints, Some(&filter), (Column::Action, true));
    turned.reverse();
    assert_eq!(rows, turned);
    // Equals by id, by every column.
    let output = |a: ActionId| graph.outputs(a).first().map_or("", |&o| graph.path(o));
    let by = |key: &dyn Fn(ActionId) -> (usize, String)| {
        let mut actions: Vec<ActionId> = graph.action_ids().collect();
        actions.sort_by_key(|&a| key(a));
        actions.into_iter().map(|a| Row::Action(a, 0)).collect::<Vec<Row>>()
    };
    let is = |column| sorted(&graph, &tints, None, (column, false));
    assert_eq!(is(Column::Action), by(&|a| (0, graph.label(a).to_owned())));
    assert_eq!(is(Column::Mnemonic), by(&|a| (0, graph.mnemonic(a).to_owned())));
    assert_eq!(is(Column::Output), by(&|a| (0, output(a).to_owned())));
    assert_eq!(is(Column::Inputs), by(&|a| (graph.inputs(a).len(), String::new())));
    assert_eq!(is(Column::State), by(&|a| (tints.state(a) as usize, String::new())));

    let grouping = page.state.looking.grouping.clone().unwrap();
    let all: std::collections::BTreeSet<GroupId> =
        (0..grouping.n_groups() as u32).map(GroupId).collect();
    let open = tree(&grouping, Some(&filter), &all);
    let actions = open.iter().filter(|row| matches!(row, Row::Action(..))).count();
    assert_eq!(actions, filter.n_shown(), "every action is once in the open tree");
    let closed = tree(&grouping, Some(&filter), &std::collections::BTreeSet::new());
    assert!(closed.len() < open.len());
    drop(tints);
    page.say(Msg::Sheet(Some(Sheet::Table)));
    assert!(page.html().contains("aria-sort=\"ascending\""));
}

#[test]
fn a_search_finds_labels_paths_and_digests_whatever_their_case() {
    let mut page = large();
    page.say(Msg::Sheet(Some(Sheet::Search)));
    page.say(Msg::Search("/O3999".to_owned()));
    assert_eq!(page.state.search.found.len(), 1);
    assert!(page.state.search.found[0].what.ends_with("/o3999"));
    let graph = &page.state.incident.graph;
    let blob = graph.blob(graph.outputs(ActionId(77))[0]).unwrap();
    let digest = graph.blobs().digest(blob).hex().as_str()[..12].to_owned();
    let found = search(graph, &digest);
    assert_eq!(found[0].selection, Selection::Artifact(graph.outputs(ActionId(77))[0]));
    page.say(Msg::Search("o1".to_owned()));
    let (n_actions, n_artifacts) = page.state.search.n_matches.unwrap();
    assert!(n_actions == 0 && n_artifacts > 1_000, "{n_actions} and {n_artifacts}");
}

#[test]
fn keys_on_the_graph_go_deeper_and_back() {
    let page = large();
    let on_graph = |name: &str| rewindow::app::keys::Key { on_graph: true, ..key(name) };
    let msg = |name: &str| rewindow::app::keys::msg_for(&page.state, &on_graph(name));
    assert!(matches!(msg("Enter"), Some(Msg::Enter)));
    assert!(matches!(msg("Backspace"), Some(Msg::Back)));
    assert!(matches!(msg("i"), Some(Msg::Reveal(Way::Input))));
}
