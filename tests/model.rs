//! Properties of the model, against plain maps and sets.

// A test that cannot be set up is a broken test: panicking says where.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rewindow::model::{
    ActionDigests, ActionId, ActionKind, ActionSpec, ArtifactId, ArtifactKind, BlobId,
    BlobsBuilder, Digest, DigestError, DigestFunction, Graph, GraphBuilder, GraphDefect, Id, IdSet,
    Texts, TextsBuilder,
};

fn function() -> impl Strategy<Value = DigestFunction> {
    prop::sample::select(DigestFunction::ALL.to_vec())
}

/// Digests that often share a beginning.
fn digest() -> impl Strategy<Value = Digest> {
    (function(), 0..3u8, prop::collection::vec(0..4u8, 64)).prop_map(|(function, first, rest)| {
        let mut bytes = vec![first * 0x55; 2];
        bytes.extend(rest);
        Digest::new(function, &bytes[..function.n_bytes()]).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equal_texts_get_one_id(texts in prop::collection::vec("[a-c/é]{0,3}", 0..40)) {
        let mut builder = TextsBuilder::default();
        let ids: Vec<_> = texts.iter().map(|text| builder.intern(text)).collect();
        for (text, &id) in texts.iter().zip(&ids) {
            prop_assert_eq!(builder.find(text), Some(id));
            prop_assert_eq!(builder.get(id), text.as_str());
        }
        let frozen = builder.finish();
        for (text, &id) in texts.iter().zip(&ids) {
            prop_assert_eq!(frozen.get(id), text.as_str());
        }
        let mut distinct: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
        distinct.insert("");
        prop_assert_eq!(frozen.len(), distinct.len());
        let (arena, ends) = frozen.parts();
        prop_assert_eq!(Texts::from_parts(arena.to_owned(), ends.to_vec()), Some(frozen));
    }

    #[test]
    fn offsets_that_cut_no_texts_are_refused(
        arena in "[aé]{0,4}",
        ends in prop::collection::vec(0..9u32, 0..5),
    ) {
        let rises = ends.windows(2).all(|w| w[0] <= w[1]);
        let fits = ends.iter().all(|&end| arena.is_char_boundary(end as usize));
        let whole = ends.first() == Some(&0) && ends.last() == Some(&(arena.len() as u32));
        let texts = Texts::from_parts(arena, ends);
        prop_assert_eq!(texts.is_some(), rises && fits && whole);
    }

    #[test]
    fn a_digest_survives_its_hexadecimal_form(digest in digest()) {
        let hex = digest.hex();
        prop_assert_eq!(hex.len(), digest.function().n_bytes() * 2);
        prop_assert_eq!(Digest::from_hex(&hex, Some(digest.function())), Ok(digest));
        prop_assert_eq!(Digest::from_hex(&hex.to_uppercase(), Some(digest.function())), Ok(digest));
        let guessed = Digest::from_hex(&hex, None).unwrap();
        prop_assert_eq!(guessed.bytes(), digest.bytes());
        if digest.function() != DigestFunction::Blake3 {
            prop_assert_eq!(guessed, digest);
        }
        prop_assert!(hex.starts_with(&digest.short()));
        prop_assert_eq!(digest.short().len(), 8);
    }

    #[test]
    fn any_text_is_a_digest_or_an_error(
        text in "[0-9a-fA-F]{0,140}|.{0,70}",
        named in prop::option::of(function()),
    ) {
        let hex = text.chars().all(|c| c.is_ascii_hexdigit());
        let length = [32, 40, 64, 96, 128].contains(&text.len());
        match Digest::from_hex(&text, named) {
            Ok(digest) => {
                prop_assert!(hex && length);
                prop_assert_eq!(digest.hex(), text.to_lowercase());
                prop_assert_eq!(named.unwrap_or(digest.function()), digest.function());
            }
            Err(DigestError::NotHex { found }) => {
                prop_assert!(text.contains(found) && !found.is_ascii_hexdigit());
            }
            Err(DigestError::Length { n_digits }) => {
                prop_assert!(hex && !length && named.is_none());
                prop_assert_eq!(n_digits, text.len());
            }
            Err(DigestError::WrongLength { expected, n_digits, .. }) => {
                prop_assert!(hex && n_digits != expected);
                prop_assert_eq!(Some(expected), named.map(|f| f.n_bytes() * 2));
            }
        }
    }

    #[test]
    fn blobs_are_found_as_in_a_plain_map(
        drawn in prop::collection::vec((digest(), prop::option::of(0..5u64)), 0..40),
        others in prop::collection::vec(digest(), 10),
        prefix in "[05a][05a]?[0-5]{0,6}",
    ) {
        let mut builder = BlobsBuilder::default();
        let mut plain: BTreeMap<Digest, (BlobId, Option<u64>)> = BTreeMap::new();
        for (digest, size) in drawn {
            // Sizes around the limits of the compact form.
            let sizes = [0, 1, u64::from(u32::MAX) - 2, u64::from(u32::MAX), 1 << 40];
            let size = size.map(|s| sizes[s as usize]);
            let id = builder.intern(digest, size);
            let entry = plain.entry(digest).or_insert((id, None));
            prop_assert_eq!(entry.0, id);
            entry.1 = entry.1.or(size);
        }
        prop_assert_eq!(builder.len(), plain.len());
        let blobs = builder.finish();
        for (digest, &(id, size)) in &plain {
            prop_assert_eq!(blobs.find(digest), Some(id));
            prop_assert_eq!(blobs.digest(id), *digest);
            prop_assert_eq!(blobs.size_bytes(id), size);
            prop_assert_eq!(blobs.get(id).size_bytes, size);
            prop_assert_eq!(blobs.is_size_0(id), size == Some(0));
        }
        for other in others {
            prop_assert_eq!(blobs.find(&other), plain.get(&other).map(|p| p.0));
        }
        let whole = plain.keys().next().map(Digest::hex).unwrap_or_default();
        for prefix in [prefix.as_str(), "", &whole, &whole[..whole.len().min(9)], "zz"] {
            let with = plain.iter().filter(|(digest, _)| digest.hex().starts_with(prefix));
            let expected: BTreeSet<BlobId> = with.map(|(_, p)| p.0).collect();
            let found: Vec<BlobId> = blobs.find_prefix(prefix).collect();
            prop_assert_eq!(found.len(), expected.len());
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }

    #[test]
    fn an_id_set_is_a_set(ops in prop::collection::vec((0..3u8, 0..200usize), 0..80)) {
        let (mut set, mut plain) = (IdSet::<BlobId>::default(), BTreeSet::new());
        for (op, index) in ops {
            let id = BlobId::at(index);
            match op {
                0 => prop_assert_eq!(set.insert(id), plain.insert(id)),
                1 => prop_assert_eq!(set.remove(id), plain.remove(&id)),
                _ => prop_assert_eq!(set.contains(id), plain.contains(&id)),
            }
            prop_assert_eq!(set.len(), plain.len());
            prop_assert_eq!(set.is_empty(), plain.is_empty());
        }
        prop_assert!(set.iter().eq(plain.iter().copied()));
        let rebuilt: IdSet<BlobId> = plain.iter().copied().collect();
        prop_assert_eq!(&set, &rebuilt, "sets of equal ids are equal, however they came about");
        let mut extended = IdSet::with_capacity(300);
        extended.extend(plain);
        prop_assert_eq!(&extended, &rebuilt);
        set.clear();
        prop_assert!(set.is_empty());
        prop_assert_eq!(set, IdSet::default());
    }

    #[test]
    fn any_actions_make_a_graph(
        actions in prop::collection::vec(
            (prop::collection::vec(0..30u8, 0..5), prop::collection::vec(0..30u8, 0..4)),
            0..20,
        ),
    ) {
        let build = || {
            let mut builder = GraphBuilder::default();
            for (i, (inputs, outputs)) in actions.iter().enumerate() {
                add(&mut builder, i, inputs, outputs);
            }
            builder.finish()
        };
        let (graph, defects) = build();
        check_graph(&graph);
        let first = (graph.clone(), defects.clone());
        prop_assert_eq!(build(), first, "cycles are cut alike each time");

        // The first of several producers stays; nothing else is lost but the inputs that were cut.
        let mut producer: BTreeMap<u8, usize> = BTreeMap::new();
        let mut n_dropped = 0;
        for (i, (_, outputs)) in actions.iter().enumerate() {
            for &output in outputs.iter().collect::<BTreeSet<_>>() {
                n_dropped += usize::from(*producer.entry(output).or_insert(i) != i);
            }
        }
        // An output declared twice by one action is reported twice.
        let two: BTreeSet<_> = defects.iter().filter_map(|defect| match defect {
            GraphDefect::TwoProducers { path, dropped, .. } => Some((path, dropped)),
            GraphDefect::Cycle { .. } => None,
        }).collect();
        prop_assert_eq!(two.len(), n_dropped);
        let mut n_inputs = 0;
        for (i, (inputs, _)) in actions.iter().enumerate() {
            n_inputs += inputs.iter().collect::<BTreeSet<_>>().len();
            for &input in graph.inputs(ActionId::at(i)) {
                let number: u8 = graph.path(input)[1..].parse().unwrap();
                prop_assert!(inputs.contains(&number));
                let planned = producer.get(&number).copied();
                prop_assert_eq!(graph.producer(input).map(Id::index), planned);
            }
        }
        let cut: usize = defects.iter().map(|defect| match defect {
            GraphDefect::Cycle { paths, .. } => paths.len(),
            GraphDefect::TwoProducers { .. } => 0,
        }).sum();
        prop_assert_eq!(graph.n_edges() + cut, n_inputs);
        prop_assert_eq!(cut > 0, has_cycle(&actions, &producer));
    }
}

/// Adds action `i` over artifacts `p0`, `p1`, …
fn add(builder: &mut GraphBuilder, i: usize, inputs: &[u8], outputs: &[u8]) {
    let mut artifacts = |numbers: &[u8]| {
        let artifact = |n: &u8| builder.artifact(&format!("p{n}"), ArtifactKind::Source);
        numbers.iter().map(artifact).collect::<Vec<ArtifactId>>()
    };
    let (inputs, outputs) = (artifacts(inputs), artifacts(outputs));
    builder.action(spec(format!("//:{i}"), inputs, outputs));
}

fn spec(label: String, inputs: Vec<ArtifactId>, outputs: Vec<ArtifactId>) -> ActionSpec {
    ActionSpec {
        label,
        mnemonic: "Genrule".into(),
        kind: ActionKind::Spawn,
        inputs,
        outputs,
        digests: ActionDigests::default(),
        duration_ms: None,
    }
}

/// What holds of every graph.
fn check_graph(graph: &Graph) {
    let mut transposed: BTreeMap<ArtifactId, Vec<ActionId>> = BTreeMap::new();
    let mut done: BTreeSet<ActionId> = BTreeSet::new();
    for action in graph.action_ids() {
        let inputs = graph.inputs(action);
        assert_eq!(inputs.iter().collect::<BTreeSet<_>>().len(), inputs.len(), "an input twice");
        for &input in inputs {
            transposed.entry(input).or_default().push(action);
        }
        for &output in graph.outputs(action) {
            assert_eq!(graph.producer(output), Some(action));
            assert_ne!(graph.artifact_kind(output), ArtifactKind::Source);
        }
    }
    for artifact in graph.artifact_ids() {
        let expected = transposed.remove(&artifact).unwrap_or_default();
        assert_eq!(graph.consumers(artifact), expected);
        if let Some(producer) = graph.producer(artifact) {
            assert!(graph.outputs(producer).contains(&artifact));
        }
    }
    for &action in graph.topological() {
        for producer in graph.inputs(action).iter().filter_map(|&i| graph.producer(i)) {
            assert!(done.contains(&producer), "a consumer before its producer");
        }
        assert!(done.insert(action), "an action twice");
    }
    assert_eq!(done.len(), graph.n_actions());
}

/// Whether some action reads what it, directly or not, writes: found by walking from each.
fn has_cycle(actions: &[(Vec<u8>, Vec<u8>)], producer: &BTreeMap<u8, usize>) -> bool {
    (0..actions.len()).any(|start| {
        let mut seen = BTreeSet::new();
        let mut left = vec![start];
        while let Some(action) = left.pop() {
            for before in actions[action].0.iter().filter_map(|input| producer.get(input)) {
                if *before == start {
                    return true;
                }
                if seen.insert(*before) {
                    left.push(*before);
                }
            }
        }
        false
    })
}

/// A graph of `n` actions, each writing one artifact; `reads` says whose outputs it reads.
fn numbered(n: usize, reads: impl Fn(usize) -> Vec<usize>) -> (Graph, Vec<GraphDefect>, Duration) {
    let start = Instant::now();
    let mut builder = GraphBuilder::default();
    let outputs: Vec<ArtifactId> =
        (0..n).map(|i| builder.artifact(&format!("bin/{i}"), ArtifactKind::Derived)).collect();
    for i in 0..n {
        let inputs = reads(i).into_iter().map(|j| outputs[j]).collect();
        builder.action(spec(format!("//:{i}"), inputs, vec![outputs[i]]));
    }
    let (graph, defects) = builder.finish();
    (graph, defects, start.elapsed())
}

fn cycles(defects: &[GraphDefect]) -> Vec<(&str, usize)> {
    let cut = defects.iter().filter_map(|defect| match defect {
        GraphDefect::Cycle { label, paths } => Some((label.as_str(), paths.len())),
        GraphDefect::TwoProducers { .. } => None,
    });
    cut.collect()
}

#[test]
fn a_self_loop_is_cut() {
    let (graph, defects, _) = numbered(2, |i| vec![i]);
    assert_eq!(cycles(&defects).len(), 2);
    assert_eq!(graph.n_edges(), 0);
}

#[test]
fn a_cycle_is_cut_once_and_several_are_cut_each() {
    let (graph, defects, _) = numbered(5, |i| vec![(i + 4) % 5]);
    assert_eq!((cycles(&defects).len(), graph.n_edges()), (1, 4));
    check_graph(&graph);
    let (graph, defects, _) = numbered(9, |i| vec![i / 3 * 3 + (i + 1) % 3]);
    assert_eq!((cycles(&defects).len(), graph.n_edges()), (3, 6));
    check_graph(&graph);
}

#[test]
fn a_chain_of_a_million_actions_builds() {
    let n = 1_000_000;
    let (graph, defects, took) = numbered(n, |i| i.checked_sub(1).into_iter().collect());
    assert!(defects.is_empty());
    assert!(graph.topological().iter().enumerate().all(|(i, action)| action.index() == i));
    println!("a chain of 10^6 actions: {took:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn a_cycle_of_many_actions_is_cut() {
    let n = 300_000;
    let (graph, defects, took) = numbered(n, |i| vec![(i + n - 1) % n]);
    assert_eq!((cycles(&defects).len(), graph.n_edges()), (1, n - 1));
    println!("a cycle of {n} actions: {took:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn many_knotted_cycles_are_cut_in_reasonable_time() {
    // Each reads its neighbours on both sides: cutting one action leaves the rest knotted.
    let n = 50_000;
    let (graph, _, took) = numbered(n, |i| {
        let before = i.checked_sub(1);
        before.into_iter().chain(Some(i + 1).filter(|&j| j < n)).collect()
    });
    check_graph(&graph);
    println!("{n} knotted actions: {took:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn a_graph_takes_at_most_200_bytes_per_action() {
    let n = 20_000usize;
    let mut builder = GraphBuilder::default();
    let mut next = 0u64;
    let mut digest = |builder: &mut GraphBuilder| {
        next += 1;
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&next.to_be_bytes());
        let digest = Digest::new(DigestFunction::Sha256, &bytes).unwrap();
        builder.intern_blob(digest, Some(next))
    };
    let mut outputs: Vec<ArtifactId> = Vec::new();
    for i in 0..n {
        // 2 or 3 inputs and 1 or 2 outputs: 2.5 and 1.5 on average.
        let inputs = (1..=2 + i % 2).filter_map(|back| outputs.len().checked_sub(back * 7));
        let inputs = inputs.map(|at| outputs[at]).collect();
        let own: Vec<ArtifactId> = (0..1 + i % 2)
            .map(|j| {
                let artifact = builder.artifact(&format!("bin/{i}.{j}"), ArtifactKind::Derived);
                let blob = digest(&mut builder);
                builder.set_blob(artifact, blob);
                artifact
            })
            .collect();
        outputs.extend(&own);
        let key = Some(digest(&mut builder));
        let digests = ActionDigests { key, ..ActionDigests::default() };
        builder.action(ActionSpec { digests, ..spec(format!("//:{i}"), inputs, own) });
    }
    let (graph, _) = builder.finish();
    assert!((graph.n_edges() as f64 / n as f64 - 2.5).abs() < 0.01);
    let bytes = graph.n_bytes() as f64 / n as f64;
    println!("{bytes:.1} bytes per action");
    assert!(bytes <= 200.0, "{bytes}");
}
