//! What a person sees of a graph at a moment, as plain shapes in screen pixels: no browser here.
//!
//! [`Layout`] places marks once per graph; [`shapes`] turns layout, moment and viewport into a
//! [`Scene`] as often as needed, [`ground`] and [`over`] in two layers of which the lower seldom
//! changes; `web::canvas` paints it, [`to_svg`] writes it as text. [`hit`] and
//! [`step_along`] go the other way, from pointer and keys to a [`Mark`].

mod counts;
mod export;
mod filter;
mod focus;
mod geometry;
mod grid;
mod grouping;
mod hatch;
mod hit;
mod instances;
mod label;
mod layout;
mod legend;
mod mark;
mod minimap;
mod palette;
mod shape;
mod shapes;
mod svg;
mod tints;
mod viewport;
mod walk;

pub use counts::{GroupCounts, StateCounts};
pub use export::with_legend;
pub use filter::Filter;
pub use focus::Focus;
pub use geometry::{Point, Rect};
pub use grouping::{Bundle, GroupBy, GroupId, GroupKind, Grouping, Open};
pub use hatch::hatch_lines;
pub use hit::hit;
pub use instances::{InstanceKind, Instances};
pub use layout::{
    Direction, Edge, EdgeKind, Frame, Layout, LayoutOptions, Making, ShownArtifacts, Subject, Tier,
};
pub use legend::{LegendEntry, legend};
pub use mark::{Mark, Selection};
pub use minimap::{minimap, minimap_to_world};
pub use palette::{Color, Palette, Theme};
pub use shape::{Align, Dash, Font, Geometry, Raster, RasterChange, Scene, Shape, Style};
pub use shapes::{PixelMap, View, ground, group_name, over, shapes, thousands};
pub use svg::to_svg;
pub use tints::Tints;
pub use viewport::Viewport;
pub use walk::{Way, step_along};
