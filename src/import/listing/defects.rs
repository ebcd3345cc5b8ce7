//! What is wrong with a listing, summed: one warning a kind of defect, with its first place.

use crate::import::card::{Place, Warning};

/// A kind of defect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Defect {
    /// A line that names no blob.
    Noise,
    /// A name as long as no digest.
    WrongLength,
    /// A blob in the folder of other digits.
    WrongShard,
    /// The last line ends without a line end.
    Cut,
    /// The checksum of a blob is not its name.
    Corrupt,
    /// No checksum is the name it stands beside.
    OtherFunction,
    /// Sizes are counted in blocks.
    BlockSizes,
    /// A blob is listed with two sizes.
    SizeConflict,
    /// A layout that names AC entries and CAS blobs alike.
    HalfNotTold,
    /// The JSON of `tree -J` ends early or is broken.
    BrokenJson,
}

/// All defects of a listing.
#[derive(Default)]
pub struct Defects {
    found: Vec<(Defect, Found)>,
}

struct Found {
    first_line: u64,
    count: u64,
    example: String,
}

impl Defects {
    /// Notes a defect at `line` (0: no particular line); `example` is quoted if it is the first.
    pub fn add(&mut self, defect: Defect, line: u64, example: &[u8]) {
        if let Some((_, found)) = self.found.iter_mut().find(|(kind, _)| *kind == defect) {
            found.count += 1;
            // Lines that wait for their neighbours may come late.
            if line < found.first_line {
                (found.first_line, found.example) = (line, excerpt(example));
            }
            return;
        }
        self.found.push((defect, Found { first_line: line, count: 1, example: excerpt(example) }));
    }

    /// Whether `defect` was found.
    pub fn has(&self, defect: Defect) -> bool {
        self.found.iter().any(|(kind, _)| *kind == defect)
    }

    /// Somebody settled what `defect` is about.
    pub fn forget(&mut self, defect: Defect) {
        self.found.retain(|(kind, _)| *kind != defect);
    }

    /// One warning a kind.
    pub fn warnings(&self, file: &str) -> Vec<Warning> {
        let warning = |(defect, found): &(Defect, Found)| {
            let (what, remedy) = words(*defect, &found.example);
            let place = match found.first_line {
                0 => Place::Whole,
                line => Place::Line(line),
            };
            Warning { file: file.to_owned(), place, what, remedy, count: found.count }
        };
        self.found.iter().map(warning).collect()
    }
}

/// The start of a line, safe to show.
pub fn excerpt(line: &[u8]) -> String {
    let head = String::from_utf8_lossy(&line[..line.len().min(240)]);
    let text: String = head.chars().filter(|c| !c.is_control()).take(60).collect();
    if line.len() > text.len() { text + "…" } else { text }
}

fn words(defect: Defect, example: &str) -> (String, String) {
    let (what, remedy) = match defect {
        Defect::Noise => (
            format!("\"{example}\" names no blob; expected a path such as cas/HH/HASH or ac/HASH."),
            "The line is left out.",
        ),
        Defect::WrongLength => (
            format!(
                "\"{example}\" is as long as no digest; expected 32, 40, 64, 96 or 128 \
                 hexadecimal digits."
            ),
            "It is left out. If the listing was cut or wrapped, make it again.",
        ),
        Defect::WrongShard => (
            format!("\"{example}\" is in a folder of other first digits, where no cache looks."),
            "It counts as absent.",
        ),
        Defect::Cut => (
            format!("The last line, \"{example}\", has no line end and may be cut short."),
            "Its size and time are left out, and all of it if its digest is short. Blobs after \
             it count as absent: if there were any, make the listing again.",
        ),
        Defect::Corrupt => (
            format!("The content of blob {example} has another checksum: digest mismatch."),
            "It counts as absent, since a client treats a corrupt blob as lost.",
        ),
        Defect::OtherFunction => (
            "No checksum is the name of the blob beside it, so the names are of another digest \
             function or the blobs are compressed."
                .to_owned(),
            "The checksums are not used.",
        ),
        Defect::BlockSizes => (
            "Sizes are counted in disk blocks; expected bytes.".to_owned(),
            "Sizes are left unknown. `du -ab` or `find -printf '%P\\t%s\\t%T@\\n'` tells them.",
        ),
        Defect::SizeConflict => {
            ("A blob is listed twice, with different sizes.".to_owned(), "The first size is taken.")
        }
        Defect::HalfNotTold => (
            format!(
                "{example} may be an AC entry or a CAS blob: NativeLink keeps them in two folders \
                 and names them alike."
            ),
            "It counts as a CAS blob, and as an AC entry too if it is the key of an action. To \
             tell them apart, choose \"listing of AC entries alone\" or \"listing of CAS blobs \
             alone\" for this file, or list both folders from above and name them …-ac \
             and …-cas, after the `content_path` of the store that `ac_store` and `cas_store` \
             refer to.",
        ),
        Defect::BrokenJson => (
            format!("The JSON breaks off or is broken here: {example}."),
            "What came before is used. Blobs after it count as absent: make the listing again.",
        ),
    };
    (what, remedy.to_owned())
}
