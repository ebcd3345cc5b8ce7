//! Writing to the terminal or pipe: colours where wanted, quiet when the reader has gone.

use std::io::{self, ErrorKind, IsTerminal, Write};

use super::failure::Failure;

/// Text for stdout, written at once.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    colours: bool,
}

impl Page {
    /// An empty page; in colours if stdout is a terminal and `NO_COLOR` is not set.
    pub fn new() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { text: String::new(), colours: wanted && io::stdout().is_terminal() }
    }

    /// A heading with an empty line before it, unless it is the first line.
    pub fn heading(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.styled("1", text);
    }

    /// A line.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    /// A line that tells of success or failure.
    pub fn verdict(&mut self, success: bool, text: &str) {
        self.styled(if success { "32" } else { "31" }, text);
    }

    /// A line that wants attention.
    pub fn remark(&mut self, text: &str) {
        self.styled("33", text);
    }

    /// Writes the page to stdout.
    pub fn write(self) -> Result<(), Failure> {
        write(&self.text)
    }

    fn styled(&mut self, code: &str, text: &str) {
        if self.colours {
            self.line(format!("\x1b[{code}m{text}\x1b[0m"));
        } else {
            self.line(text);
        }
    }
}

/// Writes `text` to stdout; a reader that has gone is no failure.
pub fn write(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Write(error)),
        _ => Ok(()),
    }
}

/// Writes JSON to stdout, indented, with a final line feed.
pub fn write_json(value: &impl std::fmt::Display) -> Result<(), Failure> {
    write(&format!("{value:#}\n"))
}

/// A line on stderr that is written over again, where stderr is a terminal.
#[derive(Debug)]
pub struct Ticker {
    shown: bool,
    live: bool,
}

impl Ticker {
    /// A ticker that has shown nothing yet.
    pub fn new() -> Self {
        Self { shown: false, live: io::stderr().is_terminal() }
    }

    /// Shows `text` in place of what was shown before.
    pub fn show(&mut self, text: &str) {
        if self.live {
            // Progress is a courtesy: if it cannot be written, the work goes on.
            let _ = write!(io::stderr(), "\r\x1b[K{text}");
            self.shown = true;
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
