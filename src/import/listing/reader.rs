//! Joins the lines of a listing: names get the folder they stand under, and paths that are no
//! blobs are told apart from noise by their neighbours.

use crate::model::DigestFunction;

use super::defects::Defect;
use super::gather::{Columns, Gather};
use super::layout::{BlobName, Named, classify};
use super::line::{Base, Line, Row, parse};

/// State between two lines.
#[derive(Default)]
pub struct Reader<'a> {
    gather: Gather,
    n_lines: u64,
    heading: Option<&'a [u8]>,
    /// Names from the root of a drawn tree to the row above.
    branch: Vec<&'a [u8]>,
    /// The path of the row at hand, and of the last row that had one.
    path: Vec<u8>,
    last_path: Vec<u8>,
    /// Rows that are folders if another row is inside them, and otherwise noise.
    unresolved: Vec<(u64, Vec<u8>)>,
}

const UNRESOLVED_MAX: usize = 16;
const DEPTH_MAX: usize = 64;

impl<'a> Reader<'a> {
    /// Lines read so far.
    pub fn n_lines(&self) -> u64 {
        self.n_lines
    }

    /// Reads a line with its line end; true if it has none, so that it is the last and may be cut.
    pub fn line(&mut self, line: &'a [u8]) -> bool {
        self.n_lines += 1;
        let text = line.strip_suffix(b"\n");
        match (parse(text.unwrap_or(line)), text) {
            (Line::Note, _) => {}
            (Line::Heading(folder), _) => self.heading = Some(folder),
            (Line::Row(row), whole) => self.row(&row, line, whole.is_none()),
            (Line::Noise, Some(line)) => self.defect(Defect::Noise, line),
            (Line::Noise, None) => self.defect(Defect::Cut, line),
        }
        text.is_none()
    }

    /// All that was found.
    pub fn finish(mut self) -> Gather {
        for (line, path) in std::mem::take(&mut self.unresolved) {
            self.gather.defects.add(Defect::Noise, line, &path);
        }
        self.gather
    }

    fn row(&mut self, row: &Row<'a>, line: &'a [u8], is_cut: bool) {
        if !self.join(row) {
            return self.defect(Defect::Noise, line);
        }
        match classify(&self.path) {
            Named::Folder { is_half: true } => self.gather.half(),
            Named::Folder { .. } => {}
            _ if row.is_no_file => {}
            Named::Blob(name) => {
                let mut columns = Columns {
                    size_bytes: row.size_bytes,
                    unit_is_unsure: row.unit_is_unsure,
                    modified_ms: row.modified_ms,
                    sum: row.sum,
                    entry: 0,
                };
                let mut name = name;
                let is_other = self.is_other(&name, row);
                if is_cut && (columns.has_any() || is_other || name.size_bytes.is_some()) {
                    self.defect(Defect::Cut, line);
                    columns = Columns::default();
                    name.size_bytes = None;
                }
                if !(is_cut && is_other) {
                    self.gather.add(self.n_lines, &name, columns);
                }
                self.gather.half();
            }
            Named::Housekeeping => self.gather.ignored(),
            _ if is_cut => self.defect(Defect::Cut, line),
            Named::WrongLength => self.defect(Defect::WrongLength, line),
            Named::WrongShard => self.defect(Defect::WrongShard, line),
            Named::Other => self.wait(),
        }
        self.resolve();
    }

    /// Whether a blob is unlike those before it. At the end of a cut listing, a digest may be the
    /// start of a longer one, or a checksum whose path is gone.
    fn is_other(&self, name: &BlobName, row: &Row<'a>) -> bool {
        let function = name.digest.function();
        let is_short = function.n_bytes() < DigestFunction::Sha256.n_bytes();
        let is_other_function = self.gather.function().map_or(is_short, |first| first != function);
        is_other_function || (self.gather.has_sums() && row.sum.is_none())
    }

    /// Makes the whole path of `row`; false if it hangs in the air.
    fn join(&mut self, row: &Row<'a>) -> bool {
        self.path.clear();
        let is_name = !row.path.iter().any(|b| matches!(b, b'/' | b'\\'));
        match row.base {
            Base::Tree { depth } => {
                if depth > self.branch.len().max(1) || depth > DEPTH_MAX {
                    return false;
                }
                if self.branch.is_empty() && depth == 1 {
                    self.branch.push(b".");
                }
                self.branch.truncate(depth);
                self.branch.push(row.path);
                // `tree -f` prints whole paths.
                let from = if is_name { 0 } else { depth };
                for part in &self.branch[from..] {
                    self.path.extend_from_slice(part);
                    self.path.push(b'/');
                }
                self.path.pop();
            }
            Base::Heading | Base::Folder => {
                if row.base == Base::Folder {
                    self.branch = vec![row.path];
                }
                if let Some(heading) = self.heading.filter(|_| is_name) {
                    self.path.extend_from_slice(heading);
                    self.path.push(b'/');
                }
                self.path.extend_from_slice(row.path);
            }
        }
        true
    }

    /// Keeps the row at hand until a row inside it shows up, unless the last was.
    fn wait(&mut self) {
        if is_inside(&self.last_path, &self.path) {
            return;
        }
        if self.unresolved.len() == UNRESOLVED_MAX {
            let (line, path) = self.unresolved.remove(0);
            self.gather.defects.add(Defect::Noise, line, &path);
        }
        self.unresolved.push((self.n_lines, self.path.clone()));
    }

    fn resolve(&mut self) {
        let path = &self.path;
        self.unresolved.retain(|(_, folder)| !is_inside(path, folder));
        std::mem::swap(&mut self.path, &mut self.last_path);
    }

    fn defect(&mut self, defect: Defect, line: &[u8]) {
        self.gather.defects.add(defect, self.n_lines, line.trim_ascii_end());
    }
}

/// Whether `path` goes on after `folder`.
fn is_inside(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| matches!(rest.first(), Some(b'/' | b'\\')))
}
