//! Files that a person drops, picks or pastes. Only handles are kept: the worker reads the bytes.

use std::collections::HashMap;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, DataTransfer, Event, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader,
    FileSystemEntry, FileSystemFileEntry, HtmlAnchorElement, HtmlInputElement, Url,
};

/// A folder with more files than this is cut: a tab cannot hold so many handles.
const FILES_MAX: usize = 50_000;

/// A file and the path it was found at.
pub type Found = (String, File);

/// What the page knows of a file held here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// Number under which it is held.
    pub id: u32,
    /// Name or relative path.
    pub name: String,
    /// Size in bytes.
    pub size_bytes: u64,
}

/// Handles of all files that were given in this visit.
#[derive(Debug, Default)]
pub struct Files {
    held: HashMap<u32, File>,
}

impl Files {
    /// Holds `found` from now on.
    pub fn hold(&mut self, found: Vec<Found>) -> Vec<Held> {
        let mut held = Vec::new();
        for (name, file) in found {
            let id = self.held.len() as u32;
            held.push(Held { id, name, size_bytes: file.size() as u64 });
            self.held.insert(id, file);
        }
        held
    }

    /// The handle held under `id`.
    pub fn get(&self, id: u32) -> Option<&File> {
        self.held.get(&id)
    }
}

/// What was dropped. Has to be taken while the event lasts; the walk through folders may wait.
#[derive(Debug)]
pub struct Dropped {
    entries: Vec<FileSystemEntry>,
    files: Vec<Found>,
}

impl Dropped {
    /// Takes what `transfer` carries.
    pub fn of(transfer: &DataTransfer) -> Self {
        let items = transfer.items();
        let items = (0..items.length()).filter_map(|i| items.get(i));
        let entries = items.filter_map(|item| item.webkit_get_as_entry().ok().flatten());
        let entries: Vec<FileSystemEntry> = entries.collect();
        // A browser without entries still gives plain files; a text drop gives neither.
        let files = if entries.is_empty() { listed(transfer.files()) } else { Vec::new() };
        Self { entries, files }
    }

    /// All files, those in folders included.
    pub async fn walk(self) -> Vec<Found> {
        let Self { entries: mut waiting, files: mut found } = self;
        while let Some(entry) = waiting.pop() {
            if found.len() >= FILES_MAX {
                break;
            }
            if let Some(file) = entry.dyn_ref::<FileSystemFileEntry>() {
                found.extend(file_of(file).await);
            } else if let Some(folder) = entry.dyn_ref::<FileSystemDirectoryEntry>() {
                waiting.extend(entries_of(&folder.create_reader()).await);
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }
}

/// The files that a file field holds now.
pub fn picked(event: &Event) -> Vec<Found> {
    let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
    let found = listed(input.as_ref().and_then(HtmlInputElement::files));
    // Emptied, so that the same file picked again is a change again.
    if let Some(input) = input {
        input.set_value("");
    }
    found
}

/// `text` as a file.
pub fn pasted(text: &str, name: &str) -> Option<Found> {
    let parts = Array::of1(&JsValue::from_str(text));
    let file = File::new_with_str_sequence(&parts, name).ok()?;
    Some((name.to_owned(), file))
}

/// Saves `text` as a file called `name`, where the browser keeps downloads.
pub fn save(name: &str, text: &str) {
    let parts = Array::of1(&JsValue::from_str(text));
    if let Ok(blob) = Blob::new_with_str_sequence(&parts) {
        save_blob(name, &blob);
    }
}

/// Saves `blob` in the same way.
pub fn save_blob(name: &str, blob: &Blob) {
    let document = gloo::utils::document();
    let Ok(url) = Url::create_object_url_with_blob(blob) else { return };
    let anchor = document.create_element("a").ok();
    if let Some(anchor) = anchor.and_then(|a| a.dyn_into::<HtmlAnchorElement>().ok()) {
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
    }
    // The download has taken hold of it by then.
    gloo::timers::callback::Timeout::new(60_000, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
}

fn listed(files: Option<FileList>) -> Vec<Found> {
    let Some(files) = files else { return Vec::new() };
    let files = (0..files.length()).filter_map(|i| files.get(i));
    files.map(|file| (path_of(&file), file)).collect()
}

/// The path inside a picked folder, or the name.
fn path_of(file: &File) -> String {
    let path = js_sys::Reflect::get(file, &JsValue::from_str("webkitRelativePath"));
    let path = path.ok().and_then(|p| p.as_string()).filter(|p| !p.is_empty());
    path.unwrap_or_else(|| file.name())
}

async fn file_of(entry: &FileSystemFileEntry) -> Option<Found> {
    let path = entry.full_path().trim_start_matches('/').to_owned();
    let promise = Promise::new(&mut |resolve: Function, reject: Function| {
        entry.file_with_callback_and_callback(&resolve, &reject);
    });
    let file = JsFuture::from(promise).await.ok()?;
    Some((path, file.dyn_into().ok()?))
}

/// All entries of a folder: a reader hands out a hundred at a time.
async fn entries_of(reader: &FileSystemDirectoryReader) -> Vec<FileSystemEntry> {
    let mut all = Vec::new();
    while all.len() < FILES_MAX {
        let promise = Promise::new(&mut |resolve: Function, reject: Function| {
            let _ = reader.read_entries_with_callback_and_callback(&resolve, &reject);
        });
        let Ok(batch) = JsFuture::from(promise).await else { break };
        let batch: Array = batch.unchecked_into();
        if batch.length() == 0 {
            break;
        }
        all.extend(batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
    all
}
