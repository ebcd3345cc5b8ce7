//! Reads graphs in DOT: `buck2 aquery --output-format dot` and `dot_compact`, `bazel query
//! --output=graph`, or whatever else can be written as one.
//!
//! The crate parses a whole graph or nothing (docs/decisions/0006). Of a graph that is damaged, or
//! too large for a syntax tree, each line is parsed alone: both tools write a statement a line.

use std::collections::HashMap;

use graphviz_rust::dot_structures::{
    Attribute, Edge, EdgeTy, Graph, Id, NodeId, Stmt, Subgraph, Vertex,
};

use super::buck2_aquery;
use super::buck2_event_log::Read;
use super::buck2_names;
use super::card::Place;
use super::graph_nodes::Nodes;
use super::notes::{Meter, Notes, Stop};

/// The largest graph that is parsed in one piece: its tree takes tens of times its size.
const WHOLE_BYTES_MAX: usize = 1 << 20;

/// Subgraphs in subgraphs, which the parser descends into by recursion.
const DEPTH_MAX: usize = 16;

/// Nodes on either side of an edge between subgraphs: each of one side is linked with each of the
/// other.
const GROUP_MAX: usize = 1024;

/// Whether `text` begins as a graph in DOT.
pub(super) fn looks_like(text: &[u8]) -> bool {
    let mut rest = text.trim_ascii_start();
    while rest.starts_with(b"#") || rest.starts_with(b"//") {
        let line = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        rest = rest[line..].trim_ascii_start();
    }
    let rest = rest.strip_prefix(b"strict ").unwrap_or(rest);
    let Some(rest) = rest.strip_prefix(b"digraph").or_else(|| rest.strip_prefix(b"graph")) else {
        return false;
    };
    // A name may come before the brace.
    let head = &rest[..rest.len().min(200)];
    let brace = head.iter().position(|&b| b == b'{');
    brace.is_some_and(|brace| {
        let name = head[..brace].trim_ascii();
        !name.contains(&b'\n') && !rest.starts_with(b"_") && !rest[0].is_ascii_alphanumeric()
    })
}

/// Reads a directed graph.
pub(super) fn read(bytes: &[u8], notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let text = String::from_utf8_lossy(bytes);
    let mut dot = Dot::default();
    if text.len() > WHOLE_BYTES_MAX {
        dot.read_lines(&text, notes, meter)?;
    } else {
        match parse(&text) {
            Ok(Graph::DiGraph { stmts, .. }) => dot.add_all(stmts),
            Ok(Graph::Graph { .. }) => return undirected(notes),
            Err(_) => dot.read_lines(&text, notes, meter)?,
        }
    }
    meter.report(1.0)?;
    dot.finish(notes)
}

fn undirected<T>(notes: &Notes) -> Result<T, Stop> {
    let what = "Its edges have no direction, so nothing tells what reads what.".to_owned();
    let remedy = "Write it as a digraph, edges from an action to what it reads.";
    Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))))
}

/// Parses unless braces are nested too deeply for the parser's recursion.
fn parse(text: &str) -> Result<Graph, String> {
    let (mut depth, mut deepest) = (0usize, 0);
    for byte in text.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > DEPTH_MAX {
        return Err(format!("braces are nested {deepest} deep"));
    }
    graphviz_rust::parse(text)
}

#[derive(Default)]
struct Dot {
    nodes: Nodes,
    /// Names of nodes that go by a number, as in `dot_compact`.
    names: HashMap<String, String>,
    /// Edges, whose ends may get their names later.
    edges: Vec<(String, String)>,
    attributes: Vec<(String, Vec<(String, String)>)>,
}

