//! What the real tools print about a loss, word by word as recorded or read in their sources.
//!
//! Left out is what no export tells: the place in the BUILD file, the inputs and outputs of an
//! action in the tool's own order, ages and origins of digests.

use crate::model::{ActionId, ArtifactId, BlobId, Graph};

use crate::rewind::engine::{Engine, Executor, LossMessage, OnLoss};

use super::attempt::Attempt;

/// Who prints, and about what.
#[derive(Clone, Copy, Debug)]
pub struct Printer<'a> {
    pub graph: &'a Graph,
    pub engine: &'a Engine,
    /// Whether the build goes on after failures: old versions then name the output too.
    pub keep_going: bool,
}

/// `ActionRewindStrategy.MAX_LOST_INPUTS_RECORDED`: with digests, not more are listed.
const LISTED_MAX: usize = 5;

/// How the planner's servers report what they do not name.
const SERVER_ERROR: &str = "500 Internal Server Error";

const UNTIL_RESTART: &str = "This likely happened because your Buck daemon has been online for a \
                             long time. This error is currently unrecoverable. To proceed, you \
                             should restart Buck using `buck2 killall`.";

impl<'a> Printer<'a> {
    /// The error of an action, executing there, that failed on lost inputs (B5, A6, K1).
    pub fn lost_inputs_message(
        self,
        action: ActionId,
        executor: Executor,
        lost: &[(ArtifactId, BlobId)],
    ) -> String {
        let what = self.describe(action);
        let (input, blob) = lost[0];
        let hash = self.graph.blobs().digest(blob);
        let not_remote = |flag: &str| {
            format!(
                "Failed to fetch file with hash '{hash}' because it does not exist remotely. \
                 {flag} does not work if your remote cache evicts files during builds."
            )
        };
        let cause = match self.engine.message {
            LossMessage::UnexpectedIo => {
                let head = self.couldnt_build(action);
                let cause = not_remote("--experimental_remote_outputs=minimal");
                return format!(
                    "ERROR: {head}{what} failed due to unexpected I/O exception: {cause}"
                );
            }
            LossMessage::ExecFailed if lost.len() > 1 => {
                let n = lost.len();
                format!("Exec failed due to IOException: {n} errors during bulk transfer")
            }
            LossMessage::ExecFailed => {
                let cause = not_remote("--remote_download_outputs=minimal");
                format!("Exec failed due to IOException: {cause}")
            }
            LossMessage::MissingDigestOnly | LossMessage::MissingDigest => {
                let cause = self.bulk_transfer(lost);
                format!("Failed to fetch blobs because they do not exist remotely.: {cause}")
            }
            LossMessage::LostDigests => format!("lost inputs with digests: {}", self.digests(lost)),
            LossMessage::UnexpectedLostInputs => self.unexpected("inputs", lost),
            LossMessage::ExpiredInReCas if executor == Executor::Remote => {
                return self.expired_at_upload(blob);
            }
            LossMessage::MissingFromReCas if executor == Executor::Remote => {
                return self.missing_from_re_cas(lost);
            }
            LossMessage::ExpiredInReCas | LossMessage::MissingFromReCas => {
                return self.expired(input, blob);
            }
        };
        format!("ERROR: {what} failed: {cause}")
    }

    /// The error of top-level outputs of one target that are gone (R9, A6, K5).
    pub fn lost_outputs_message(self, lost: &[(ArtifactId, BlobId)]) -> String {
        let (artifact, blob) = lost[0];
        match self.engine.message {
            LossMessage::ExpiredInReCas | LossMessage::MissingFromReCas => {
                self.expired(artifact, blob)
            }
            LossMessage::UnexpectedLostInputs => {
                format!("ERROR: {}", self.unexpected("outputs", lost))
            }
            LossMessage::LostDigests => {
                format!("ERROR: lost outputs with digests: {}", self.digests(lost))
            }
            LossMessage::UnexpectedIo
            | LossMessage::ExecFailed
            | LossMessage::MissingDigestOnly
            | LossMessage::MissingDigest => {
                let producer = self.graph.producer(artifact);
                let what = producer.map_or_else(String::new, |p| self.describe(p) + " failed: ");
                // A late fetch that finds several gone names one (N8).
                format!("ERROR: {what}{}", self.bulk_transfer(&lost[..1]))
            }
        }
    }

