//! Small typed indices: an action is not an artifact, although both are a `u32`.

/// What every id can do: turn into an array index and back.
pub trait Id: Copy + Eq + Ord {
    /// The position in the arrays of its kind.
    fn index(self) -> usize;
    /// The id at `index`. Panics if `index` does not fit in a `u32`: no array of ours is that long.
    fn at(index: usize) -> Self;
}

macro_rules! id {
    ($name:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl Id for $name {
            fn index(self) -> usize {
                self.0 as usize
            }
            fn at(index: usize) -> Self {
                assert!(index < u32::MAX as usize, "more than u32::MAX ids");
                Self(index as u32)
            }
        }
    };
}

id!(ActionId, "An action of a [`Graph`](super::Graph).");
id!(ArtifactId, "An artifact of a [`Graph`](super::Graph).");
id!(BlobId, "A digest known to a [`Graph`](super::Graph), whether or not a cache holds it.");
id!(TextId, "A text (label, path, mnemonic) of a [`Texts`](super::Texts).");
