//! The engines: one constant for each tool and range of versions.
//!
//! Each is written as what differs from the one that it is derived from, with where that was seen.

mod bazel;
mod bazel_rewinding;
mod buck2;

use super::engine::{Engine, Source};

/// All engines, oldest first, Bazel before Buck2.
pub fn engines() -> &'static [Engine] {
    &[
        bazel::BAZEL_1_1,
        bazel::BAZEL_2_1,
        bazel::BAZEL_4_2,
        bazel::BAZEL_5,
        bazel::BAZEL_6_0,
        bazel::BAZEL_6_2,
        bazel::BAZEL_7_7,
        bazel_rewinding::BAZEL_8_0,
        bazel_rewinding::BAZEL_8_7,
        bazel_rewinding::BAZEL_8_7_REWIND,
        bazel_rewinding::BAZEL_8_8_REWIND,
        bazel_rewinding::BAZEL_9_1,
        bazel_rewinding::BAZEL_9_1_REWIND,
        bazel_rewinding::BAZEL_9_3,
        bazel_rewinding::BAZEL_NEXT,
        buck2::BUCK2_BEFORE_1349,
        buck2::BUCK2_1349,
    ]
}

/// What Bazel 6.2 to 7 print when a build runs again as a whole (`BlazeCommandDispatcher`).
pub(super) const ON_EVICTION: &str = "Found remote cache eviction error, retrying the build...";
/// What Bazel prints then from 8 on.
pub(super) const ON_TRANSIENT: &str = "Found transient remote cache error, retrying the build...";

const fn seen(parameter: &'static str, seen_in: &'static str) -> Source {
    Source { parameter, seen_in }
}
