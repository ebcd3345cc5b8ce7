//! The engines: one constant for each tool and range of versions.

mod bazel;
mod buck2;

use super::engine::Engine;

/// All engines, oldest first, Bazel before Buck2.
pub fn engines() -> &'static [Engine] {
    &[
        bazel::BAZEL_1_1,
        bazel::BAZEL_2_1,
        bazel::BAZEL_4_2,
        bazel::BAZEL_7_7,
        bazel::BAZEL_9_3,
        buck2::BUCK2_1349,
    ]
}
