// Times one graph after the other, and tells the host.
const tell = (what, text) => fetch(`/${what}`, { method: "POST", body: text });

try {
  const { default: init, figures } = await import("./rewindow-figures.js");
  const wasm = new URL("rewindow-figures_bg.wasm", import.meta.url);
  await init({ module_or_path: wasm });
  const sizes = new URL(location.href).searchParams.get("sizes").split(",").map(Number);
  for (const n of sizes) await tell("figures", figures(n));
  await tell("done", "");
} catch (fault) {
  await tell("fault", `${fault}\n${fault.stack}`);
}
