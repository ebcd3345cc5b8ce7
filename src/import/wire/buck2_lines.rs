//! Lines of Buck2's event log as `buck2 log show` and `.json-lines` have it.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::buck2::{CommandResult, Instant, SpanEnd};

/// A line of `.json-lines`: the invocation, or an object that names its kind.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Line {
    pub command_line_args: Option<Vec<String>>,
    #[serde(rename = "Event")]
    pub event: Option<LineEvent>,
    #[serde(rename = "Result")]
    pub result: Option<LineResult>,
    #[serde(rename = "PartialResult")]
    pub partial_result: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LineEvent {
    pub data: Option<LineData>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LineData {
    #[serde(rename = "SpanEnd")]
    pub span_end: Option<LineSpanEnd>,
    #[serde(rename = "Instant")]
    pub instant: Option<LineInstant>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LineSpanEnd {
    pub data: Option<SpanEnd>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LineInstant {
    pub data: Option<Instant>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LineResult {
    pub result: Option<CommandResult>,
}
