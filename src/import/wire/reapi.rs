//! Messages of the Remote Execution API (`build/bazel/remote/execution/v2`).
//!
//! Fields are in the order of their numbers, which is also the order that prost writes them in:
//! the canonical form that digests of actions are made of. Fields that are neither read nor
//! digested are left out.

use prost::Message;

/// Name of a blob.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Digest {
    /// Lower-case hexadecimal digits.
    #[prost(string, tag = "1")]
    pub hash: String,
    /// Size of the content.
    #[prost(int64, tag = "2")]
    pub size_bytes: i64,
}

/// What is executed; its digest is the AC key.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Action {
    /// Of the [`Command`].
    #[prost(message, optional, tag = "1")]
    pub command_digest: Option<Digest>,
    /// Of the root [`Directory`].
    #[prost(message, optional, tag = "2")]
    pub input_root_digest: Option<Digest>,
    /// After which it is stopped.
    #[prost(message, optional, tag = "6")]
    pub timeout: Option<Duration>,
    /// Its result is not to be cached.
    #[prost(bool, tag = "7")]
    pub do_not_cache: bool,
    /// Sets the AC key apart.
    #[prost(bytes = "vec", tag = "9")]
    pub salt: Vec<u8>,
    /// Where it may run.
    #[prost(message, optional, tag = "10")]
    pub platform: Option<Platform>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Duration {
    /// Whole seconds.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// Nanoseconds beside them.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Timestamp {
    /// Seconds since 1970.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// Nanoseconds beside them.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// A command line and what it yields.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Command {
    /// The command line.
    #[prost(string, repeated, tag = "1")]
    pub arguments: Vec<String>,
    /// Sorted by name.
    #[prost(message, repeated, tag = "2")]
    pub environment_variables: Vec<NameAndValue>,
    /// Older clients: paths of files.
    #[prost(string, repeated, tag = "3")]
    pub output_files: Vec<String>,
    /// Older clients: paths of directories.
    #[prost(string, repeated, tag = "4")]
    pub output_directories: Vec<String>,
    /// Older clients: where it may run.
    #[prost(message, optional, tag = "5")]
    pub platform: Option<Platform>,
    /// Relative to the input root.
    #[prost(string, tag = "6")]
    pub working_directory: String,
    /// Paths of files and directories alike.
    #[prost(string, repeated, tag = "7")]
    pub output_paths: Vec<String>,
    /// Properties to report.
    #[prost(string, repeated, tag = "8")]
    pub output_node_properties: Vec<String>,
    /// `OutputDirectoryFormat`: 0 tree only, 1 directory only, 2 both.
    #[prost(int32, tag = "9")]
    pub output_directory_format: i32,
}

/// `EnvironmentVariable`, `Platform.Property` and `NodeProperty`, which are alike.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct NameAndValue {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// What a worker must offer.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Platform {
    /// Sorted by name, then value.
    #[prost(message, repeated, tag = "1")]
    pub properties: Vec<NameAndValue>,
}

/// One directory of an input root or of a [`Tree`].
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Directory {
    /// Sorted by name.
    #[prost(message, repeated, tag = "1")]
    pub files: Vec<FileNode>,
    /// Sorted by name.
    #[prost(message, repeated, tag = "2")]
    pub directories: Vec<DirectoryNode>,
    /// Sorted by name.
    #[prost(message, repeated, tag = "3")]
    pub symlinks: Vec<SymlinkNode>,
    /// Of the directory itself.
    #[prost(message, optional, tag = "5")]
    pub node_properties: Option<NodeProperties>,
}

/// A file in a [`Directory`].
#[derive(Clone, PartialEq, Eq, Message)]
pub struct FileNode {
    /// Its name, without folders.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Of its content.
    #[prost(message, optional, tag = "2")]
    pub digest: Option<Digest>,
    /// Whether it may be executed.
    #[prost(bool, tag = "4")]
    pub is_executable: bool,
    /// Further properties.
    #[prost(message, optional, tag = "6")]
    pub node_properties: Option<NodeProperties>,
}

