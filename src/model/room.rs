//! How lists grow that may become long: twofold while they are short, then by a quarter.
//!
//! A list that doubles is there up to three times while it moves, and half empty afterwards. The
//! lists of an incident are hundreds of megabytes.

/// From here on lists grow by a quarter.
const LARGE_BYTES: usize = 4 << 20;

/// Appends `item`.
pub(super) fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(step(list.len() * size_of::<T>()).div_ceil(size_of::<T>().max(1)));
    }
    list.push(item);
}

/// Appends `text`.
pub(super) fn push_str(arena: &mut String, text: &str) {
    if arena.capacity() - arena.len() < text.len() {
        arena.reserve_exact(step(arena.len()).max(text.len()));
    }
    arena.push_str(text);
}

/// Gives back what room is left over, unless that is little: a copy of the list would be more.
pub(super) fn trim<T>(list: &mut Vec<T>) {
    if is_roomy(list.capacity() * size_of::<T>(), list.len() * size_of::<T>()) {
        list.shrink_to_fit();
    }
}

/// The same of an arena.
pub(super) fn trim_str(arena: &mut String) {
    if is_roomy(arena.capacity(), arena.len()) {
        arena.shrink_to_fit();
    }
}

/// How many bytes a list of `n_bytes` grows by.
fn step(n_bytes: usize) -> usize {
    if n_bytes < LARGE_BYTES { n_bytes.max(256) } else { n_bytes / 4 }
}

fn is_roomy(capacity: usize, len: usize) -> bool {
    len < LARGE_BYTES || capacity - len > len / 4
}