    /// The error of an input lost once more than the cap allows (A4;
    /// `ActionRewindStrategy.checkIfActionLostInputTooManyTimes`). At the cap of a command Buck2
    /// prints the last pass's own error instead (K7).
    pub fn lost_too_often_message(
        self,
        action: ActionId,
        input: ArtifactId,
        blob: BlobId,
        n_losses: u32,
    ) -> String {
        let (what, digest) = (self.describe(action), self.sized_digest(blob));
        let input = self.artifact(input);
        format!(
            "ERROR: {what} failed: lost input too many times (#{n_losses}) for the same action. \
             lostInput: {input}, lostInput digest: {digest}, failedAction: action '{what}' (…)"
        )
    }

    /// The error of a top-level output lost once more than the cap allows (A4).
    pub fn output_lost_too_often_message(
        self,
        artifact: ArtifactId,
        blob: BlobId,
        losses_max: u32,
    ) -> String {
        let path = self.root_relative(artifact);
        let digest = self.sized_digest(blob);
        format!(
            "ERROR: Lost output {path} (digest {digest}), and rewinding was ineffective after \
             {losses_max} attempts."
        )
    }

    /// The error of an action that failed on an error which does not name what is lost (B6).
    pub fn io_error_message(self, action: ActionId, lost: &[(ArtifactId, BlobId)]) -> String {
        let what = self.describe(action);
        // An input that no artifact of the action could be found for is told as any other (P40).
        let error = match (self.engine.rewinds_shared_trees, lost) {
            (true, _) | (false, []) => SERVER_ERROR.to_owned(),
            (false, lost) => self.bulk_transfer(lost),
        };
        match self.engine.message {
            LossMessage::ExpiredInReCas | LossMessage::MissingFromReCas => {
                format!("Error materializing artifact at path `{}`", self.first_path(action))
            }
            LossMessage::UnexpectedIo => {
                format!("ERROR: {what} failed due to unexpected I/O exception: {error}")
            }
            _ => format!("ERROR: {what} failed: Exec failed due to IOException: {error}"),
        }
    }

    /// The error of an action whose worker says, in words only, that inputs are gone (B6;
    /// `Utils.executionStatusExceptionErrorMessage`, a log of 0.29 in grpc/grpc#20192).
    pub fn worker_error_message(self, action: ActionId) -> String {
        let what = self.describe(action);
        match self.engine.message {
            LossMessage::ExpiredInReCas | LossMessage::MissingFromReCas => {
                format!("Remote execution error for {what}: FAILED_PRECONDITION: missing input")
            }
            LossMessage::UnexpectedIo => format!(
                "ERROR: {}{what} failed (Exit 34). Note: Remote connection/protocol failed with: \
                 execution failed FAILED_PRECONDITION: missing input",
                self.couldnt_build(action)
            ),
            _ => format!(
                "ERROR: {what} failed: (Exit 34): Remote Execution Failure:\nFailed Precondition: \
                 missing input"
            ),
        }
    }

    /// The error of a top-level output whose fetch ended in an error which does not say that it is
    /// gone.
    pub fn output_io_error_message(self, artifact: ArtifactId) -> String {
        match self.engine.message {
            LossMessage::ExpiredInReCas | LossMessage::MissingFromReCas => {
                format!("Error materializing artifact at path `{}`", self.graph.path(artifact))
            }
            _ => {
                let producer = self.graph.producer(artifact);
                let what = producer.map_or_else(String::new, |p| self.describe(p) + " failed: ");
                format!("ERROR: {what}{SERVER_ERROR}")
            }
        }
    }

    /// Not what any tool prints: each loss is of fresh content, so that no cap is ever reached, and
    /// the plan ends here (P15). `consumer` is none for a top-level output.
    pub fn no_end_message(self, consumer: Option<ActionId>, artifact: ArtifactId) -> String {
        let who = consumer.map_or_else(|| "The build".to_owned(), |action| self.describe(action));
        let path = self.graph.path(artifact);
        format!("{who} loses {path} again and again, each time with other content: this has no end")
    }

