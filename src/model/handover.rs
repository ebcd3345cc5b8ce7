//! A graph in small pieces, derived columns included: how one thread of a program hands it to
//! another that must not stop for long. Nothing is checked: a graph from outside comes by
//! [`GraphParts`](super::GraphParts).

use super::blobs::Blobs;
use super::digest::DigestFunction;
use super::graph::{ActionColumns, ActionKind, ArtifactColumns, ArtifactKind, Graph};
use super::ids::{ActionId, ArtifactId, BlobId, TextId};
use super::texts::Texts;

/// Takes the pieces of a graph.
#[derive(Debug)]
pub struct GraphInPieces {
    graph: Graph,
    trees: TreeColumns,
}

/// Files of trees, as rows.
#[derive(Default, Debug)]
struct TreeColumns {
    trees: Vec<ArtifactId>,
    ends: Vec<u32>,
    files: Vec<ArtifactId>,
}

/// A piece does not fit what came before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a piece of a graph is damaged")]
pub struct PieceError;

/// All columns in their order: `&` or `&mut`.
macro_rules! columns {
    ($graph:expr, $trees:expr, $($to:tt)+) => {
        [
            $($to)+ $graph.texts.arena,
            $($to)+ $graph.texts.ends,
            $($to)+ $graph.blobs.heads,
            $($to)+ $graph.blobs.functions,
            $($to)+ $graph.blobs.sizes,
            $($to)+ $graph.blobs.tails,
            $($to)+ $graph.blobs.large_sizes,
            $($to)+ $graph.blobs.sorted,
            $($to)+ $graph.actions.label,
            $($to)+ $graph.actions.mnemonic,
            $($to)+ $graph.actions.kind,
            $($to)+ $graph.actions.key,
            $($to)+ $graph.actions.command,
            $($to)+ $graph.actions.stdout,
            $($to)+ $graph.actions.stderr,
            $($to)+ $graph.actions.duration_ms,
            $($to)+ $graph.actions.n_produced_inputs,
            $($to)+ $graph.actions.input_ends,
            $($to)+ $graph.actions.inputs,
            $($to)+ $graph.actions.output_ends,
            $($to)+ $graph.actions.outputs,
            $($to)+ $graph.artifacts.path,
            $($to)+ $graph.artifacts.kind,
            $($to)+ $graph.artifacts.producer,
            $($to)+ $graph.artifacts.blob,
            $($to)+ $graph.artifacts.consumer_ends,
            $($to)+ $graph.artifacts.consumers,
            $($to)+ $graph.artifacts.in_memory.words,
            $($to)+ $graph.by_key,
            $($to)+ $graph.topological,
            $($to)+ $trees.trees,
            $($to)+ $trees.ends,
            $($to)+ $trees.files,
        ]
    };
}

impl Graph {
    /// Tells the graph in pieces of about `n_bytes`, in any order of use to nobody but
    /// [`GraphInPieces`].
    pub fn each_piece(&self, n_bytes: usize, tell: &mut dyn FnMut(Vec<u8>)) {
        let mut trees = TreeColumns::default();
        for (tree, files) in &self.trees {
            trees.trees.push(*tree);
            trees.files.extend(files);
            trees.ends.push(trees.files.len() as u32);
        }
        let columns: [&dyn Column; _] = columns!(self, trees, &);
        each_piece_of(&columns, 0, n_bytes, tell);
    }
}

/// Tells `columns`, the first of which has the number `first`.
pub(super) fn each_piece_of(
    columns: &[&dyn Column],
    first: u32,
    n_bytes: usize,
    tell: &mut dyn FnMut(Vec<u8>),
) {
    for (column, i) in columns.iter().zip(first..) {
        let mut at = 0;
        while at < column.n_items() {
            let mut piece = i.to_le_bytes().to_vec();
            piece.extend((column.n_items() as u32).to_le_bytes());
            at = column.write(at, n_bytes, &mut piece);
            tell(piece);
        }
    }
}

/// Gives `piece` to the column that it is of, the first of which has the number `first`.
pub(super) fn take_piece(
    columns: &mut [&mut dyn Column],
    first: u32,
    piece: &[u8],
) -> Result<(), PieceError> {
    let (column, rest) = piece.split_first_chunk::<4>().ok_or(PieceError)?;
    let (n, rest) = rest.split_first_chunk::<4>().ok_or(PieceError)?;
    let column = u32::from_le_bytes(*column).checked_sub(first).ok_or(PieceError)?;
    let column = columns.get_mut(column as usize).ok_or(PieceError)?;
    column.read(u32::from_le_bytes(*n) as usize, rest).ok_or(PieceError)
}

impl Default for GraphInPieces {
    fn default() -> Self {
        let graph = Graph {
            texts: Texts { arena: String::new(), ends: Vec::new() },
            blobs: Blobs::default(),
            actions: ActionColumns::default(),
            artifacts: ArtifactColumns::default(),
            trees: Vec::new(),
            by_key: Vec::new(),
            topological: Vec::new(),
        };
        Self { graph, trees: TreeColumns::default() }
    }
}

