//! The page: mounts the app, or serves as its worker where there is no window.

#[cfg(target_arch = "wasm32")]
fn main() {
    if web_sys::window().is_none() {
        let mut jobs = rewindow::app::wire::Jobs::default();
        return rewindow::web::worker::serve(move |order, brought, say| {
            jobs.obey(order, brought, say);
        });
    }
    rewindow::web::panic::show_panics();
    let root = gloo::utils::document().get_element_by_id("app");
    let root = root.unwrap_or_else(|| gloo::utils::body().into());
    // What index.html says until now gives way.
    root.set_inner_html("");
    yew::Renderer::<rewindow::app::root::Root>::with_root(root).render();
}

/// The page runs in a browser only; the command is `rewindow`.
#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is the page. `cargo xtask serve` builds it for the browser and serves it.");
}
