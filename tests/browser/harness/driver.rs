//! chromedriver, started on a port of its own choice and ended with the case.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// How often the driver is started before a case gives up.
const STARTS_MAX: usize = 5;

/// A running chromedriver. Ending it ends its browsers.
pub struct Driver {
    process: Child,
    /// Kept open: a driver that cannot write its log would stop.
    _output: BufReader<ChildStdout>,
    port: u16,
    profile: PathBuf,
}

impl Driver {
    /// Starts chromedriver. Where it ends at once it is started again: it chooses a free port, and
    /// ends if another program takes that before it listens.
    ///
    /// # Panics
    /// If it isn't there, does not say within 20 s where it listens, or ends each time.
    pub async fn start() -> Self {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        for _ in 0..STARTS_MAX {
            let mut process = Command::new(&program)
                .arg("--port=0")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .unwrap_or_else(|error| {
                    panic!("cannot start {program} ({error}): see what `cargo xtask test` installs")
                });
            let mut output = BufReader::new(process.stdout.take().expect("its output is piped"));
            let port = timeout(Duration::from_secs(20), listening_port(&mut output))
                .await
                .expect("chromedriver says within 20 s where it listens");
            if let Some(port) = port {
                return Self { process, _output: output, port, profile: new_profile(port) };
            }
            eprintln!("{program} ended before it listened");
        }
        panic!("{program} ended {STARTS_MAX} times before it listened");
    }

    /// Opens a browser of 1280 x 800 on a fresh profile.
    pub async fn browser(&self) -> Client {
        let profile = format!("--user-data-dir={}", self.profile.display());
        let capabilities = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--window-size=1280,800", profile,
            ] },
        });
        let serde_json::Value::Object(capabilities) = capabilities else { unreachable!() };
        ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("Chromium starts")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Killed outright, it would leave its browser behind.
        let _ = shut_down(self.port);
        let _ = self.process.start_kill();
        // Chromium may still write to it; what is left lies in the system's own temporary folder.
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// Asks the driver at `port` to end its browsers and itself, and waits for that.
fn shut_down(port: u16) -> std::io::Result<()> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(connection, "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")?;
    std::io::copy(&mut connection, &mut std::io::sink())?;
    Ok(())
}

/// Where the driver says that it listens; `None` where it ends without a word of that.
async fn listening_port(output: &mut BufReader<ChildStdout>) -> Option<u16> {
    let mut lines = output.lines();
    while let Some(line) = lines.next_line().await.expect("chromedriver's output is text") {
        let digits = line.strip_prefix("ChromeDriver was started successfully on port ");
        if let Some(port) = digits.and_then(|digits| digits.trim_end_matches('.').parse().ok()) {
            return Some(port);
        }
    }
    None
}

/// A folder that nobody else uses: the driver's port and this process name it.
fn new_profile(port: u16) -> PathBuf {
    let name = format!("rewindow-browser-{}-{port}", std::process::id());
    let profile = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&profile).expect("the temporary folder can be written");
    profile
}
