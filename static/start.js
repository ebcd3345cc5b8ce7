// Starts the wasm module: in the page of the built site, and in every worker.
//
// A worker loads the same module and the same wasm as the page; `main` branches on having a window.
// The app starts one with this file's address and, in the query, that of the glue it runs itself
// (`import.meta.url`), so that it works wherever the site lies and whoever built it:
//   new Worker(new URL("static/start.js?glue=" + encodeURIComponent(glue), glue), { type: "module" })
const here = new URL(import.meta.url);
const glue = new URL(here.searchParams.get("glue") ?? "../rewindow-app.js", here);
const wasm = new URL(glue.href.replace(/\.js$/, "_bg.wasm"));
const inPage = typeof document !== "undefined";

try {
  const { default: init } = await import(glue.href);
  await init({ module_or_path: wasm });
} catch (fault) {
  if (!inPage) throw fault; // The worker's owner hears of it through `onerror`.
  // A panic during the start has been reported by then, in better words.
  window.dispatchEvent(new CustomEvent("rewindow-start-failed", { detail: fault }));
}

if (inPage && "serviceWorker" in navigator) {
  // Offline use is a comfort: where it is refused (private windows, plain http) the page still works.
  navigator.serviceWorker.register(new URL("../../sw.js", here))
    .catch((refusal) => console.info(`Rewindow does not work offline here: ${refusal.message}`));
}
