//! Sorts actions into a tree by what they are called: the raw tree, before it is put in order.

use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::model::{ActionId, Graph, Id, TextId};

use super::{GroupBy, GroupKind};

/// Actions between two reports.
const REPORT_EVERY: usize = 1 << 14;

/// A group as it is found; parents come before their children.
pub(super) struct Raw {
    pub parent: u32,
    pub kind: GroupKind,
    pub name: (TextId, u32, u32),
}

/// The tree and, by action, its innermost group.
pub(super) struct Trie {
    pub groups: Vec<Raw>,
    pub homes: Vec<u32>,
}

/// What leads from a group to one in it.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    /// A path from there, which may be several groups further in.
    Path(&'a str),
    Text(GroupBySame, TextId),
}

#[derive(PartialEq, Eq, Hash)]
enum GroupBySame {
    Target,
    Mnemonic,
}

/// Sorts the actions of `graph`, in the order of their ids.
pub(super) fn trie(
    graph: &Graph,
    levels: &[GroupBy],
    progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
) -> Option<Trie> {
    let root = Raw { parent: u32::MAX, kind: GroupKind::Root, name: (TextId(0), 0, 0) };
    let mut finder = Finder { groups: vec![root], known: HashMap::new() };
    let mut homes = Vec::with_capacity(graph.n_actions());
    let mut last = None;
    for action in graph.action_ids() {
        if action.index() % REPORT_EVERY == 0 {
            let share = action.index() as f32 / graph.n_actions() as f32;
            progress(share).is_continue().then_some(())?;
        }
        let name = name_of(graph, action);
        let same = (name, graph.mnemonic_id(action));
        // Actions of one target mostly stand together.
        if let (Some((before, home)), true) = (last, graph.label_id(action).0 != 0)
            && before == same
        {
            homes.push(home);
            continue;
        }
        let mut group = 0;
        for level in levels {
            group = match level {
                GroupBy::Package => finder.package(graph, group, name),
                GroupBy::Target if name != graph.label_id(action) => group,
                GroupBy::Target => {
                    let key = Key::Text(GroupBySame::Target, name);
                    finder.text(graph, group, key, GroupKind::Target, name)
                }
                GroupBy::Mnemonic => {
                    let mnemonic = same.1;
                    let key = Key::Text(GroupBySame::Mnemonic, mnemonic);
                    finder.text(graph, group, key, GroupKind::Mnemonic, mnemonic)
                }
            };
        }
        homes.push(group);
        last = Some((same, group));
    }
    Some(Trie { groups: finder.groups, homes })
}

/// The label of `action`, or else the path of its first output.
fn name_of(graph: &Graph, action: ActionId) -> TextId {
    let label = graph.label_id(action);
    let output = graph.outputs(action).first();
    if label.0 != 0 { label } else { output.map_or(label, |&o| graph.path_id(o)) }
}

/// How long the package of `name` is in bytes: to the colon of a label, else to the last slash.
fn package_len(name: &str) -> usize {
    name.find(':').or_else(|| name.rfind('/')).unwrap_or(0)
}

struct Finder<'a> {
    groups: Vec<Raw>,
    known: HashMap<(u32, Key<'a>), u32>,
}

impl<'a> Finder<'a> {
    fn package(&mut self, graph: &'a Graph, from: u32, name: TextId) -> u32 {
        let text = graph.texts().get(name);
        let path = &text[..package_len(text)];
        if path.is_empty() {
            return from;
        }
        if let Some(&group) = self.known.get(&(from, Key::Path(path))) {
            return group;
        }
        let mut group = from;
        for end in ends_of_parts(path) {
            let key = (from, Key::Path(&path[..end]));
            group = match self.known.get(&key) {
                Some(&known) => known,
                None => {
                    let name = (name, 0, end as u32);
                    self.add(key, Raw { parent: group, kind: GroupKind::Package, name })
                }
            };
        }
        group
    }

    fn text(
        &mut self,
        graph: &Graph,
        from: u32,
        key: Key<'a>,
        kind: GroupKind,
        name: TextId,
    ) -> u32 {
        let key = (from, key);
        if let Some(&group) = self.known.get(&key) {
            return group;
        }
        let name = (name, 0, graph.texts().get(name).len() as u32);
        self.add(key, Raw { parent: from, kind, name })
    }

    fn add(&mut self, key: (u32, Key<'a>), group: Raw) -> u32 {
        let id = self.groups.len() as u32;
        self.groups.push(group);
        self.known.insert(key, id);
        id
    }
}

/// Where the parts of a path end: after the repository (`@@repository//`), then before each slash.
fn ends_of_parts(path: &str) -> impl Iterator<Item = usize> + '_ {
    let root = path.find("//").map(|at| at + 2);
    let slashes = path.match_indices('/').map(|(at, _)| at);
    let inner = slashes.filter(move |&at| at > 0 && root.is_none_or(|root| at >= root));
    let last = Some(path.len()).filter(|&end| root != Some(end));
    root.into_iter().chain(inner).chain(last)
}
