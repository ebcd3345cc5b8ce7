// Watches over the page, so that a fault is something to read and never a dead tab.
//
// Loaded before everything else and needing nothing of the app. The app's panic hook dispatches
// `rewindow-panic` on `window` with the message and place as `detail`; what traps without a panic
// (out of memory, stack overflow) arrives as an uncaught WebAssembly error.
"use strict";
(() => {
  let reported = false;

  const version = () => document.querySelector('meta[name="rewindow-version"]')?.content ?? "unreleased";
  const text = (fault) => String(fault?.message ?? fault ?? "unknown").trim();

  // The fragment and the query may hold what somebody loaded: neither goes into a report.
  const report = (what, stack) => [
    `Rewindow ${version()} stopped.`,
    "",
    what,
    ...(stack ? ["", stack] : []),
    "",
    `Page: ${location.origin}${location.pathname}`,
    `Browser: ${navigator.userAgent}`,
  ].join("\n");

  function showPanic(what, stack) {
    if (reported) return; // What follows the first fault is its echo.
    reported = true;
    const dialog = document.getElementById("panic");
    const area = document.getElementById("panic-report");
    area.value = report(what, stack);
    document.getElementById("panic-reload").onclick = () => location.reload();
    document.getElementById("panic-copy").onclick = async () => {
      const said = document.getElementById("panic-copied");
      try {
        await navigator.clipboard.writeText(area.value);
        said.textContent = "Copied.";
      } catch {
        area.select(); // No clipboard outside secure pages: leave it to the person's own copy key.
        said.textContent = "Press Ctrl+C or ⌘C to copy.";
      }
    };
    dialog.oncancel = (event) => event.preventDefault(); // There is nothing behind it to go back to.
    dialog.showModal();
  }

  function showStartFailure(what) {
    const status = document.getElementById("boot-status");
    if (!status) return showPanic(what);
    status.className = "failed";
    status.setAttribute("role", "alert");
    status.textContent = `Rewindow could not start: ${what}\n`
      + "It needs a browser with WebAssembly (any of the last four years). If this one has it, load the page again.";
  }

  const isTrap = (fault) => fault instanceof WebAssembly.RuntimeError
    || fault instanceof WebAssembly.CompileError || fault instanceof WebAssembly.LinkError
    || fault instanceof RangeError && /call stack|memory/i.test(fault.message);

  // A trap comes right after the panic that caused it: give the panic's own words precedence.
  function onFault(fault) {
    if (document.getElementById("boot-status")) {
      setTimeout(() => reported || showStartFailure(text(fault)));
    } else if (isTrap(fault)) {
      setTimeout(() => showPanic(text(fault), fault.stack));
    }
  }

  window.addEventListener("rewindow-panic", (event) => showPanic(text(event.detail)));
  window.addEventListener("rewindow-start-failed", (event) => showStartFailure(text(event.detail)));
  window.addEventListener("error", (event) => event.error && onFault(event.error));
  window.addEventListener("unhandledrejection", (event) => onFault(event.reason));
})();
