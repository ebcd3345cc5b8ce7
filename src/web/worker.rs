//! The worker: the same program in another thread, so that reading and planning never hold the page
//! up. The page's side is [`Worker`], the other side is [`serve`].
//!
//! A message is an array: JSON first, then files or buffers. Buffers are handed over, not copied.
//! Pieces of an incident are blobs: the page reads them once all are there. A worker that needed
//! much memory to read it is gone by then, since memory of WebAssembly never shrinks.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, DedicatedWorkerGlobalScope, ErrorEvent, File, MessageEvent, Url, WorkerOptions,
    WorkerType,
};

use super::blob_reader::{BlobReader, taken};
use super::kept::{Kept, each_of};
use super::protocol::{Answer, Brought, Order};

#[wasm_bindgen]
extern "C" {
    /// Address of the script that this program runs from.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static OWN_URL: String;
}

/// Hears what a worker says: the answer and the buffers beside it. Each answer is heard as it
/// comes, so that many of them do not make one long task.
pub type Listener = Rc<dyn Fn(Answer, Vec<Vec<u8>>)>;

/// A worker, as the page holds it.
pub struct Worker {
    listener: Listener,
    running: Rc<RefCell<Option<Running>>>,
    /// The incident last imported, packed or in pieces, for a worker that takes the place of a
    /// stopped one. As blobs, which do not fill the page's memory.
    kept: Rc<RefCell<Kept>>,
}

/// Which of the buffers of [`Answer::Scenario`] has the exports.
const EXPORTS: usize = 2;

/// How long the worker of a large incident waits for another order before it gives its memory back.
const IDLE_MS: u32 = 5_000;

/// Files of more bytes are not held whole.
const WHOLE_BYTES: f64 = 16e6;

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("running", &self.running.borrow().is_some()).finish()
    }
}