impl Dot {
    fn read_lines(&mut self, text: &str, notes: &mut Notes, meter: &mut Meter) -> Result<(), Stop> {
        let (mut at, mut is_open) = (0, false);
        for (n, line) in text.split('\n').enumerate() {
            meter.at(at, text.len())?;
            at += line.len() + 1;
            let line = line.trim();
            let is_comment = line.starts_with('#') || line.starts_with("//");
            if line.is_empty() || is_comment || line == "}" {
                continue;
            }
            if !is_open && line.ends_with('{') {
                if line.starts_with("graph") || line.starts_with("strict graph") {
                    return undirected(notes);
                }
                is_open = true;
                continue;
            }
            match parse(&format!("digraph {{ {line} }}")) {
                Ok(Graph::DiGraph { stmts, .. }) => self.add_all(stmts),
                _ => {
                    let what = || {
                        let shown: String = line.chars().take(60).collect();
                        format!("'{shown}' is no statement of DOT.")
                    };
                    let place = Place::Line(n as u64 + 1);
                    notes.add("line", place, what, "It is left out; the other lines are used.");
                }
            }
        }
        Ok(())
    }

    fn add_all(&mut self, stmts: Vec<Stmt>) {
        for stmt in stmts {
            match stmt {
                Stmt::Node(node) => self.node(&node.id, &node.attributes),
                Stmt::Edge(edge) => self.edge(edge),
                Stmt::Subgraph(graph) => self.add_all(graph.stmts),
                Stmt::Attribute(_) | Stmt::GAttribute(_) => {}
            }
        }
    }

    fn node(&mut self, id: &NodeId, attributes: &[Attribute]) {
        let id = text(&id.0);
        let attributes: Vec<(String, String)> =
            attributes.iter().map(|Attribute(key, value)| (text(key), text(value))).collect();
        let label = attributes.iter().find(|(key, _)| key == "label").map(|(_, value)| value);
        let is_number = id.bytes().all(|b| b.is_ascii_digit());
        if let Some(label) = label.filter(|l| is_number || buck2_names::of_query(l).is_some()) {
            self.names.insert(id.clone(), label.clone());
        }
        self.attributes.push((id, attributes));
    }

    fn edge(&mut self, edge: Edge) {
        let vertices = match edge.ty {
            EdgeTy::Pair(from, to) => vec![from, to],
            EdgeTy::Chain(all) => all,
        };
        let ends: Vec<Vec<String>> = vertices.into_iter().map(|v| self.members(v)).collect();
        for pair in ends.windows(2) {
            let [from, to] = pair else { continue };
            for from in from.iter().take(GROUP_MAX) {
                let all = to.iter().take(GROUP_MAX);
                self.edges.extend(all.map(|to| (from.clone(), to.clone())));
            }
        }
    }

    /// The nodes that an end of an edge stands for.
    fn members(&mut self, vertex: Vertex) -> Vec<String> {
        match vertex {
            Vertex::N(node) => vec![text(&node.0)],
            Vertex::S(Subgraph { stmts, .. }) => {
                let mut members = Vec::new();
                for stmt in &stmts {
                    if let Stmt::Node(node) = stmt {
                        members.push(text(&node.id.0));
                    }
                }
                self.add_all(stmts);
                members
            }
        }
    }

    fn finish(mut self, notes: &mut Notes) -> Result<Read, Stop> {
        let names = self.names;
        let name = |id: &'_ str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
        for (id, attributes) in self.attributes {
            let node = self.nodes.node(&name(&id));
            for (key, value) in attributes {
                match key.as_str() {
                    "buck_category" => node.category = value,
                    "buck_identifier" => node.identifier = value,
                    "buck_kind" => node.kind = buck2_aquery::kind(&value),
                    _ => {}
                }
            }
        }
        for (from, to) in self.edges {
            self.nodes.edge(&name(&from), &name(&to));
        }
        self.nodes.finish(notes)
    }
}

/// An identifier without its quotes. `\n` parts labels that Bazel folded into one node.
fn text(id: &Id) -> String {
    let (Id::Plain(text) | Id::Html(text) | Id::Escaped(text) | Id::Anonymous(text)) = id;
    let inside = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    match inside {
        Some(inside) => inside.replace("\\n", " ").replace("\\\"", "\"").replace("\\\\", "\\"),
        None => text.clone(),
    }
}
