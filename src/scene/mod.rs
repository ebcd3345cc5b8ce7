//! What a person sees of a graph at a moment, as plain shapes in screen pixels: no browser here.
//!
//! [`Layout`] places marks once per graph; [`shapes`] turns layout, moment and viewport into a
//! [`Scene`] as often as needed; `web::canvas` paints it, [`to_svg`] writes it as text. [`hit`] and
//! [`step_along`] go the other way, from pointer and keys to a [`Mark`].

mod focus;
mod geometry;
mod grid;
mod grouping;
mod hatch;
mod hit;
mod label;
mod layout;
mod legend;
mod mark;
mod minimap;
mod palette;
mod shape;
mod shapes;
mod svg;
mod viewport;
mod walk;

pub use focus::Focus;
pub use geometry::{Point, Rect};
pub use grouping::{Bundle, GroupBy, GroupId, GroupKind, Grouping, Open};
pub use hatch::hatch_lines;
pub use hit::hit;
pub use layout::{
    Direction, Edge, EdgeKind, Frame, Layout, LayoutOptions, Making, ShownArtifacts, Subject, Tier,
};
pub use legend::{LegendEntry, legend};
pub use mark::{Mark, Selection};
pub use minimap::{minimap, minimap_to_world};
pub use palette::{Color, Palette, Theme};
pub use shape::{Align, Dash, Font, Geometry, Raster, Scene, Shape, Style};
pub use shapes::{View, shapes};
pub use svg::to_svg;
pub use viewport::Viewport;
pub use walk::{Way, step_along};
