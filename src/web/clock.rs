//! The clock: one callback at the next frame of the screen.

use gloo::render::{AnimationFrame, request_animation_frame};

/// A frame asked for; dropped, it does not come.
#[derive(Debug)]
pub struct Frame(#[expect(dead_code, reason = "held until it comes")] AnimationFrame);

/// Calls `at` with the time in milliseconds at the next frame.
pub fn next_frame(at: impl FnOnce(f64) + 'static) -> Frame {
    Frame(request_animation_frame(at))
}

/// Does something in a task of its own, after those that wait already.
pub fn soon(work: impl FnOnce() + 'static) {
    gloo::timers::callback::Timeout::new(0, work).forget();
}
