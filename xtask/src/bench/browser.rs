//! A page in a fresh headless Chromium, which tells its host what it has found.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use tiny_http::{Header, Method, Request, Response, Server};

use crate::{checks, command};

/// How long a visit may take. A million actions take a minute on a quiet machine.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Serves the page to one browser at a time.
pub struct Host {
    server: Server,
    folder: PathBuf,
    /// The page's address, with the sizes of the graphs.
    url: String,
}

/// A browser, ended when dropped.
struct Browser {
    process: Child,
    profile: PathBuf,
}

impl Host {
    /// Serves `folder` on a free port of this machine.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(folder: PathBuf, sizes: &[u32]) -> Result<Self> {
        let server = Server::http("127.0.0.1:0").map_err(|error| anyhow!("no port: {error}"))?;
        let sizes = sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let url = format!("http://{}/index.html?sizes={sizes}", server.server_addr());
        Ok(Self { server, folder, url })
    }

    /// Opens the page in a browser and returns all the lines that it tells.
    ///
    /// # Errors
    /// There is no browser, or the page fails or takes too long.
    pub fn visit(&self) -> Result<String> {
        let mut browser = Browser::open(&self.url)?;
        let (start, mut lines) = (Instant::now(), String::new());
        while start.elapsed() < PATIENCE {
            if let Some(status) = browser.process.try_wait()? {
                bail!("Chromium ended early ({status})");
            }
            let Some(mut request) = self.server.recv_timeout(Duration::from_secs(1))? else {
                continue;
            };
            if *request.method() != Method::Post {
                self.serve(request)?;
                continue;
            }
            let (what, mut text) = (request.url().to_owned(), String::new());
            request.as_reader().read_to_string(&mut text)?;
            // A page that is gone by now has said what it had to say.
            let _ = request.respond(Response::empty(204));
            match what.as_str() {
                "/figures" => lines.push_str(&text),
                "/done" => return Ok(lines),
                _ => bail!("the page failed: {text}"),
            }
        }
        bail!("the page took more than {} minutes", PATIENCE.as_secs() / 60)
    }

    fn serve(&self, request: Request) -> Result<()> {
        let name = request.url().split('?').next().unwrap_or_default().trim_start_matches('/');
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        let Some(bytes) = fs::read(self.folder.join(name)).ok().filter(|_| is_plain) else {
            return Ok(request.respond(Response::empty(404))?);
        };
        let kind = match name.rsplit('.').next() {
            Some("html") => "text/html",
            Some("js") => "text/javascript",
            _ => "application/wasm",
        };
        let mut response = Response::from_data(bytes);
        // Alone in its process group, a page gets a clock of 5 µs rather than of 100.
        for (field, value) in [
            ("Content-Type", kind),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Embedder-Policy", "require-corp"),
        ] {
            let header = Header::from_bytes(field, value);
            response.add_header(header.map_err(|()| anyhow!("{field}: {value} is no header"))?);
        }
        Ok(request.respond(response)?)
    }
}

impl Browser {
    fn open(url: &str) -> Result<Self> {
        let program = checks::CHROMIUM.iter().find_map(|name| command::find(name));
        let program = program.context("Chromium is not there")?;
        let profile = std::env::temp_dir().join(format!("rewindow-bench-{}", std::process::id()));
        fs::create_dir_all(&profile)?;
        let process = Command::new(program)
            .args(["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
            .args(["--disable-component-update", "--disable-renderer-backgrounding"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("Chromium does not start")?;
        Ok(Self { process, profile })
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // Chromium's children may still write to it; it lies in the temporary folder.
        let _ = fs::remove_dir_all(&self.profile);
    }
}
