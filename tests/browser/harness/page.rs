//! The open page, and what a person can do to it and see on it.

use std::path::Path;
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::{Driver, Host};

/// How long anything may take to show up. Generous: CI has two cores and a software renderer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser tab on the site.
pub struct Page {
    /// For what has no word here yet.
    pub client: Client,
    /// Where the site comes from.
    pub host: Host,
}

impl Page {
    /// Opens the site in a new browser of `driver`.
    pub async fn open(driver: &Driver, host: Host) -> Self {
        let page = Self { client: driver.browser().await, host };
        // The view, not the window with its frame.
        page.set_size(1280, 800).await;
        page.go("").await;
        page
    }

    /// Goes to the site's page with `rest` (a query or fragment) after its address.
    pub async fn go(&self, rest: &str) {
        let url = format!("{}{rest}", self.host.url());
        self.client.goto(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// The first element that the CSS `selector` finds, as soon as there is one.
    pub async fn find(&self, selector: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("nothing matches `{selector}` ({error}); {}", self.shown().await),
        }
    }

    /// Clicks what `selector` finds.
    pub async fn click(&self, selector: &str) {
        let clicked = self.find(selector).await.click().await;
        clicked.unwrap_or_else(|error| panic!("cannot click `{selector}`: {error}"));
    }

    /// The visible text of what `selector` finds.
    pub async fn text(&self, selector: &str) -> String {
        self.find(selector).await.text().await.expect("an element has text")
    }

    /// Waits until the visible text of an element that `selector` finds contains `text`.
    pub async fn wait_for_text(&self, selector: &str, text: &str) {
        let script = "return [...document.querySelectorAll(arguments[0])]
            .some(element => element.innerText.includes(arguments[1]))";
        let what = format!("`{selector}` with the text {text:?}");
        self.wait_until(&what, script, vec![json!(selector), json!(text)]).await;
    }

    /// Waits until the JavaScript `script` returns something true. `what` names it in the failure.
    pub async fn wait_until(&self, what: &str, script: &str, arguments: Vec<Value>) {
        let start = Instant::now();
        loop {
            // While a page changes, a script may fail: it is asked again.
            match self.client.execute(script, arguments.clone()).await {
                Ok(Value::Bool(true)) => return,
                _ if start.elapsed() < PATIENCE => {}
                last => panic!("waited for {what}, last: {last:?}; {}", self.shown().await),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the JavaScript `script` returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let result = self.client.execute(script, arguments).await;
        result.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Gives files to the `<input type=file multiple>` that `selector` finds (it may be hidden).
    pub async fn choose_files(&self, selector: &str, files: &[&Path]) {
        let paths: Vec<String> = files
            .iter()
            .map(|file| {
                let path =
                    file.canonicalize().unwrap_or_else(|e| panic!("{}: {e}", file.display()));
                path.to_str().expect("a plain path").to_owned()
            })
            .collect();
        let sent = self.find(selector).await.send_keys(&paths.join("\n")).await;
        sent.unwrap_or_else(|error| panic!("cannot choose {paths:?}: {error}"));
    }

    /// Drops files on what `selector` finds, as if dragged there from the desktop.
    ///
    /// Read through a file input added for it, so that large files travel as files, not as script.
    pub async fn drop_files(&self, selector: &str, files: &[&Path]) {
        let added = "const input = document.createElement('input');
            input.type = 'file'; input.multiple = true; input.id = 'dropped-by-test';
            input.addEventListener('change', event => event.stopPropagation());
            document.body.append(input);";
        self.run(added, vec![]).await;
        self.choose_files("#dropped-by-test", files).await;
        let dropped = "const input = document.getElementById('dropped-by-test');
            const data = new DataTransfer();
            for (const file of input.files) data.items.add(file);
            input.remove();
            const onto = document.querySelector(arguments[0]);
            for (const name of ['dragenter', 'dragover', 'drop'])
              onto.dispatchEvent(new DragEvent(name,
                { dataTransfer: data, bubbles: true, cancelable: true, composed: true }));
            return data.files.length;";
        self.find(selector).await;
        let n_files = self.run(dropped, vec![json!(selector)]).await;
        assert_eq!(n_files, json!(files.len()), "files that reached the page");
    }

    /// Shows the page as a system set to dark colours, and to reduced motion, would.
    pub async fn set_preferences(&self, is_dark: bool, reduces_motion: bool) {
        let scheme = if is_dark { "dark" } else { "light" };
        let motion = if reduces_motion { "reduce" } else { "no-preference" };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": motion },
        ] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Makes the view `width` by `height` CSS pixels.
    pub async fn set_size(&self, width: u32, height: u32) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Sends a command of the Chrome DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        let sent = self.client.issue_cmd(Post("goog/cdp/execute", body)).await;
        sent.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Writes what is visible to `target/screenshots/NAME.png`.
    pub async fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        let picture = self.client.screenshot().await.expect("Chromium draws");
        std::fs::create_dir_all(&folder).expect("target/ can be written");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("it can be written");
    }

    /// What the console has complained of (errors, breaches of the policy) since it was last asked.
    pub async fn take_console(&self) -> Vec<String> {
        let entries = self.client.issue_cmd(Post("se/log", json!({ "type": "browser" }))).await;
        let entries = entries.expect("chromedriver hands out the console");
        let entries = entries.as_array().expect("a list of entries");
        let text = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
        entries
            .iter()
            .filter(|entry| entry["level"] == "SEVERE" || text(entry).contains("Security Policy"))
            .map(text)
            .collect()
    }

    /// Ends the browser.
    pub async fn close(&self) {
        self.client.clone().close().await.expect("Chromium ends");
    }

    /// For failures: a screenshot, and the page's text.
    async fn shown(&self) -> String {
        let name = std::thread::current().name().unwrap_or("case").replace("::", "-");
        self.screenshot(&format!("failed-{name}")).await;
        let text = self.client.execute("return document.body.innerText", vec![]).await;
        format!(
            "see target/screenshots/failed-{name}.png; the page says: {text:?}; the console: {:?}",
            self.take_console().await
        )
    }
}

/// A command of chromedriver's that WebDriver doesn't know.
#[derive(Debug)]
struct Post(&'static str, Value);

impl WebDriverCompatibleCommand for Post {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session_id.expect("a session is open");
        base_url.join(&format!("session/{session}/{}", self.0))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.1.to_string()))
    }
}
