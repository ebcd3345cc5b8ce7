//! `index.html` as it is served.
//!
//! The file in the tree is also trunk's, so it says `static/NAME` and has trunk's links. The
//! served page names everything in the build's own folder, starts the wasm from an external script,
//! and carries the content security policy (trunk's pages start it inline, which that forbids).

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

use crate::wasm::APP;

/// Nothing leaves the tab, and nothing from outside gets in.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     base-uri 'self'; form-action 'none'";

/// The page for the build whose assets lie in `folder`; `has_asset` tells which there are.
///
/// # Errors
/// The page lacks a part that must be replaced, or names a file of `static/` that isn't there.
pub fn served(source: &str, folder: &str, has_asset: impl Fn(&str) -> bool) -> Result<String> {
    let mut page = String::with_capacity(source.len() + 1024);
    let mut has_start = false;
    for line in without_comments(source)?.lines().filter(|line| !line.trim().is_empty()) {
        if line.contains("data-trunk") {
            if line.contains("rel=\"rust\"") {
                has_start = true;
                page.push_str(&start(folder));
            }
            continue;
        }
        for name in static_names(line) {
            if !has_asset(&name) {
                bail!("index.html names {name}, which is not there");
            }
        }
        let line = line
            .replace("href=\"static/", &format!("href=\"./{folder}/static/"))
            .replace("src=\"static/", &format!("src=\"./{folder}/static/"));
        page.push_str(&line);
        page.push('\n');
        if line.contains("<meta charset") {
            page.push_str(&head(folder));
        }
    }
    if !has_start || !page.contains(POLICY) {
        bail!("index.html needs a line `<meta charset=…>` and trunk's line `rel=\"rust\"`");
    }
    Ok(page)
}

fn head(folder: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"rewindow-version\" content=\"{version} ({folder})\">\n"
    )
}

/// Glue and wasm are asked for at once, not one after the other.
fn start(folder: &str) -> String {
    let mut lines = String::new();
    for (rel, file) in [
        ("modulepreload\"", format!("{APP}.js")),
        ("preload\" as=\"fetch\" crossorigin", format!("{APP}_bg.wasm")),
    ] {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "<link rel=\"{rel} href=\"./{folder}/{file}\">");
    }
    let _ = writeln!(lines, "<script type=\"module\" src=\"./{folder}/static/start.js\"></script>");
    lines
}

fn without_comments(source: &str) -> Result<String> {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("<!--") {
        text.push_str(before);
        rest = after.split_once("-->").context("index.html has a comment without an end")?.1;
    }
    text.push_str(rest);
    Ok(text)
}

fn static_names(line: &str) -> impl Iterator<Item = String> {
    line.split('"').filter(|part| part.starts_with("static/")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "<meta charset=\"utf-8\">\n<!-- gone\n -->\n\
        <link rel=\"icon\" href=\"static/icon.svg\">\n\
        <link data-trunk rel=\"copy-dir\" href=\"static\">\n\
        <link data-trunk rel=\"rust\" data-bin=\"rewindow-app\">\n";

    #[test]
    fn everything_is_named_in_the_builds_folder() {
        let page = served(SOURCE, "app-1", |_| true).unwrap();
        assert!(page.contains("href=\"./app-1/static/icon.svg\""), "{page}");
        assert!(page.contains("src=\"./app-1/static/start.js\""), "{page}");
        assert!(page.contains("as=\"fetch\" crossorigin href=\"./app-1/rewindow-app_bg.wasm\""));
        assert!(!page.contains("trunk") && !page.contains("gone"), "{page}");
    }

    #[test]
    fn the_policy_comes_before_anything_that_it_governs() {
        let page = served(SOURCE, "app-1", |_| true).unwrap();
        assert!(page.find("Content-Security-Policy") < page.find("<link"), "{page}");
    }

    #[test]
    fn a_page_that_names_what_is_not_there_is_refused() {
        let error = served(SOURCE, "app-1", |name| name != "static/icon.svg").unwrap_err();
        assert!(error.to_string().contains("static/icon.svg"), "{error}");
        assert!(served("<meta charset=\"utf-8\">\n", "app-1", |_| true).is_err());
        assert!(served("<!-- open", "app-1", |_| true).is_err());
    }
}
