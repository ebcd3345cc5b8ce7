//! The worker: the same program in another thread, so that reading and planning never hold the page
//! up. The page's side is [`Worker`], the other side is [`serve`].
//!
//! A message is an array: JSON first, then files or buffers. Buffers are handed over, not copied.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, DedicatedWorkerGlobalScope, ErrorEvent, File, MessageEvent, Url, WorkerOptions,
    WorkerType,
};

use super::protocol::{Answer, Order};

#[wasm_bindgen]
extern "C" {
    /// Address of the script that this program runs from.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static OWN_URL: String;
}

/// Hears what a worker says: the answer and the buffers beside it.
pub type Listener = Rc<dyn Fn(Answer, Vec<Vec<u8>>)>;

/// A worker, as the page holds it.
pub struct Worker {
    listener: Listener,
    running: Option<Running>,
    /// The incident last imported, packed or in pieces, for a worker that takes the place of a
    /// stopped one. As blobs, which do not fill the page's memory.
    kept: RefCell<Kept>,
}

#[derive(Default)]
struct Kept {
    incident: u32,
    pieces: Vec<Blob>,
    /// Pieces of one that is not whole yet.
    coming: Vec<Blob>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("running", &self.running.is_some()).finish()
    }
}

struct Running {
    worker: web_sys::Worker,
    ready: Rc<Cell<bool>>,
    waiting: Rc<RefCell<Vec<Array>>>,
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
        let mut worker = Self { listener, running: None, kept: RefCell::default() };
        worker.restart();
        worker
    }

    /// Stops what runs, for good, and starts afresh: the new worker learns of the incident that the
    /// page has loaded.
    pub fn restart(&mut self) {
        self.running = None;
        match Running::start(&self.listener) {
            Ok(running) => self.running = Some(running),
            Err(fault) => {
                let text = format!("No worker: {fault:?}");
                (self.listener)(Answer::Panicked { text }, Vec::new());
            }
        }
        let mut kept = self.kept.borrow_mut();
        // The rest of them died with the worker.
        kept.coming.clear();
        if !kept.pieces.is_empty() {
            let pieces = kept.pieces.iter().map(JsValue::from);
            self.post(&Order::Open { incident: kept.incident }, pieces);
        }
    }

    /// Keeps `piece` as part of the incident that the page is about to load.
    pub fn keep(&self, piece: &[u8]) {
        let parts = Array::of1(&Uint8Array::from(piece));
        self.kept.borrow_mut().coming.extend(Blob::new_with_u8_array_sequence(&parts));
    }

    /// What was kept since the last time is the incident that the page now has loaded.
    pub fn loaded(&self, incident: u32) {
        let mut kept = self.kept.borrow_mut();
        kept.pieces = std::mem::take(&mut kept.coming);
        kept.incident = incident;
    }

    /// Gives an order, with the files that it is about.
    pub fn order(&self, order: &Order, files: Vec<File>) {
        self.post(order, files.into_iter().map(JsValue::from));
    }

    fn post(&self, order: &Order, beside: impl IntoIterator<Item = JsValue>) {
        let Some(running) = &self.running else { return };
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
    fn start(listener: &Listener) -> Result<Self, JsValue> {
        let own = OWN_URL.with(String::clone);
        let glue = js_sys::encode_uri_component(&own);
        let start = Url::new_with_base(&format!("static/start.js?glue={glue}"), &own)?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = web_sys::Worker::new_with_options(&start.href(), &options)?;

        let ready = Rc::new(Cell::new(false));
        let waiting = Rc::new(RefCell::new(Vec::<Array>::new()));
        let on_message = {
            let (ready, waiting) = (Rc::clone(&ready), Rc::clone(&waiting));
            let (worker, listener) = (worker.clone(), Rc::clone(listener));
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let Some((answer, buffers)) = read(&event) else { return };
                if answer != Answer::Ready {
                    return listener(answer, buffers);
                }
                ready.set(true);
                for message in waiting.borrow_mut().drain(..) {
                    let _ = worker.post_message(&message);
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
        Ok(Self { worker, ready, waiting, _on_message: on_message, _on_error: on_error })
    }
}

fn read(event: &MessageEvent) -> Option<(Answer, Vec<Vec<u8>>)> {
    let message: Array = event.data().dyn_into().ok()?;
    let answer = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    let buffers = (1..message.length()).map(|i| Uint8Array::new(&message.get(i)).to_vec());
    Some((answer, buffers.collect()))
}

/// Does a worker's work: hands each order with its buffers to `obey`, which answers through its
/// last argument. To be called where there is no window.
pub fn serve(
    obey: impl FnMut(Order, Vec<Vec<u8>>, &mut dyn FnMut(Answer, Vec<Vec<u8>>)) + 'static,
) {
    std::panic::set_hook(Box::new(|info| {
        say(&Answer::Panicked { text: info.to_string() }, Vec::new());
    }));
    let obey = Rc::new(RefCell::new(obey));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let obey = Rc::clone(&obey);
        spawn_local(async move {
            let Some((order, buffers)) = read_order(&event).await else { return };
            // Reading files is the only thing that waits, and it is over.
            let mut obey = obey.borrow_mut();
            obey(order, buffers, &mut |answer, buffers| say(&answer, buffers));
        });
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    say(&Answer::Ready, Vec::new());
}

async fn read_order(event: &MessageEvent) -> Option<(Order, Vec<Vec<u8>>)> {
    let message: Array = event.data().dyn_into().ok()?;
    let order: Order = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    let mut buffers = Vec::new();
    for i in 1..message.length() {
        buffers.push(bytes_of(message.get(i)).await);
    }
    Some((order, buffers))
}

/// The bytes of a buffer or file; none if the file cannot be read any more.
async fn bytes_of(value: JsValue) -> Vec<u8> {
    let Some(blob) = value.dyn_ref::<Blob>() else {
        return Uint8Array::new(&value).to_vec();
    };
    let read = JsFuture::from(blob.array_buffer()).await;
    read.map(|buffer| Uint8Array::new(&buffer).to_vec()).unwrap_or_default()
}

fn say(answer: &Answer, buffers: Vec<Vec<u8>>) {
    let Ok(json) = serde_json::to_string(answer) else { return };
    let (message, transfer) = (Array::of1(&JsValue::from_str(&json)), Array::new());
    for bytes in buffers {
        let buffer: ArrayBuffer = Uint8Array::from(&bytes[..]).buffer();
        message.push(&buffer);
        transfer.push(&buffer);
    }
    let _ = scope().post_message_with_transfer(&message, &transfer);
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
