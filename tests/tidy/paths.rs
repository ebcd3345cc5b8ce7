//! Which paths (`a::b::c`) a Rust file names, and whether it may.

use crate::source::{Source, code_only};

/// A path that code names, in full (`use a::{b, c}` names two), and its line.
#[derive(PartialEq, Eq, Debug)]
struct Named {
    path: Vec<String>,
    line: usize,
}

/// The layer of a file of `src/`: its folder, or its own name.
pub fn layer(name: &str) -> &str {
    let rest = name.strip_prefix("src/").unwrap_or(name);
    rest.split('/').next().unwrap_or(rest).trim_end_matches(".rs")
}

/// Uses of a layer that the table does not grant.
pub fn wrong_layers(source: &Source, layers: &[(&str, &[&str])]) -> Vec<String> {
    let own = layer(&source.name);
    let granted = layers.iter().find(|(name, _)| *name == own).map_or(&[][..], |(_, list)| list);
    let depth = module_depth(&source.name);
    let wrong = |named: &Named| {
        let used = used_layer(&named.path, depth)?;
        let is_layer = layers.iter().any(|(name, _)| *name == used);
        let is_wrong = own != "lib" && is_layer && used != own && !granted.contains(&used);
        is_wrong.then(|| format!("{}:{}: `{own}` may not use `{used}`", source.name, named.line))
    };
    named_paths(&code_only(&source.text)).iter().filter_map(wrong).collect()
}

/// Uses of a crate or module away from its homes.
pub fn far_from_home(source: &Source, homes: &[(&str, &[&str])]) -> Vec<String> {
    let mut findings = Vec::new();
    for named in named_paths(&code_only(&source.text)) {
        for (what, places) in homes {
            let is_named = what.split("::").eq(named.path.iter().take(what.split("::").count()));
            if is_named && !places.iter().any(|place| source.name.starts_with(place)) {
                let at_home = places.join(", ");
                let Source { name, .. } = source;
                findings.push(format!("{name}:{}: `{what}` is at home in [{at_home}]", named.line));
            }
        }
    }
    findings
}

/// How many `super` lead from a file to the crate's root.
fn module_depth(name: &str) -> usize {
    let rest = name.strip_prefix("src/").unwrap_or(name).trim_end_matches(".rs");
    rest.trim_end_matches("/mod").split('/').count()
}

/// The name right under the crate's root that `path` goes through.
fn used_layer(path: &[String], depth: usize) -> Option<&str> {
    let n_super = path.iter().take_while(|part| *part == "super").count();
    match path.first()?.as_str() {
        "crate" | "rewindow" => path.get(1),
        "super" if n_super == depth => path.get(n_super),
        _ => None,
    }
    .map(String::as_str)
}

/// All paths of two or more parts in `code`, and what `use` takes whole.
fn named_paths(code: &str) -> Vec<Named> {
    let tokens = tokens(code);
    let mut named = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (token, line) = &tokens[at];
        let is_start = at == 0 || tokens[at - 1].0 != "::" || at < 2 || !is_word(&tokens[at - 2].0);
        // `impl Trait + use<'a>` names no path.
        if token == "use" && tokens.get(at + 1).is_some_and(|next| next.0 != "<") {
            let mut found = Vec::new();
            at = use_tree(&tokens, at + 1, &[], &mut found);
            named.extend(found);
        } else if is_word(token) && is_start {
            let mut path = vec![token.clone()];
            while tokens.get(at + 1).is_some_and(|next| next.0 == "::")
                && tokens.get(at + 2).is_some_and(|next| is_word(&next.0))
            {
                path.push(tokens[at + 2].0.clone());
                at += 2;
            }
            if path.len() > 1 {
                named.push(Named { path, line: *line });
            }
            at += 1;
        } else {
            at += 1;
        }
    }
    named
}

