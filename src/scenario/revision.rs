//! Edits of sources that a scenario spells out digest by digest.

use crate::model::{ActionDigests, Revision};

use super::contents;
use super::error::Problem;
use super::names::Names;
use super::text::{RevisedText, RevisionText};

/// The revisions of a file.
pub(super) fn revisions(
    texts: &[RevisionText],
    names: &Names<'_>,
) -> Result<Vec<Revision>, Problem> {
    texts.iter().map(|text| revision(text, names)).collect()
}

fn revision(text: &RevisionText, names: &Names<'_>) -> Result<Revision, Problem> {
    let blobs = names.graph.blobs();
    let mut revision = Revision::default();
    for (path, content) in &text.artifacts.0 {
        let artifact = names.artifact(path)?;
        let own = names.graph.blob(artifact);
        let Some(blob) = contents::find(blobs, content, own, path.place)? else {
            let problem = format!("'{}' has no content after the edit", path.text);
            return Err(Problem::new(path.place, problem, "Name its new content"));
        };
        revision.artifacts.push((artifact, blob));
    }
    for text in text.action.iter().flatten() {
        let action = names.action(&text.action)?;
        revision.actions.push((action, digests(text, names.graph.digests(action), names)?));
    }
    Ok(revision)
}

/// What the file does not tell stays as it was.
fn digests(
    text: &RevisedText,
    before: ActionDigests,
    names: &Names<'_>,
) -> Result<ActionDigests, Problem> {
    let find = |content: &Option<_>, own| match content {
        None => Ok(own),
        Some(content) => contents::find(names.graph.blobs(), content, own, text.place),
    };
    Ok(ActionDigests {
        key: find(&text.key, before.key)?,
        command: find(&text.command, before.command)?,
        stdout: find(&text.stdout, before.stdout)?,
        stderr: find(&text.stderr, before.stderr)?,
    })
}
