//! The icons of buttons, drawn on a grid of 16 in one stroke width.

use yew::prelude::*;

/// An icon by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Icon {
    Play,
    Pause,
    Step,
    StepBack,
    NextMark,
    PreviousMark,
    Close,
    Plus,
    Minus,
    Fit,
    Search,
    Theme,
    Help,
    Open,
    Table,
    Copy,
    Check,
}

/// Draws `icon`; what it means is said by the button around it.
pub fn icon(icon: Icon) -> Html {
    let (filled, path) = match icon {
        Icon::Play => (true, "M4 2.5v11l9-5.5z"),
        Icon::Pause => (true, "M4 3h3v10H4zM9 3h3v10H9z"),
        Icon::Step => (true, "M3 3v10l7-5zM11 3h2v10h-2z"),
        Icon::StepBack => (true, "M13 3v10L6 8zM3 3h2v10H3z"),
        Icon::NextMark => (true, "M2 3v10l5-5zM7.5 3v10l5-5zM13 3h1.5v10H13z"),
        Icon::PreviousMark => (true, "M14 3v10L9 8zM8.5 3v10l-5-5zM1.5 3H3v10H1.5z"),
        Icon::Close => (false, "M4 4l8 8M12 4l-8 8"),
        Icon::Plus => (false, "M8 3v10M3 8h10"),
        Icon::Minus => (false, "M3 8h10"),
        Icon::Fit => (false, "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"),
        Icon::Search => (false, "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7L14 14"),
        Icon::Theme => (false, "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M8 5h4.8M8 8h6M8 11h4.8"),
        Icon::Help => (false, "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9.2 8 10M8 12.3v.4"),
        Icon::Open => (false, "M2 13V3.5h4.5L8 5.5h6V13zM8 11.5v-4M6.2 9L8 7.2 9.8 9"),
        Icon::Table => (false, "M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9"),
        Icon::Copy => (false, "M5.5 5.5h7.5V13H5.5zM10.5 5.5V3H3v7.5h2.5"),
        Icon::Check => (false, "M3 8.5l3.5 3.5L13 4.5"),
    };
    html! {
        <svg class={if filled { "icon filled" } else { "icon" }} viewBox="0 0 16 16"
            width="16" height="16" aria-hidden="true">
            <path d={path} />
        </svg>
    }
}