    /// With retries the build may run again, and the digests are told; without, a flag is advised
    /// (`ActionRewindStrategy.checkRewindingEnabled`).
    fn unexpected(self, which: &str, lost: &[(ArtifactId, BlobId)]) -> String {
        if self.engine.retries == 0 && self.engine.on_loss == OnLoss::Fail {
            let paths: Vec<_> = lost.iter().map(|l| self.root_relative(l.0)).collect();
            return format!(
                "Unexpected lost {which} (pass --rewind_lost_inputs to enable recovery): {}",
                paths.join(",")
            );
        }
        let one = |&(artifact, blob): &(ArtifactId, BlobId)| {
            format!("{} ({})", self.root_relative(artifact), self.sized_digest(blob))
        };
        let listed: Vec<_> = lost.iter().take(LISTED_MAX).map(one).collect();
        format!("Lost {which} no longer available remotely: {}", listed.join(", "))
    }

    /// What old versions say first, if the build goes on.
    fn couldnt_build(self, action: ActionId) -> String {
        match self.keep_going {
            true => format!("Couldn't build file {}: ", self.first_output_name(action)),
            false => String::new(),
        }
    }

    /// `BulkTransferException.getMessage`.
    fn bulk_transfer(self, lost: &[(ArtifactId, BlobId)]) -> String {
        let lines: Vec<_> = lost.iter().map(|l| self.missing_digest(l.0, l.1)).collect();
        match lost.len() {
            1 => lines.concat(),
            n => format!("{n} errors during bulk transfer:\n{}", lines.join("\n")),
        }
    }

    fn missing_digest(self, artifact: ArtifactId, blob: BlobId) -> String {
        let digest = self.sized_digest(blob);
        match self.engine.message {
            LossMessage::MissingDigestOnly => format!("Missing digest: {digest}"),
            _ => format!("Missing digest: {digest} for {}", self.graph.path(artifact)),
        }
    }

    fn digests(self, lost: &[(ArtifactId, BlobId)]) -> String {
        lost.iter().map(|l| self.sized_digest(l.1)).collect::<Vec<_>>().join(",")
    }

    /// `app/buck2_execute/src/re/uploader.rs` before #1349.
    fn expired_at_upload(self, blob: BlobId) -> String {
        format!(
            "Your build requires an artifact that has expired in the RE CAS and Buck does not have \
             it. {UNTIL_RESTART} Debug information: {}",
            self.buck_digest(blob)
        )
    }

    /// `CasNotFoundError` in `app/buck2_execute/src/materialize/materializer.rs`, before and with
    /// #1349.
    fn expired(self, artifact: ArtifactId, blob: BlobId) -> String {
        let (path, digest) = (self.graph.path(artifact), self.buck_digest(blob));
        format!(
            "Your build requires materializing an artifact that has expired in the RE CAS and Buck \
             does not have it. {UNTIL_RESTART}\n\nDebug information:\n  Path: {path}\n  Directory:\
             \n    {path}: {digest}"
        )
    }

    /// `error_for_lost_cas_inputs` in `app/buck2_execute/src/re/uploader.rs` with #1349.
    fn missing_from_re_cas(self, lost: &[(ArtifactId, BlobId)]) -> String {
        match lost {
            [(_, blob)] => format!(
                "Action execution requires artifact `{}` but it is missing from remote CAS",
                self.buck_digest(*blob)
            ),
            lost => format!(
                "Action execution requires {} artifacts that are missing from remote CAS",
                lost.len()
            ),
        }
    }

    /// `HASH/SIZE`, or the hash alone where the size is unknown.
    fn sized_digest(self, blob: BlobId) -> String {
        self.digest(blob, '/')
    }

    /// `HASH:SIZE`: how Buck2 writes digests.
    fn buck_digest(self, blob: BlobId) -> String {
        self.digest(blob, ':')
    }

    fn digest(self, blob: BlobId, sign: char) -> String {
        let blob = self.graph.blobs().get(blob);
        let size = blob.size_bytes.map_or_else(String::new, |size| format!("{sign}{size}"));
        format!("{}{size}", blob.digest)
    }

