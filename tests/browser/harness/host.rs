//! The plainest static host: files by name, a type by ending, nothing else.
//!
//! On purpose less than what `cargo xtask serve` does (no compression, no caching): the site must
//! work on any host. It can be switched off while it runs, to see what works offline.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use tiny_http::{Header, Request, Response, Server};

/// Serves a folder until dropped.
pub struct Host {
    server: Arc<Server>,
    under: String,
    is_down: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Serves `folder` at `/UNDER` of a free port.
    pub fn start(folder: &'static Path, under: &str) -> Self {
        assert!(under.is_empty() || under.ends_with('/') && !under.starts_with('/'), "{under}");
        let server = Arc::new(Server::http("127.0.0.1:0").expect("a port is free"));
        let is_down = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (server, is_down) = (server.clone(), is_down.clone());
            let prefix = format!("/{under}");
            move || {
                for request in server.incoming_requests() {
                    // A closed connection is what the browser sees of a host that is gone.
                    if !is_down.load(Ordering::SeqCst) {
                        let prefix = prefix.clone();
                        // A browser may take one file only once it has another.
                        std::thread::spawn(move || answer(request, folder, &prefix));
                    }
                }
            }
        });
        Self { server, under: under.to_owned(), is_down, thread: Some(thread) }
    }

    /// The address of the site's page.
    pub fn url(&self) -> String {
        format!("http://{}/{}", self.server.server_addr(), self.under)
    }

    /// From now on, answers nothing but errors.
    pub fn go_down(&self) {
        self.is_down.store(true, Ordering::SeqCst);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(request: Request, folder: &Path, prefix: &str) {
    let path = request.url().split(['?', '#']).next().unwrap_or_default();
    let name = match path.strip_prefix(prefix) {
        Some("") => "index.html",
        Some(name) => name,
        None => "",
    };
    let file = folder.join(name);
    let is_inside = !name.contains("..") && file.is_file();
    // The browser may be gone by now: that is its business.
    let _ = match std::fs::read(&file) {
        Ok(bytes) if is_inside => {
            let header = Header::from_bytes("Content-Type", mime(name)).expect("a plain header");
            request.respond(Response::from_data(bytes).with_header(header))
        }
        _ => request.respond(Response::from_string("no such file").with_status_code(404)),
    };
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html",
        "js" => "text/javascript",
        "css" => "text/css",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
