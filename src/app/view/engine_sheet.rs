//! The sheet of an engine's parameters: each with its value, its meaning and where it was seen,
//! and a control that overrides it.

use yew::prelude::*;

use crate::app::msg::Msg;
use crate::app::state::State;
use crate::report::{ParameterRow, parameter_rows};
use crate::rewind::Values;
use crate::web::dom;

use super::Send;

pub fn view(state: &State, send: &Send) -> Html {
    let engine = &state.choice.engine;
    let n_overridden = engine.overrides().len();
    let reset = send.reform(|_| Msg::ResetParameters);
    html! {
        <>
            <p>{ engine.summary }</p>
            if n_overridden > 0 {
                <p role="status">
                    { format!("Modified: {n_overridden} of the values below {} not {}'s own. ",
                        if n_overridden == 1 { "is" } else { "are" }, engine.name) }
                    <button id="reset-parameters" onclick={reset}>{ "Reset all" }</button>
                </p>
            }
            <table class="parameters">
                <thead><tr>
                    <th scope="col">{ "Parameter" }</th>
                    <th scope="col">{ "Value" }</th>
                    <th scope="col">{ "Where it was seen" }</th>
                </tr></thead>
                <tbody>{ for parameter_rows(engine).iter().map(|row| row_view(row, send)) }</tbody>
            </table>
        </>
    }
}

fn row_view(row: &ParameterRow, send: &Send) -> Html {
    let name = row.parameter.name;
    html! {
        <tr key={name} class={classes!(row.is_overridden.then_some("overridden"))}>
            <th scope="row">
                { name.replace('_', " ") }
                <small class="quiet">{ row.parameter.rules }</small>
            </th>
            <td>
                { control(row, send) }
                <small>{ row.parameter.meaning }</small>
            </td>
            <td class="quiet">
                { if row.is_overridden { "overridden here" } else { row.seen_in } }
            </td>
        </tr>
    }
}

fn control(row: &ParameterRow, send: &Send) -> Html {
    let name = row.parameter.name;
    let id = format!("set-{name}");
    let label = name.replace('_', " ");
    let onchange = send.reform(move |event: Event| Msg::Parameter(name, dom::value_of(&event)));
    let option = |value: &'static str, text: &'static str| {
        html! { <option {value} selected={value == row.value}>{ text }</option> }
    };
    match row.parameter.values {
        Values::Words(words) => html! {
            <select {id} aria-label={label} {onchange}>
                { for words.iter().map(|word| option(word.name, word.meaning)) }
            </select>
        },
        Values::OnOff => html! {
            <select {id} aria-label={label} {onchange}>
                { option("on", "yes") }
                { option("off", "no") }
            </select>
        },
        Values::Cap { .. } if row.value == "none" => html! {
            <span class="quiet">{ "none: nothing is rewound" }</span>
        },
        Values::Number { max } | Values::Cap { max } => html! {
            <input {id} type="number" min="0" max={max.to_string()} aria-label={label}
                value={row.value.clone()} {onchange} />
        },
    }
}
