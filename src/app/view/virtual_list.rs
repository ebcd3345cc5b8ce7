//! A list of which only the lines in sight are drawn, so that it may be long.

use yew::prelude::*;

use crate::web::dom;

/// Lines drawn above and below what is in sight.
const MARGIN: usize = 12;
/// Lines in sight before the browser has told.
const SHOWN_AT_FIRST: usize = 40;

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
    let first = use_state_eq(|| 0_usize);
    let shown = use_state_eq(|| SHOWN_AT_FIRST);
    let onscroll = {
        let (node, first, shown, row_px) =
            (node.clone(), first.clone(), shown.clone(), props.row_px);
        Callback::from(move |_: Event| {
            let (top, height) = dom::scroll_place(&node.get());
            first.set((top / f64::from(row_px)) as usize);
            shown.set((height / f64::from(row_px)).ceil() as usize);
        })
    };
    {
        let (node, row_px) = (node.clone(), f64::from(props.row_px));
        use_effect_with((props.current, props.n_rows), move |&(current, _)| {
            if let Some(current) = current {
                dom::scroll_to_show(&node.get(), current as f64 * row_px, row_px);
            }
        });
    }
    let start = first.saturating_sub(MARGIN).min(props.n_rows);
    let end = (*first + *shown + MARGIN).min(props.n_rows);
    let spacer = |rows: usize| {
        let height = (rows as u64 * u64::from(props.row_px)).to_string();
        html! { <svg class="spacer" width="1" height={height} aria-hidden="true" /> }
    };
    html! {
        <div class="virtual-list" ref={node} {onscroll} role={props.role.clone()} tabindex="0"
            aria-label={props.label.clone()}>
            { spacer(start) }
            { for (start..end).map(|i| props.row.emit(i)) }
            { spacer(props.n_rows - end) }
        </div>
    }
}
