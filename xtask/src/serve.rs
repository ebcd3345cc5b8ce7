//! A small server for `dist/` on this machine only.
//!
//! It answers as a good static host would: compressed twins, types, long caching of what is named
//! by its hash. The browser tests use a plainer one, so that the site needs none of this.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

/// Listens on 127.0.0.1 at `port`, or at the next free one of the hundred after it.
///
/// # Errors
/// None of them is free.
pub fn listen(port: u16) -> Result<Server> {
    let last = port.saturating_add(100);
    (port..=last)
        .find_map(|port| Server::http(("127.0.0.1", port)).ok())
        .with_context(|| format!("no port from {port} to {last} is free on 127.0.0.1"))
}

/// Answers requests from `dist` until the process ends.
pub fn answer(server: &Server, dist: &Path) {
    std::thread::scope(|scope| {
        // A page asks for a handful of files at once.
        for _ in 0..4 {
            scope.spawn(|| {
                for request in server.incoming_requests() {
                    let shown = format!("{} {}", request.method(), request.url());
                    if let Err(error) = respond(request, dist) {
                        // A browser that closes early is everyday life.
                        eprintln!("{shown}: {error:#}");
                    }
                }
            });
        }
    });
}

fn respond(request: Request, dist: &Path) -> Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return Ok(request.respond(text(405, "Only GET and HEAD"))?);
    }
    let Some(name) = name(request.url()) else {
        return Ok(request.respond(text(404, "No such file"))?);
    };
    let accepted = accepted_encodings(&request);
    let (path, encoding) = twin(&dist.join(&name), &accepted);
    // Opened in one step: a rebuild may swap the folder at any time.
    let Ok(file) = File::open(&path) else {
        return Ok(request.respond(text(404, "No such file"))?);
    };
    // In one piece, so that the browser knows how much is to come.
    let mut response = Response::from_file(file).with_chunked_threshold(usize::MAX);
    response.add_header(header("Content-Type", mime(&name))?);
    response.add_header(header("Cache-Control", caching(&name))?);
    response.add_header(header("Vary", "Accept-Encoding")?);
    response.add_header(header("X-Content-Type-Options", "nosniff")?);
    if let Some(encoding) = encoding {
        response.add_header(header("Content-Encoding", encoding)?);
    }
    Ok(request.respond(response)?)
}

/// The file that a request's address asks for. `None` if it could lead out of the site.
fn name(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default().strip_prefix('/')?;
    if path.is_empty() {
        return Some("index.html".to_owned());
    }
    // Names in the site are plain (see `site::read_tree`): anything else is nothing of ours.
    let is_plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    path.split('/').all(is_plain).then(|| path.to_owned())
}

/// The best twin of `path` that the browser takes, and how it is encoded.
fn twin(path: &Path, accepted: &[String]) -> (PathBuf, Option<&'static str>) {
    for (encoding, ending) in [("br", ".br"), ("gzip", ".gz")] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        if accepted.iter().any(|word| word == encoding) && fs::exists(&name).unwrap_or(false) {
            return (name.into(), Some(encoding));
        }
    }
    (path.to_owned(), None)
}

fn accepted_encodings(request: &Request) -> Vec<String> {
    let headers = request.headers().iter().filter(|header| header.field.equiv("Accept-Encoding"));
    headers.flat_map(|header| encodings(header.value.as_str())).collect()
}

/// The encodings of an `Accept-Encoding`, without those that it refuses by `q=0`.
fn encodings(value: &str) -> Vec<String> {
    let is_refused = |parameter: &str| {
        let weight = parameter.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        weight == Some(0.0)
    };
    let taken = value.split(',').filter(|word| !word.split(';').skip(1).any(is_refused));
    taken.map(|word| word.split(';').next().unwrap_or_default().trim().to_lowercase()).collect()
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" => "application/json",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn caching(name: &str) -> &'static str {
    if name.starts_with("app-") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn header(field: &str, value: &str) -> Result<Header> {
    Header::from_bytes(field, value).map_err(|()| anyhow!("{field}: {value} is no header"))
}

fn text(status: u16, words: &str) -> Response<std::io::Cursor<Vec<u8>>> {
    Response::from_string(words).with_status_code(StatusCode(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_file_in_the_site_or_nothing() {
        assert_eq!(name("/").as_deref(), Some("index.html"));
        assert_eq!(name("/?embed=1").as_deref(), Some("index.html"));
        assert_eq!(name("/app-1/a.js?glue=x").as_deref(), Some("app-1/a.js"));
        for bad in ["", "/..", "/../x", "/a/../b", "/a//b", "/%2e%2e/x", "/a\\b", "/.git/x", "/a/"]
        {
            assert_eq!(name(bad), None, "{bad}");
        }
    }

    #[test]
    fn encodings_are_those_that_the_browser_takes() {
        assert_eq!(encodings("gzip, deflate, BR;q=0.5"), ["gzip", "deflate", "br"]);
        assert_eq!(encodings("br;q=0, gzip"), ["gzip"]);
        assert!(encodings("").iter().all(String::is_empty));
    }

    #[test]
    fn a_taken_port_gives_the_next_one() {
        let first = listen(18080).unwrap();
        let taken = first.server_addr().to_ip().unwrap().port();
        let second = listen(taken).unwrap();
        assert!(second.server_addr().to_ip().unwrap().port() > taken);
        assert!(second.server_addr().to_ip().unwrap().ip().is_loopback());
    }

    #[test]
    fn only_what_is_named_by_its_hash_is_cached() {
        assert!(caching("app-1/x.js").contains("immutable"));
        assert_eq!(caching("index.html"), "no-cache");
        assert_eq!(caching("sw.js"), "no-cache");
        assert_eq!(mime("app-1/rewindow-app_bg.wasm"), "application/wasm");
    }
}
