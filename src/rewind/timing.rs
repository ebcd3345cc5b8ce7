//! Virtual time: how long things take where no export tells.

use crate::model::{ActionId, Graph};

/// How long things take, in virtual milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// How long after an execution its asynchronous uploads end
    /// ([`Build::async_upload`](super::Build::async_upload)).
    pub upload_ms: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self { upload_ms: 100 }
    }
}

impl Timing {
    /// How long `action` executes: as an export told, else the default of its mnemonic.
    pub fn duration_ms(graph: &Graph, action: ActionId) -> u64 {
        let known = graph.duration_ms(action);
        u64::from(known.unwrap_or_else(|| default_duration_ms(graph.mnemonic(action))))
    }
}

/// How long an action of this mnemonic is taken to execute where no export tells: rounded medians
/// of the recorded builds that the samples hold, one second for what they do not.
pub fn default_duration_ms(mnemonic: &str) -> u32 {
    match mnemonic {
        "CppCompile" => 1500,
        "CppLink" => 500,
        "CppArchive" => 100,
        "Genrule" => 100,
        "Javac" => 2000,
        "TestRunner" => 2000,
        _ => 1000,
    }
}
