//! What to call actions, artifacts and blobs, so that story, request log and screen agree.

use std::rc::Rc;

use crate::model::{
    ActionDigests, ActionId, ArtifactId, BlobId, Cache, Graph, Id, IdSet, Revision, TextId,
};
use crate::rewind::Trace;

use super::fresh::FreshRoles;
use super::packed_role::PackedRole;

/// What a blob is to the build.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// No loaded file says.
    Unknown,
    /// The blob of size 0.
    Empty,
    /// The content of an artifact, the first of several.
    Content(ArtifactId),
    /// The `Action` message, whose digest is also the AC key.
    Action(ActionId),
    /// The `Command` message.
    Command(ActionId),
    /// Standard output.
    Stdout(ActionId),
    /// Standard error.
    Stderr(ActionId),
}

/// Names of one incident. Costs a pass over the graph; make it once and keep it. A clone is cheap.
#[derive(Clone, PartialEq, Debug)]
pub struct Names {
    /// Labels that several actions share.
    pub(super) shared_labels: Rc<IdSet<TextId>>,
    /// By blob.
    pub(super) roles: Rc<Vec<PackedRole>>,
    /// What fresh content is to the build, as far as a trace tells.
    fresh: Rc<FreshRoles>,
}

impl Names {
    /// Names for `graph`, for what the decoded AC entries of `cache` tell besides, and for what the
    /// edits `revisions` change.
    pub fn new(graph: &Graph, cache: &Cache, revisions: &[Revision]) -> Self {
        let (mut seen, mut shared_labels) = (IdSet::<TextId>::default(), IdSet::default());
        for action in graph.action_ids() {
            let label = graph.label_id(action);
            if !seen.insert(label) {
                shared_labels.insert(label);
            }
        }
        let mut roles = Roles(vec![PackedRole::default(); graph.blobs().len()]);
        roles.assign_all(graph, cache, revisions);
        Self::of(shared_labels, roles.0)
    }

    pub(super) fn of(shared_labels: IdSet<TextId>, roles: Vec<PackedRole>) -> Self {
        Self { shared_labels: Rc::new(shared_labels), roles: Rc::new(roles), fresh: Rc::default() }
    }

    /// These names and what `trace` tells of the fresh content that it speaks of; `None` if it
    /// speaks of none. A pass over the trace.
    pub fn with_fresh(&self, graph: &Graph, trace: &Trace) -> Option<Self> {
        self.with_fresh_roles(FreshRoles::of(graph, trace))
    }

    /// These names and what is known of fresh content; `None` if nothing is.
    pub fn with_fresh_roles(&self, fresh: FreshRoles) -> Option<Self> {
        (!fresh.is_empty()).then(|| Self { fresh: Rc::new(fresh), ..self.clone() })
    }

    /// What `blob` is to the build; `owner` settles which of several artifacts with this content
    /// is meant.
    pub fn role(&self, graph: &Graph, blob: BlobId, owner: Option<ActionId>) -> Role {
        let Some(role) = self.roles.get(blob.index()).map(|role| role.get()) else {
            return self.fresh.get(graph, blob);
        };
        if let (Role::Content(_), Some(owner)) = (role, owner) {
            let near = graph.outputs(owner).iter().chain(graph.inputs(owner));
            let own = near.copied().find(|&artifact| graph.blob(artifact) == Some(blob));
            return own.map_or(role, Role::Content);
        }
        role
    }

    /// Short name of an action: its label, with mnemonic and output where the label alone does
    /// not tell it.
    pub fn action(&self, graph: &Graph, action: ActionId) -> String {
        let label = graph.label(action);
        if !label.is_empty() && !self.shared_labels.contains(graph.label_id(action)) {
            return label.to_owned();
        }
        let mnemonic = graph.mnemonic(action);
        let Some(path) = first_output(graph, action).map(|output| graph.path(output)) else {
            return format!("{label} ({mnemonic} #{})", action.0).trim_start().to_owned();
        };
        if label.is_empty() {
            return format!("{mnemonic} {}", short_path(path));
        }
        let last = path.rsplit('/').next().unwrap_or(path);
        format!("{label} ({mnemonic} {last})")
    }

