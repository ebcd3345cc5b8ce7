// Makes the site work offline after the first visit, the worker included.
//
// All assets of one build lie in one folder named by the hash of all of them, and each build has a
// cache of its own: a page never sees files of two builds. A new build's service worker waits until
// no tab shows the old one, so the old cache lives as long as anybody may ask it.
"use strict";
const BUILD = "%BUILD%";
const FILES = %FILES%;
const PREFIX = `rewindow ${self.registration.scope} `;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(PREFIX + BUILD);
  // The page must be this build's own; its assets cannot be anything else.
  await cache.add(new Request("./", { cache: "no-cache" }));
  const page = await (await cache.match("./")).text();
  if (!page.includes(BUILD)) throw new Error("the site changed while it was being stored");
  await cache.addAll(FILES);
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== PREFIX + BUILD);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
})()));

// The page comes from the network where there is one, so that a reload shows the newest build.
async function page(request) {
  try {
    const fresh = await fetch(request);
    if (fresh.ok) return fresh;
  } catch { /* Offline. */ }
  const cache = await caches.open(PREFIX + BUILD);
  return (await cache.match("./")) ?? Response.error();
}

// An asset's address names its content, so whichever cache has it has the right one. The query only
// tells a worker where its glue is.
async function asset(request) {
  return (await caches.match(request, { ignoreSearch: true })) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  const path = new URL(request.url).pathname.slice(new URL(self.registration.scope).pathname.length);
  if (request.mode === "navigate" && (path === "" || path === "index.html")) {
    event.respondWith(page(request));
  } else if (path.startsWith("app-")) {
    event.respondWith(asset(request));
  }
});