    /// How Bazel names an action in its errors.
    fn describe(self, action: ActionId) -> String {
        let (label, mnemonic) = (self.graph.label(action), self.graph.mnemonic(action));
        match (label, mnemonic) {
            ("", _) => format!("Executing {mnemonic} action for {}", self.first_path(action)),
            (label, "Genrule") => format!("Executing genrule {label}"),
            (label, mnemonic) => format!("Executing {mnemonic} action of {label}"),
        }
    }

    /// `Artifact.toString` of a derived artifact: `File:[[<execution_root>]ROOT]PATH`.
    fn artifact(self, artifact: ArtifactId) -> String {
        let path = self.graph.path(artifact);
        let relative = self.root_relative(artifact);
        match path.strip_suffix(relative).map(|root| root.trim_end_matches('/')) {
            Some("") | None => format!("File:{path}"),
            Some(root) => format!("File:[[<execution_root>]{root}]{relative}"),
        }
    }

    /// The path below its root, such as `bazel-out/k8-fastbuild/bin` (`Artifact.prettyPrint`).
    fn root_relative(self, artifact: ArtifactId) -> &'a str {
        let path = self.graph.path(artifact);
        let mut parts = path.splitn(4, '/');
        match (parts.next(), parts.nth(1), parts.next()) {
            (Some("bazel-out"), Some("bin" | "genfiles" | "testlogs"), Some(relative)) => relative,
            _ => path,
        }
    }

    fn first_path(self, action: ActionId) -> &'a str {
        self.graph.outputs(action).first().map_or("", |&output| self.graph.path(output))
    }

    fn first_output_name(self, action: ActionId) -> &'a str {
        let path = self.first_path(action);
        path.rsplit_once("/bin/").map_or(path, |(_, name)| name)
    }
}

/// [`Printer`] for an attempt.
impl Attempt<'_, '_> {
    fn printer(&self) -> Printer<'_> {
        let (graph, engine) = (self.planner.graph, self.planner.engine);
        Printer { graph, engine, keep_going: self.build.keep_going }
    }

    /// See [`Printer::lost_inputs_message`].
    pub fn lost_inputs_message(&self, action: ActionId, lost: &[(ArtifactId, BlobId)]) -> String {
        let executor = self.planner.scenario.executor(action);
        self.printer().lost_inputs_message(action, executor, lost)
    }

    /// See [`Printer::lost_outputs_message`].
    pub fn lost_output_message(&self, artifact: ArtifactId, blob: BlobId) -> String {
        self.printer().lost_outputs_message(&[(artifact, blob)])
    }

    /// See [`Printer::lost_too_often_message`].
    pub fn lost_too_often_message(
        &self,
        action: ActionId,
        input: ArtifactId,
        blob: BlobId,
        n_losses: u32,
    ) -> String {
        self.printer().lost_too_often_message(action, input, blob, n_losses)
    }

    /// See [`Printer::output_lost_too_often_message`].
    pub fn output_lost_too_often_message(
        &self,
        artifact: ArtifactId,
        blob: BlobId,
        losses_max: u32,
    ) -> String {
        self.printer().output_lost_too_often_message(artifact, blob, losses_max)
    }

    /// See [`Printer::io_error_message`].
    pub fn io_error_message(&self, action: ActionId, lost: &[(ArtifactId, BlobId)]) -> String {
        self.printer().io_error_message(action, lost)
    }

    /// See [`Printer::worker_error_message`].
    pub fn worker_error_message(&self, action: ActionId) -> String {
        self.printer().worker_error_message(action)
    }

    /// See [`Printer::output_io_error_message`].
    pub fn output_io_error_message(&self, artifact: ArtifactId) -> String {
        self.printer().output_io_error_message(artifact)
    }

    /// See [`Printer::no_end_message`].
    pub fn no_end_message(&self, consumer: Option<ActionId>, artifact: ArtifactId) -> String {
        self.printer().no_end_message(consumer, artifact)
    }
}

#[cfg(test)]
mod tests;
