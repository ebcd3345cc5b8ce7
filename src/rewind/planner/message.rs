//! What the real tools print about a loss, word by word as recorded.

use crate::model::{ActionId, ArtifactId, BlobId};

use crate::rewind::engine::LossMessage;

use super::attempt::Attempt;

impl Attempt<'_, '_> {
    /// The error line of an action that failed on lost inputs.
    pub fn lost_inputs_message(&self, action: ActionId, lost: &[(ArtifactId, BlobId)]) -> String {
        let what = self.describe(action);
        let n = lost.len();
        let (input, blob) = lost[0];
        let hash = self.planner.graph.blobs().digest(blob);
        let not_remote = |flag: &str| {
            format!(
                "Failed to fetch file with hash '{hash}' because it does not exist remotely. \
                 {flag} does not work if your remote cache evicts files during builds."
            )
        };
        match self.planner.engine.message {
            LossMessage::UnexpectedIo => {
                let output = self.first_output_name(action);
                let head = match self.build.keep_going {
                    true => format!("Couldn't build file {output}: "),
                    false => String::new(),
                };
                let cause = not_remote("--experimental_remote_outputs=minimal");
                format!("ERROR: {head}{what} failed due to unexpected I/O exception: {cause}")
            }
            LossMessage::ExecFailed if n > 1 => format!(
                "ERROR: {what} failed: Exec failed due to IOException: {n} errors during bulk \
                 transfer"
            ),
            LossMessage::ExecFailed => {
                let cause = not_remote("--remote_download_outputs=minimal");
                format!("ERROR: {what} failed: Exec failed due to IOException: {cause}")
            }
            LossMessage::MissingDigest | LossMessage::UnexpectedLostInputs => {
                let several = format!("{n} errors during bulk transfer:\n");
                let lines: Vec<_> = lost.iter().map(|l| self.missing_digest(l.0, l.1)).collect();
                let head = if n > 1 { several.as_str() } else { "" };
                format!(
                    "ERROR: {what} failed: Failed to fetch blobs because they do not exist \
                     remotely.: {head}{}",
                    lines.join("\n")
                )
            }
            LossMessage::ExpiredInReCas => self.expired_message(input),
        }
    }

    /// The error line of a top-level output that is gone.
    pub fn lost_output_message(&self, artifact: ArtifactId, blob: BlobId) -> String {
        match self.planner.engine.message {
            LossMessage::ExpiredInReCas => self.expired_message(artifact),
            _ => {
                let producer = self.planner.graph.producer(artifact);
                let what = producer.map_or_else(String::new, |p| self.describe(p) + " failed: ");
                format!("ERROR: {what}{}", self.missing_digest(artifact, blob))
            }
        }
    }

    /// The error of an input lost once more than the cap allows
    /// (`ActionRewindStrategy.checkIfActionLostInputTooManyTimes`).
    pub fn lost_too_often_message(
        &self,
        action: ActionId,
        input: ArtifactId,
        blob: BlobId,
        n_losses: u32,
    ) -> String {
        let (what, path) = (self.describe(action), self.planner.graph.path(input));
        let digest = self.sized_digest(blob);
        format!(
            "ERROR: {what} failed: lost input too many times (#{n_losses}) for the same action. \
             lostInput: {path}, lostInput digest: {digest}, failedAction: {what}"
        )
    }

    /// The error of a top-level output lost once more than the cap allows.
    pub fn output_lost_too_often_message(
        &self,
        artifact: ArtifactId,
        blob: BlobId,
        losses_max: u32,
    ) -> String {
        let path = self.planner.graph.path(artifact);
        let digest = self.sized_digest(blob);
        format!(
            "ERROR: Lost output {path} (digest {digest}), and rewinding was ineffective after \
             {losses_max} attempts."
        )
    }

    /// The error line of an action that failed on an error that names no lost blob (B6).
    pub fn io_error_message(&self, action: ActionId) -> String {
        format!("ERROR: {} failed: I/O exception during bulk transfer", self.describe(action))
    }

    /// The same of a top-level output.
    pub fn output_io_error_message(&self, artifact: ArtifactId) -> String {
        format!("ERROR: failed to fetch {}", self.planner.graph.path(artifact))
    }

    /// What is said where the tool would go on without end (P15).
    pub fn no_end_message(&self, action: Option<ActionId>, artifact: ArtifactId) -> String {
        let who = action.map_or_else(String::new, |action| self.describe(action));
        format!("{who} {} is lost without end", self.planner.graph.path(artifact))
    }

    fn expired_message(&self, artifact: ArtifactId) -> String {
        format!(
            "Your build requires materializing an artifact that has expired in the RE CAS and \
             Buck does not have it. Debug information:\n  Path: {}",
            self.planner.graph.path(artifact)
        )
    }

    fn missing_digest(&self, artifact: ArtifactId, blob: BlobId) -> String {
        let path = self.planner.graph.path(artifact);
        format!("Missing digest: {} for {path}", self.sized_digest(blob))
    }

    /// `HASH/SIZE`, or the hash alone where the size is unknown.
    fn sized_digest(&self, blob: BlobId) -> String {
        let blob = self.planner.graph.blobs().get(blob);
        let size = blob.size_bytes.map_or_else(String::new, |size| format!("/{size}"));
        format!("{}{size}", blob.digest)
    }

    /// How Bazel names an action in its errors.
    fn describe(&self, action: ActionId) -> String {
        let graph = self.planner.graph;
        let (label, mnemonic) = (graph.label(action), graph.mnemonic(action));
        match (label, mnemonic) {
            ("", _) => format!("Executing {mnemonic} action for {}", self.first_path(action)),
            (label, "Genrule") => format!("Executing genrule {label}"),
            (label, mnemonic) => format!("Executing {mnemonic} action of {label}"),
        }
    }

    fn first_path(&self, action: ActionId) -> &str {
        let graph = self.planner.graph;
        graph.outputs(action).first().map_or("", |&output| graph.path(output))
    }

    fn first_output_name(&self, action: ActionId) -> &str {
        let path = self.first_path(action);
        path.rsplit_once("/bin/").map_or(path, |(_, name)| name)
    }
}