struct Running {
    worker: web_sys::Worker,
    ready: Rc<Cell<bool>>,
    waiting: Rc<RefCell<Vec<Array>>>,
    /// Orders that are not done.
    n_left: Rc<Cell<usize>>,
    /// Ends it.
    idle: Rc<RefCell<Option<Timeout>>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl Worker {
    /// Starts a worker whose answers go to `listener`.
    pub fn start(listener: Listener) -> Self {
        let worker = Self { listener, running: Rc::default(), kept: Rc::default() };
        worker.restart();
        worker
    }

    /// Stops what runs, for good, and starts afresh: the new worker learns of the incident that the
    /// page has loaded.
    pub fn restart(&self) {
        let mut kept = self.kept.borrow_mut();
        kept.turn += 1;
        // The rest of them dies with the worker.
        kept.coming.clear();
        drop(kept);
        self.start_again();
    }

    fn start_again(&self) {
        *self.running.borrow_mut() = None;
        let running = Running::start(&self.listener, &self.kept, &self.running);
        match running {
            Ok(running) => *self.running.borrow_mut() = Some(running),
            Err(fault) => {
                let text = format!("No worker: {fault:?}");
                (self.listener)(Answer::Panicked { text }, Vec::new());
            }
        }
        let kept = self.kept.borrow();
        let (incident, pieces) = (kept.incident, kept.pieces.clone());
        drop(kept);
        if !pieces.is_empty() {
            self.post(&Order::Open { incident }, pieces.into_iter().map(JsValue::from));
        }
    }

    /// The page now has loaded the incident that it was told of last. If it is large, a fresh
    /// worker takes the place of the one that read it.
    pub fn loaded(&self, incident: u32) {
        let mut kept = self.kept.borrow_mut();
        kept.load(incident);
        let is_large = kept.is_large();
        drop(kept);
        if is_large {
            self.start_again();
        }
    }

    /// Gives an order, with the files that it is about.
    pub fn order(&self, order: &Order, files: Vec<File>) {
        if self.running.borrow().is_none() {
            self.start_again();
        }
        self.post(order, files.into_iter().map(JsValue::from));
    }

    fn post(&self, order: &Order, beside: impl IntoIterator<Item = JsValue>) {
        let running = self.running.borrow();
        let Some(running) = &*running else { return };
        running.idle.take();
        running.n_left.set(running.n_left.get() + 1);
        let Ok(json) = serde_json::to_string(order) else { return };
        let message = Array::of1(&JsValue::from_str(&json));
        beside.into_iter().for_each(|value| {
            message.push(&value);
        });
        if running.ready.get() {
            let _ = running.worker.post_message(&message);
        } else {
            running.waiting.borrow_mut().push(message);
        }
    }
}

impl Running {
    fn start(
        listener: &Listener,
        kept: &Rc<RefCell<Kept>>,
        slot: &Rc<RefCell<Option<Self>>>,
    ) -> Result<Self, JsValue> {
        let own = OWN_URL.with(String::clone);
        let glue = js_sys::encode_uri_component(&own);
        let start = Url::new_with_base(&format!("static/start.js?glue={glue}"), &own)?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = web_sys::Worker::new_with_options(&start.href(), &options)?;

        let ready = Rc::new(Cell::new(false));
        let waiting = Rc::new(RefCell::new(Vec::<Array>::new()));
        let n_left = Rc::new(Cell::new(0_usize));
        let idle = Rc::new(RefCell::new(None::<Timeout>));
        let on_message = {
            let (ready, waiting) = (Rc::clone(&ready), Rc::clone(&waiting));
            let (worker, listener) = (worker.clone(), Rc::clone(listener));
            let (kept, slot) = (Rc::clone(kept), Rc::downgrade(slot));
            let (n_left, idle) = (Rc::clone(&n_left), Rc::clone(&idle));
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let Some((answer, buffers)) = read(&event, &kept) else { return };
                match answer {
                    Answer::Ready => {
                        ready.set(true);
                        for message in waiting.borrow_mut().drain(..) {
                            let _ = worker.post_message(&message);
                        }
                    }
                    Answer::Done => {
                        n_left.set(n_left.get().saturating_sub(1));
                        if n_left.get() == 0 && kept.borrow().is_large() {
                            let slot = Weak::clone(&slot);
                            let end = move || end_idle(&slot);
                            *idle.borrow_mut() = Some(Timeout::new(IDLE_MS, end));
                        }
                    }
                    answer => tell(answer, buffers, &kept, &slot, &listener),
                }
            })
        };
        let on_error = {
            let listener = Rc::clone(listener);
            Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
                let text = format!("The worker stopped: {}", event.message());
                listener(Answer::Panicked { text }, Vec::new());
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let (_on_message, _on_error) = (on_message, on_error);
        Ok(Self { worker, ready, waiting, n_left, idle, _on_message, _on_error })
    }
}

/// Tells an answer; of an incident once the pieces are told, which are all there.
fn tell(
    answer: Answer,
    buffers: Vec<Vec<u8>>,
    kept: &Rc<RefCell<Kept>>,
    slot: &Weak<RefCell<Option<Running>>>,
    listener: &Listener,
) {
    match answer {
        Answer::Piece { .. } => {}
        Answer::Imported { job, .. } => {
            let (kept, slot, listener) = (Rc::clone(kept), Weak::clone(slot), Rc::clone(listener));
            spawn_local(async move {
                if bring(job, &kept, &slot, &listener).await {
                    listener(answer, buffers);
                }
            });
        }
        answer => {
            if let Answer::Scenario { .. } = answer {
                kept.borrow_mut().arrive();
            }
            listener(answer, buffers);
        }
    }
}

/// Ends the worker that has read a large incident, and tells the incident from its blobs; whether
/// it is still wanted in the end.
async fn bring(
    job: u32,
    kept: &RefCell<Kept>,
    slot: &Weak<RefCell<Option<Running>>>,
    listener: &Listener,
) -> bool {
    let (is_large, pieces, turn) = {
        let mut kept = kept.borrow_mut();
        (kept.arrive(), kept.arrived.clone(), kept.turn)
    };
    if is_large {
        drop(slot.upgrade().and_then(|slot| slot.take()));
    }
    let take = |piece| {
        let is_wanted = kept.borrow().turn == turn;
        if is_wanted {
            listener(Answer::Piece { job }, vec![piece]);
        }
        is_wanted
    };
    match each_of(pieces, take).await {
        Ok(is_wanted) => is_wanted,
        Err(why) => {
            let text = format!("what was read is lost, as the browser says: {why}");
            listener(Answer::Panicked { text }, Vec::new());
            false
        }
    }
}

