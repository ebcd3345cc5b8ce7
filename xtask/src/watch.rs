//! Builds again when a source changes.
//!
//! It asks for the times twice a second: some hundred files cost nothing, and it works alike on
//! every system and mount.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::site;

const SOURCES: [&str; 5] = ["src", "static", "index.html", "Cargo.toml", "Cargo.lock"];

/// Rebuilds the site at `root` after each change, for ever. A build that fails leaves the last one.
pub fn rebuild_on_change(root: &Path) {
    let mut seen = Snapshot::of(root);
    loop {
        sleep(Duration::from_millis(500));
        let now = Snapshot::of(root);
        if now == seen {
            continue;
        }
        // Taken before the build: what changes while it runs is built next time round.
        seen = now;
        match site::build(root) {
            Ok(built) => println!("{built}"),
            Err(error) => eprintln!("{error:#}\nThe last good build stays."),
        }
    }
}

/// How many files there are, their bytes and the newest time: enough to see any edit or removal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Snapshot {
    n_files: u64,
    size_bytes: u64,
    newest: SystemTime,
}

impl Snapshot {
    fn of(root: &Path) -> Self {
        let mut snapshot = Self { n_files: 0, size_bytes: 0, newest: SystemTime::UNIX_EPOCH };
        for source in SOURCES {
            snapshot.add(&root.join(source));
        }
        snapshot
    }

    fn add(&mut self, path: &Path) {
        // A file may vanish between being listed and looked at: then it isn't there.
        let Ok(metadata) = fs::metadata(path) else { return };
        if metadata.is_dir() {
            let Ok(listing) = fs::read_dir(path) else { return };
            listing.flatten().for_each(|entry| self.add(&entry.path()));
            return;
        }
        self.n_files += 1;
        self.size_bytes += metadata.len();
        self.newest = self.newest.max(metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_sees_new_changed_and_removed_files() {
        let root = std::env::temp_dir().join(format!("rewindow-watch-{}", std::process::id()));
        fs::create_dir_all(root.join("src/deep")).unwrap();
        fs::write(root.join("src/deep/a.rs"), "one").unwrap();
        let first = Snapshot::of(&root);
        assert_eq!(first, Snapshot::of(&root));

        fs::write(root.join("src/b.rs"), "two").unwrap();
        let second = Snapshot::of(&root);
        assert_ne!(first, second);

        fs::write(root.join("src/b.rs"), "three").unwrap();
        assert_ne!(second, Snapshot::of(&root));

        fs::remove_file(root.join("src/b.rs")).unwrap();
        assert_ne!(second, Snapshot::of(&root));
        fs::remove_dir_all(&root).unwrap();
    }
}