/// Adds what the tree of a `use` that starts at token `at` names after `prefix`. Returns where it
/// ends: at a `,`, `}` or `;`.
fn use_tree(
    tokens: &[(String, usize)],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<Named>,
) -> usize {
    let mut path = prefix.to_vec();
    while let Some((token, line)) = tokens.get(at) {
        match token.as_str() {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|next| next.0 != "}") {
                    at = use_tree(tokens, at, &path, found);
                    // A comma, or what no `use` has there: on we go all the same.
                    at += usize::from(tokens.get(at).is_some_and(|next| next.0 != "}"));
                }
                return at + 1;
            }
            // The new name follows, and names nothing.
            "as" => {
                at += 2;
                continue;
            }
            "," | "}" | ";" => break,
            word if is_word(word) || word == "*" => path.push(word.to_owned()),
            _ => {}
        }
        at += 1;
        if tokens.get(at).is_none_or(|next| matches!(next.0.as_str(), "," | "}" | ";" | "as")) {
            found.push(Named { path: path.clone(), line: *line });
        }
    }
    at
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single other characters, each with its line from 1.
fn tokens(code: &str) -> Vec<(String, usize)> {
    let mut tokens = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let length = if is_part(first) {
                rest.find(|c| !is_part(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push((rest[..length].to_owned(), number + 1));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

mod tests {
    use super::*;

    const LAYERS: [(&str, &[&str]); 3] =
        [("model", &[]), ("rewind", &["model"]), ("app", &["model", "rewind"])];

    fn file(name: &str, text: &str) -> Source {
        Source { name: name.to_owned(), text: text.to_owned() }
    }

    fn paths(code: &str) -> Vec<String> {
        named_paths(code).iter().map(|named| named.path.join("::")).collect()
    }

    #[test]
    fn use_trees_are_named_in_full() {
        assert_eq!(
            paths("use a::{b::{c, d as e}, f::*, self};"),
            ["a::b::c", "a::b::d", "a::f::*", "a::self"]
        );
        assert_eq!(paths("fn f() -> impl A + use<'a> { b::c() }\nuse {;"), ["b::c"]);
        assert_eq!(paths("use yew;\npub(crate) use x::y as z;"), ["yew", "x::y"]);
        assert_eq!(paths("fn f() -> a::B { c::d::<E>(g) }"), ["a::B", "c::d"]);
        assert_eq!(paths("#[derive(::prost::Message)] struct A;"), ["prost::Message"]);
    }

    #[test]
    fn a_use_against_the_direction_is_found() {
        for (name, text) in [
            ("src/model/graph.rs", "use crate::rewind::plan;"),
            ("src/model/graph.rs", "fn f() { crate::app::run() }"),
            (
                "src/model/graph.rs",
                "use crate::{\n    model::Graph,\n    rewind::{Trace, plan},\n};",
            ),
            ("src/model/mod.rs", "use super::rewind::plan;"),
            ("src/rewind/planner/step.rs", "use super::super::super::app::State;"),
            ("src/rewind/mod.rs", "use rewindow::app;"),
        ] {
            assert_ne!(wrong_layers(&file(name, text), &LAYERS), [""; 0], "{name}: {text}");
        }
        for (name, text) in [
            ("src/rewind/mod.rs", "use crate::model::Graph; use crate::rewind::Trace;"),
            ("src/rewind/planner/step.rs", "use super::super::Trace; use super::app;"),
            (
                "src/model/graph.rs",
                "//! See [`crate::rewind::plan`].\nconst A: &str = \"crate::app\";",
            ),
            ("src/lib.rs", "pub mod app;"),
        ] {
            assert_eq!(wrong_layers(&file(name, text), &LAYERS), [""; 0], "{name}: {text}");
        }
    }

    #[test]
    fn a_crate_away_from_home_is_found() {
        let homes: [(&str, &[&str]); 2] = [("yew", &["src/app/"]), ("std::fs", &["src/bin/"])];
        let found = |name: &str, text: &str| far_from_home(&file(name, text), &homes).len();
        assert_eq!(found("src/rewind/mod.rs", "use yew::prelude::*;"), 1);
        assert_eq!(found("src/rewind/mod.rs", "fn f() { let x = yew::html! {}; }"), 1);
        assert_eq!(found("src/rewind/mod.rs", "use std::{collections::HashMap, fs};"), 1);
        assert_eq!(found("src/rewind/mod.rs", "use std::fs::File;"), 1);
        assert_eq!(found("src/rewind/mod.rs", "use std::fmt;"), 0);
        assert_eq!(found("src/app/mod.rs", "use yew::prelude::*;"), 0);
    }
}