fn end_idle(slot: &Weak<RefCell<Option<Running>>>) {
    let running = slot.upgrade().and_then(|slot| slot.take());
    // That which calls this must not be dropped by it.
    if let Some(timeout) = running.and_then(|running| running.idle.take()) {
        timeout.forget();
    }
}

/// The answer in `event` with its buffers; blobs are kept.
fn read(event: &MessageEvent, kept: &RefCell<Kept>) -> Option<(Answer, Vec<Vec<u8>>)> {
    let message: Array = event.data().dyn_into().ok()?;
    let answer = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    let mut buffers = Vec::new();
    for value in message.iter().skip(1) {
        match value.dyn_into::<Blob>() {
            Ok(blob) => kept.borrow_mut().coming.push(blob),
            Err(buffer) => buffers.push(taken(&buffer)),
        }
    }
    Some((answer, buffers))
}

/// Does a worker's work: hands each order with its buffers to `obey`, which answers through its
/// last argument. To be called where there is no window.
pub fn serve(
    obey: impl FnMut(Order, Vec<Brought>, &mut dyn FnMut(Answer, Vec<Vec<u8>>)) + 'static,
) {
    std::panic::set_hook(Box::new(|info| {
        say(&Answer::Panicked { text: info.to_string() }, Vec::new());
    }));
    let obey = Rc::new(RefCell::new(obey));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let obey = Rc::clone(&obey);
        spawn_local(async move {
            let Some((order, brought)) = read_order(&event).await else { return };
            // Reading small files is the only thing that waits, and it is over.
            let mut obey = obey.borrow_mut();
            obey(order, brought, &mut |answer, buffers| say(&answer, buffers));
            say(&Answer::Done, Vec::new());
        });
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    say(&Answer::Ready, Vec::new());
}

async fn read_order(event: &MessageEvent) -> Option<(Order, Vec<Brought>)> {
    let message: Array = event.data().dyn_into().ok()?;
    let order: Order = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    // Pieces of a large incident are many: each is read when its turn comes.
    let whole_bytes = if matches!(order, Order::Open { .. }) { 0.0 } else { WHOLE_BYTES };
    let mut brought = Vec::new();
    for i in 1..message.length() {
        brought.push(brought_as(message.get(i), whole_bytes).await);
    }
    Some((order, brought))
}

async fn brought_as(value: JsValue, whole_bytes: f64) -> Brought {
    let Some(blob) = value.dyn_ref::<Blob>() else {
        return Brought::Bytes(taken(&value));
    };
    if blob.size() > whole_bytes {
        return match BlobReader::new(blob.clone()) {
            Ok(reader) => Brought::Stream(blob.size() as u64, Box::new(reader)),
            Err(why) => Brought::Gone(why),
        };
    }
    match JsFuture::from(blob.array_buffer()).await {
        Ok(buffer) => Brought::Bytes(taken(&buffer)),
        Err(fault) => Brought::Gone(super::blob_reader::told(&fault)),
    }
}

fn say(answer: &Answer, buffers: Vec<Vec<u8>>) {
    let Ok(json) = serde_json::to_string(answer) else { return };
    let (mut message, transfer) = (Array::of1(&JsValue::from_str(&json)), Array::new());
    for (i, bytes) in buffers.into_iter().enumerate() {
        let array = Uint8Array::from(&bytes[..]);
        let is_piece = matches!(answer, Answer::Piece { .. });
        let is_exports = matches!(answer, Answer::Scenario { .. }) && i == EXPORTS;
        let is_kept = is_piece || is_exports && !bytes.is_empty();
        drop(bytes);
        if is_kept {
            let blob = Blob::new_with_u8_array_sequence(&Array::of1(&array));
            message.extend(blob.ok().map(JsValue::from));
        }
        if is_piece {
            continue;
        }
        let buffer: ArrayBuffer = array.buffer();
        message.push(&buffer);
        transfer.push(&buffer);
    }
    let _ = scope().post_message_with_transfer(&message, &transfer);
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