/// A directory in a [`Directory`].
#[derive(Clone, PartialEq, Eq, Message)]
pub struct DirectoryNode {
    /// Its name, without folders.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Of its [`Directory`].
    #[prost(message, optional, tag = "2")]
    pub digest: Option<Digest>,
}

/// A symbolic link in a [`Directory`].
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SymlinkNode {
    /// Its name, without folders.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Where it points.
    #[prost(string, tag = "2")]
    pub target: String,
    /// Further properties.
    #[prost(message, optional, tag = "4")]
    pub node_properties: Option<NodeProperties>,
}

/// Properties beyond name and content.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct NodeProperties {
    /// Sorted by name.
    #[prost(message, repeated, tag = "1")]
    pub properties: Vec<NameAndValue>,
    /// Last modification.
    #[prost(message, optional, tag = "2")]
    pub mtime: Option<Timestamp>,
    /// `google.protobuf.UInt32Value`: the mode.
    #[prost(message, optional, tag = "3")]
    pub unix_mode: Option<UInt32Value>,
}

/// `google.protobuf.UInt32Value`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct UInt32Value {
    /// The number.
    #[prost(uint32, tag = "1")]
    pub value: u32,
}

/// A directory with all below it. Directories stay bytes here, since children are found by the
/// digest of their bytes.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct RawTree {
    /// The [`Directory`] at the top.
    #[prost(bytes = "vec", tag = "1")]
    pub root: Vec<u8>,
    /// Every [`Directory`] below, each once.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub children: Vec<Vec<u8>>,
}

/// The body of an AC entry.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ActionResult {
    /// Output files.
    #[prost(message, repeated, tag = "2")]
    pub output_files: Vec<OutputFile>,
    /// Output directories.
    #[prost(message, repeated, tag = "3")]
    pub output_directories: Vec<OutputDirectory>,
    /// Exit code.
    #[prost(int32, tag = "4")]
    pub exit_code: i32,
    /// Standard output itself.
    #[prost(bytes = "vec", tag = "5")]
    pub stdout_raw: Vec<u8>,
    /// Standard output in the CAS.
    #[prost(message, optional, tag = "6")]
    pub stdout_digest: Option<Digest>,
    /// Standard error itself.
    #[prost(bytes = "vec", tag = "7")]
    pub stderr_raw: Vec<u8>,
    /// Standard error in the CAS.
    #[prost(message, optional, tag = "8")]
    pub stderr_digest: Option<Digest>,
    /// How it went.
    #[prost(message, optional, tag = "9")]
    pub execution_metadata: Option<ExecutedActionMetadata>,
}

/// An output file.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct OutputFile {
    /// Relative to the working directory.
    #[prost(string, tag = "1")]
    pub path: String,
    /// Of its content.
    #[prost(message, optional, tag = "2")]
    pub digest: Option<Digest>,
}

/// An output directory.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct OutputDirectory {
    /// Relative to the working directory.
    #[prost(string, tag = "1")]
    pub path: String,
    /// Of its [`RawTree`].
    #[prost(message, optional, tag = "3")]
    pub tree_digest: Option<Digest>,
    /// Of its [`Directory`], where directories are stored one by one.
    #[prost(message, optional, tag = "5")]
    pub root_directory_digest: Option<Digest>,
}

/// When an action did what.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ExecutedActionMetadata {
    /// The worker took it.
    #[prost(message, optional, tag = "3")]
    pub worker_start_timestamp: Option<Timestamp>,
    /// The worker was done with it.
    #[prost(message, optional, tag = "4")]
    pub worker_completed_timestamp: Option<Timestamp>,
    /// The command started.
    #[prost(message, optional, tag = "7")]
    pub execution_start_timestamp: Option<Timestamp>,
    /// The command ended.
    #[prost(message, optional, tag = "8")]
    pub execution_completed_timestamp: Option<Timestamp>,
}
