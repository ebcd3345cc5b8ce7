//! A browser, a static host and the words that cases are written in.
//!
//! A case is `browser_test(under, async |page| …)`: it gets a [`Page`] on a fresh profile. Driver,
//! browser, host and profile end with the case, also when it panics.

mod driver;
mod host;
mod page;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

pub use driver::Driver;
pub use host::Host;
pub use page::Page;

/// Browsers are heavy, and a busy machine makes them slow: one case at a time.
static SLOT: Mutex<()> = Mutex::new(());

/// Runs `case` in a fresh browser, with the site at `http://127.0.0.1:PORT/UNDER`.
///
/// `under` is empty or ends with `/`. After the case, anything that the console complained of fails
/// it, unless the case has taken it with [`Page::take_console`].
///
/// # Panics
/// If the case does, if the site isn't built, or if Chromium or its driver is missing.
pub fn browser_test(under: &str, case: impl AsyncFnOnce(&Page)) {
    if is_skipped() {
        return;
    }
    // A case that failed poisons nothing that the next one uses.
    let _slot = SLOT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let host = Host::start(dist(), under);
    let runtime = runtime();
    runtime.block_on(async {
        let driver = Driver::start().await;
        let page = Page::open(&driver, host).await;
        case(&page).await;
        let complaints = page.take_console().await;
        page.close().await;
        assert!(complaints.is_empty(), "the console complains:\n{}", complaints.join("\n"));
    });
}

/// Whether the person said to leave the browser out. Says so in the test's output.
pub fn is_skipped() -> bool {
    let is_skipped = std::env::var("REWINDOW_BROWSER").is_ok_and(|value| value == "skip");
    if is_skipped {
        println!("skipped: REWINDOW_BROWSER=skip");
    }
    is_skipped
}

/// The built site.
pub fn dist() -> &'static Path {
    static DIST: OnceLock<PathBuf> = OnceLock::new();
    DIST.get_or_init(|| {
        let dist = project().join("dist");
        assert!(
            dist.join("index.html").is_file(),
            "the site isn't built (no dist/index.html): run `cargo xtask test`, or set \
             REWINDOW_BROWSER=skip to leave the browser tests out"
        );
        dist
    })
}

/// The project's folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts")
}
