//! `src/main/protobuf/analysis_v2.proto` of Bazel: the action graph. The older `analysis.proto`
//! (until 3.x) has text ids where this has numbers; both are read into the same structs.

use prost::Message;

/// Ids as numbers (v2).
#[derive(Clone, PartialEq, Message)]
pub struct ArtifactV2 {
    #[prost(uint32, tag = "1")]
    pub id: u32,
    #[prost(uint32, tag = "2")]
    pub path_fragment_id: u32,
    #[prost(bool, tag = "3")]
    pub is_tree_artifact: bool,
}

/// Ids as texts (v1).
#[derive(Clone, PartialEq, Message)]
pub struct ArtifactV1 {
    #[prost(string, tag = "1")]
    pub id: String,
    #[prost(string, tag = "2")]
    pub exec_path: String,
    #[prost(bool, tag = "3")]
    pub is_tree_artifact: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct ActionV2 {
    #[prost(uint32, tag = "1")]
    pub target_id: u32,
    #[prost(string, tag = "4")]
    pub mnemonic: String,
    #[prost(string, repeated, tag = "6")]
    pub arguments: Vec<String>,
    #[prost(uint32, repeated, tag = "8")]
    pub input_dep_set_ids: Vec<u32>,
    #[prost(uint32, repeated, tag = "9")]
    pub output_ids: Vec<u32>,
    #[prost(bool, tag = "10")]
    pub discovers_inputs: bool,
    #[prost(uint32, tag = "13")]
    pub primary_output_id: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct ActionV1 {
    #[prost(string, tag = "1")]
    pub target_id: String,
    #[prost(string, tag = "4")]
    pub mnemonic: String,
    #[prost(string, repeated, tag = "6")]
    pub arguments: Vec<String>,
    #[prost(string, repeated, tag = "8")]
    pub input_dep_set_ids: Vec<String>,
    #[prost(string, repeated, tag = "9")]
    pub output_ids: Vec<String>,
    #[prost(bool, tag = "10")]
    pub discovers_inputs: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct TargetV2 {
    #[prost(uint32, tag = "1")]
    pub id: u32,
    #[prost(string, tag = "2")]
    pub label: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct TargetV1 {
    #[prost(string, tag = "1")]
    pub id: String,
    #[prost(string, tag = "2")]
    pub label: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct DepSetV2 {
    #[prost(uint32, tag = "1")]
    pub id: u32,
    #[prost(uint32, repeated, tag = "2")]
    pub transitive_dep_set_ids: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    pub direct_artifact_ids: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct DepSetV1 {
    #[prost(string, tag = "1")]
    pub id: String,
    #[prost(string, repeated, tag = "2")]
    pub transitive_dep_set_ids: Vec<String>,
    #[prost(string, repeated, tag = "3")]
    pub direct_artifact_ids: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct PathFragment {
    #[prost(uint32, tag = "1")]
    pub id: u32,
    #[prost(string, tag = "2")]
    pub label: String,
    #[prost(uint32, tag = "3")]
    pub parent_id: u32,
}