    /// Short name of an artifact.
    pub fn artifact<'a>(&self, graph: &'a Graph, artifact: ArtifactId) -> &'a str {
        short_path(graph.path(artifact))
    }

    /// What a blob is called in a request log: `a.txt`, `Action(//:a)`, `stdout(//:a)`, `(empty)`,
    /// `fresh content 3 of a.txt`, `?`.
    pub fn blob(&self, graph: &Graph, blob: BlobId, owner: Option<ActionId>) -> String {
        let role = self.role(graph, blob, owner);
        match (role, fresh_number(graph, blob)) {
            (Role::Content(artifact), Some(number)) => {
                return format!("fresh content {number} of {}", self.artifact(graph, artifact));
            }
            (Role::Unknown, Some(number)) => return format!("fresh content {number}"),
            _ => {}
        }
        match role {
            Role::Unknown => "?".to_owned(),
            Role::Empty => "(empty)".to_owned(),
            Role::Content(artifact) => self.artifact(graph, artifact).to_owned(),
            Role::Action(action) => format!("Action({})", self.action(graph, action)),
            Role::Command(action) => format!("Command({})", self.action(graph, action)),
            Role::Stdout(action) => format!("stdout({})", self.action(graph, action)),
            Role::Stderr(action) => format!("stderr({})", self.action(graph, action)),
        }
    }
}

/// Roles by blob, in the making.
struct Roles(Vec<PackedRole>);

impl Roles {
    /// Who is named first, stays: contents before messages, before what comes of edits.
    fn assign_all(&mut self, graph: &Graph, cache: &Cache, revisions: &[Revision]) {
        for blob in graph.blobs().ids().filter(|&blob| graph.blobs().is_size_0(blob)) {
            self.0[blob.index()] = PackedRole::of(Role::Empty);
        }
        for artifact in graph.artifact_ids() {
            self.assign(graph.blob(artifact), Role::Content(artifact));
        }
        for action in graph.action_ids() {
            self.assign_digests(action, graph.digests(action));
        }
        for (key, entry) in &cache.entries {
            let Some(action) = graph.action_of_key(*key) else { continue };
            self.assign(entry.stdout, Role::Stdout(action));
            self.assign(entry.stderr, Role::Stderr(action));
        }
        for revision in revisions {
            for &(artifact, blob) in &revision.artifacts {
                self.assign(Some(blob), Role::Content(artifact));
            }
            for &(action, digests) in &revision.actions {
                self.assign_digests(action, digests);
            }
        }
    }

    fn assign_digests(&mut self, action: ActionId, digests: ActionDigests) {
        self.assign(digests.key, Role::Action(action));
        self.assign(digests.command, Role::Command(action));
        self.assign(digests.stdout, Role::Stdout(action));
        self.assign(digests.stderr, Role::Stderr(action));
    }

    fn assign(&mut self, blob: Option<BlobId>, role: Role) {
        if let Some(slot) = blob.and_then(|blob| self.0.get_mut(blob.index()))
            && *slot == PackedRole::default()
        {
            *slot = PackedRole::of(role);
        }
    }
}

/// Which fresh content `blob` is, counted from 1 over the trace; `None` if it is what an export
/// tells of.
pub fn fresh_number(graph: &Graph, blob: BlobId) -> Option<usize> {
    let blobs = graph.blobs();
    blobs.is_fresh(blob).then(|| blob.index() - blobs.len() + 1)
}

/// The output that an action is known by: of a compilation the object, not its `.d`.
fn first_output(graph: &Graph, action: ActionId) -> Option<ArtifactId> {
    let outputs = graph.outputs(action);
    let main = outputs.iter().find(|&&output| !graph.is_in_memory(output));
    main.or(outputs.first()).copied()
}

/// A path without the output folder and configuration: `bazel-out/k8-fastbuild/bin/a.txt` is
/// `a.txt`.
pub fn short_path(path: &str) -> &str {
    let Some(rest) = path.strip_prefix("bazel-out/") else {
        return path;
    };
    let after = rest.split_once('/').map_or("", |(_, after)| after);
    after.strip_prefix("bin/").or_else(|| after.strip_prefix("genfiles/")).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::short_path;

    #[test]
    fn output_folder_and_configuration_are_left_out() {
        assert_eq!(short_path("bazel-out/k8-fastbuild/bin/p/a.txt"), "p/a.txt");
        assert_eq!(short_path("bazel-out/stable-status.txt"), "bazel-out/stable-status.txt");
        assert_eq!(short_path("p/a.txt"), "p/a.txt");
    }
}
