//! Pictures as text goldens: `UPDATE_EXPECT=1` rewrites them, and a person looks at what changed.

use std::path::Path;

/// Holds what is drawn now to `tests/pictures/NAME.svg`.
///
/// # Panics
/// If the two differ.
pub fn assert_svg(name: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/pictures/{name}.svg"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, now).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == now,
        "{name}.svg differs from what is drawn now; UPDATE_EXPECT=1 rewrites it.\n{now}"
    );
}
