//! A list of which only the lines in sight are drawn, so that it may be long.

use yew::prelude::*;

use crate::app::long_list::{LongList, Place};
use crate::web::dom;

/// Lines in sight before the browser has told.
const SHOWN_AT_FIRST: u32 = 40;

/// What a list shows.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Name for screen readers.
    pub label: AttrValue,
    /// What the list is to screen readers; its lines have to agree.
    #[prop_or(AttrValue::Static("list"))]
    pub role: AttrValue,
    /// How many lines there are.
    pub n_rows: usize,
    /// Height of every line in CSS pixels; the style sheet has to agree.
    pub row_px: u32,
    /// The line that is kept in sight.
    pub current: Option<usize>,
    /// Draws a line.
    pub row: Callback<usize, Html>,
}

/// The list.
#[component]
pub fn VirtualList(props: &Props) -> Html {
    let node = use_node_ref();
    let list = LongList { n_rows: props.n_rows, row_px: f64::from(props.row_px) };
    let at = use_state_eq(|| Place {
        room_px: f64::from(SHOWN_AT_FIRST * props.row_px),
        ..Place::default()
    });
    let onscroll = {
        let (node, at) = (node.clone(), at.clone());
        Callback::from(move |_: Event| {
            let (top_px, room_px) = dom::scroll_place(&node.get());
            at.set(list.moved(*at, top_px, room_px));
        })
    };
    {
        let (node, at) = (node.clone(), at.clone());
        use_effect_with((props.current, props.n_rows), move |&(current, _)| {
            let (top_px, room_px) = dom::scroll_place(&node.get());
            let now = list.moved(*at, top_px, room_px);
            if let Some(place) = current.and_then(|row| list.showing(now, row)) {
                dom::scroll_to(&node.get(), place.top_px);
                at.set(place);
            }
        });
    }
    let drawn = list.drawn(*at);
    let spacer = |px: f64| {
        html! { <svg class="spacer" width="1" height={px.to_string()} aria-hidden="true" /> }
    };
    html! {
        <div class="virtual-list" ref={node} {onscroll} role={props.role.clone()} tabindex="0"
            aria-label={props.label.clone()}>
            { spacer(drawn.above_px) }
            { for drawn.rows.map(|i| props.row.emit(i)) }
            { spacer(drawn.below_px) }
        </div>
    }
}
