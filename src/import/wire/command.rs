//! The command of a logged spawn, and the `Command` and `Action` that it was asked for by.
//!
//! Read and written alike are texts that nobody looks into: they are slices of the log, and a
//! message is made of them without a copy of its own.

use prost::Message;
use prost::bytes::Bytes;

use super::reapi::{Digest, Duration};

/// An environment variable or a property of a platform.
#[derive(Clone, PartialEq, Message)]
pub struct Pair {
    #[prost(bytes = "bytes", tag = "1")]
    pub name: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
}

#[derive(Clone, PartialEq, Message)]
pub struct Platform {
    /// Sorted by name, then value.
    #[prost(message, repeated, tag = "1")]
    pub properties: Vec<Pair>,
}

/// The entry of a spawn in the compact log, read for its command alone.
#[derive(Clone, PartialEq, Message)]
pub struct CommandEntry {
    #[prost(message, optional, tag = "7")]
    pub spawn: Option<SpawnCommand>,
}

/// What is run where: a part of a [`Spawn`](super::spawn::Spawn).
#[derive(Clone, PartialEq, Message)]
pub struct SpawnCommand {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub args: Vec<Bytes>,
    #[prost(message, repeated, tag = "2")]
    pub env_vars: Vec<Pair>,
    #[prost(message, optional, tag = "3")]
    pub platform: Option<Platform>,
}

/// A [`reapi::Command`](super::reapi::Command) as Bazel fills it in.
#[derive(Clone, PartialEq, Message)]
pub struct Command {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub arguments: Vec<Bytes>,
    /// Sorted by name.
    #[prost(message, repeated, tag = "2")]
    pub environment_variables: Vec<Pair>,
    #[prost(string, repeated, tag = "3")]
    pub output_files: Vec<String>,
    #[prost(string, repeated, tag = "4")]
    pub output_directories: Vec<String>,
    #[prost(message, optional, tag = "5")]
    pub platform: Option<Platform>,
    #[prost(string, repeated, tag = "7")]
    pub output_paths: Vec<String>,
}

/// A [`reapi::Action`](super::reapi::Action) that may be cached.
#[derive(Clone, PartialEq, Message)]
pub struct Action {
    #[prost(message, optional, tag = "1")]
    pub command_digest: Option<Digest>,
    #[prost(message, optional, tag = "2")]
    pub input_root_digest: Option<Digest>,
    #[prost(message, optional, tag = "6")]
    pub timeout: Option<Duration>,
    #[prost(bytes = "vec", tag = "9")]
    pub salt: Vec<u8>,
    #[prost(message, optional, tag = "10")]
    pub platform: Option<Platform>,
}
