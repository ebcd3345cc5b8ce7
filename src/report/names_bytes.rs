//! Names as bytes: how the worker, which makes them, hands them to the page. The two sides are
//! always the same program, so the form has no version.

use super::fresh::FreshRoles;
use super::names::Names;
use super::packed_role::PackedRole;
use crate::model::{IdSet, TextId};

const ROLE_BYTES: usize = 4;

impl Names {
    /// The names as bytes; those of fresh content are apart.
    pub fn to_bytes(&self) -> Vec<u8> {
        let words = self.shared_labels.words();
        let mut out = Vec::with_capacity(8 + words.len() * 8 + self.roles.len() * ROLE_BYTES);
        out.extend((words.len() as u64).to_le_bytes());
        out.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        put_roles(&mut out, &self.roles);
        out
    }

    /// The names that [`to_bytes`](Self::to_bytes) wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (n_words, rest) = bytes.split_first_chunk::<8>()?;
        let n_bytes = usize::try_from(u64::from_le_bytes(*n_words)).ok()?.checked_mul(8)?;
        let (words, roles) = rest.split_at_checked(n_bytes)?;
        let (words, _) = words.as_chunks::<8>();
        let shared = IdSet::<TextId>::from_words(words.iter().map(|w| u64::from_le_bytes(*w)));
        Some(Self::of(shared, roles_of(roles)?))
    }
}

impl FreshRoles {
    /// The roles as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() * ROLE_BYTES);
        put_roles(&mut out, &self.0);
        out
    }

    /// The roles that [`to_bytes`](Self::to_bytes) wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        roles_of(bytes).map(Self)
    }
}

fn put_roles(out: &mut Vec<u8>, roles: &[PackedRole]) {
    out.extend(roles.iter().flat_map(|role| role.to_word().to_le_bytes()));
}

fn roles_of(bytes: &[u8]) -> Option<Vec<PackedRole>> {
    let (words, []) = bytes.as_chunks::<4>() else { return None };
    Some(words.iter().map(|word| PackedRole::from_word(u32::from_le_bytes(*word))).collect())
}