impl GraphInPieces {
    /// Takes the next piece: work for as long as copying it.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), PieceError> {
        let mut columns: [&mut dyn Column; _] = columns!(self.graph, self.trees, &mut);
        take_piece(&mut columns, 0, piece)
    }

    /// The graph, once all pieces are there.
    pub fn finish(self) -> Result<Graph, PieceError> {
        let Self { mut graph, trees } = self;
        let n = graph.artifacts.path.len();
        let whole = graph.artifacts.consumer_ends.len() == n
            && graph.actions.output_ends.len() == graph.actions.label.len()
            && trees.trees.len() == trees.ends.len();
        if !whole {
            return Err(PieceError);
        }
        let mut start = 0;
        for (tree, end) in trees.trees.into_iter().zip(trees.ends) {
            let files = trees.files.get(start..end as usize).ok_or(PieceError)?;
            graph.trees.push((tree, files.into()));
            start = end as usize;
        }
        Ok(graph)
    }
}

/// A column that can be told in pieces.
pub(super) trait Column {
    fn n_items(&self) -> usize;
    /// Writes items from `at` on, `n_bytes` of them or a little more; where it came to.
    fn write(&self, at: usize, n_bytes: usize, piece: &mut Vec<u8>) -> usize;
    /// Appends the items in `bytes` to a column that will have `n`.
    fn read(&mut self, n: usize, bytes: &[u8]) -> Option<()>;
}

impl Column for String {
    fn n_items(&self) -> usize {
        self.len()
    }

    fn write(&self, at: usize, n_bytes: usize, piece: &mut Vec<u8>) -> usize {
        let mut end = self.len().min(at + n_bytes.max(4));
        while !self.is_char_boundary(end) {
            end -= 1;
        }
        piece.extend(&self.as_bytes()[at..end]);
        end
    }

    fn read(&mut self, n: usize, bytes: &[u8]) -> Option<()> {
        self.reserve_exact(n - self.len().min(n));
        self.push_str(std::str::from_utf8(bytes).ok()?);
        Some(())
    }
}

impl<W: Word> Column for Vec<W> {
    fn n_items(&self) -> usize {
        self.len()
    }

    fn write(&self, at: usize, n_bytes: usize, piece: &mut Vec<u8>) -> usize {
        let end = self.len().min(at + n_bytes.div_ceil(W::N_BYTES));
        piece.reserve_exact((end - at) * W::N_BYTES);
        self[at..end].iter().for_each(|item| item.put(piece));
        end
    }

    fn read(&mut self, n: usize, bytes: &[u8]) -> Option<()> {
        self.reserve_exact(n - self.len().min(n));
        let items = bytes.chunks_exact(W::N_BYTES);
        if !items.remainder().is_empty() {
            return None;
        }
        // Not collected into an `Option`: this way the loop is a copy.
        let mut is_known = true;
        self.extend(items.map(|bytes| {
            let item = W::take(bytes);
            is_known &= item.is_some();
            item.unwrap_or(W::ZERO)
        }));
        is_known.then_some(())
    }
}

/// An item of a column.
pub(super) trait Word: Copy {
    const N_BYTES: usize;
    const ZERO: Self;
    fn put(&self, to: &mut Vec<u8>);
    /// From exactly `N_BYTES`.
    fn take(bytes: &[u8]) -> Option<Self>;
}

impl Word for u32 {
    const N_BYTES: usize = 4;
    const ZERO: Self = 0;

    fn put(&self, to: &mut Vec<u8>) {
        to.extend(self.to_le_bytes());
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_le_bytes)
    }
}

impl Word for u64 {
    const N_BYTES: usize = 8;
    const ZERO: Self = 0;

    fn put(&self, to: &mut Vec<u8>) {
        to.extend(self.to_le_bytes());
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_le_bytes)
    }
}

impl Word for [u8; 32] {
    const N_BYTES: usize = 32;
    const ZERO: Self = [0; 32];

    fn put(&self, to: &mut Vec<u8>) {
        to.extend(self);
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok()
    }
}

impl<A: Word, B: Word> Word for (A, B) {
    const N_BYTES: usize = A::N_BYTES + B::N_BYTES;
    const ZERO: Self = (A::ZERO, B::ZERO);

    fn put(&self, to: &mut Vec<u8>) {
        self.0.put(to);
        self.1.put(to);
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        let (a, b) = bytes.split_at_checked(A::N_BYTES)?;
        Some((A::take(a)?, B::take(b)?))
    }
}

macro_rules! ids {
    ($($id:ident)+) => {
        $(impl Word for $id {
            const N_BYTES: usize = 4;
            const ZERO: Self = Self(0);

            fn put(&self, to: &mut Vec<u8>) {
                self.0.put(to);
            }

            fn take(bytes: &[u8]) -> Option<Self> {
                u32::take(bytes).map(Self)
            }
        })+
    };
}

ids!(TextId BlobId ActionId ArtifactId);

macro_rules! kinds {
    ($($kind:ty: $all:expr, $first:expr;)+) => {
        $(impl Word for $kind {
            const N_BYTES: usize = 1;
            const ZERO: Self = $first;

            fn put(&self, to: &mut Vec<u8>) {
                to.push(super::parts::code(&$all, self));
            }

            fn take(bytes: &[u8]) -> Option<Self> {
                $all.get(usize::from(*bytes.first()?)).copied()
            }
        })+
    };
}

kinds! {
    ActionKind: super::parts::ACTION_KINDS, ActionKind::Spawn;
    ArtifactKind: super::parts::ARTIFACT_KINDS, ArtifactKind::Source;
    DigestFunction: DigestFunction::ALL, DigestFunction::Sha256;
}
