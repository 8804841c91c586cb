"use strict";
// Keeps the residents' page for a phone that has lost its line. KEPT_FILES stands above this line.
// It keeps nothing but what anyone may read, and says of what it keeps when it came.

const STORE = "residents-1";
const PAGE = "/public/";
const DATA = "/api/v1/public/shelters";

// How long a phone waits for the town before it shows what it has: milliseconds.
const PATIENCE = 4000;

// Languages and parts of the map that somebody looked at last.
const PAGES_MAX = 12;

const keep = async (key, answer) => {
  const headers = new Headers(answer.headers);
  headers.set("x-kept-at", String(Date.now()));
  const copy = new Response(await answer.blob(), { status: 200, headers });
  const store = await caches.open(STORE);
  await store.delete(key);
  await store.put(key, copy);
  const pages = (await store.keys()).filter((held) => new URL(held.url).pathname === PAGE);
  for (const old of pages.slice(0, Math.max(0, pages.length - PAGES_MAX))) await store.delete(old);
};

// The page as it was kept, marked with when, so that it never looks newer than it is.
const kept = async (url) => {
  const store = await caches.open(STORE);
  const exact = await store.match(url.href);
  const any = async () => {
    const pages = (await store.keys()).filter((held) => new URL(held.url).pathname === url.pathname);
    return pages.length > 0 ? store.match(pages[pages.length - 1]) : undefined;
  };
  const held = exact || (await any());
  if (!held || url.pathname !== PAGE) return held;
  const page = (await held.text()).replace("<body", `<body data-kept="${Number(held.headers.get("x-kept-at"))}"`);
  const headers = new Headers(held.headers);
  headers.delete("content-length");
  return new Response(page, { status: 200, headers });
};

const fromTown = async (request, key) => {
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected && answer.type === "basic") await keep(key, answer.clone());
  return answer;
};

const answer = async (event, url) => {
  const town = fromTown(event.request, url.href);
  event.waitUntil(town.catch(() => {}));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const first = await Promise.race([town.catch(() => undefined), late]);
  // A gateway that cannot answer now is no reason to show less than what is known.
  if (first && first.status < 500) return first;
  return (await kept(url)) || town;
};

self.addEventListener("install", (event) => {
  const all = async () => {
    const store = await caches.open(STORE);
    await store.addAll(KEPT_FILES);
    for (const path of [PAGE, DATA]) {
      const url = new URL(path, self.location.origin);
      await fromTown(new Request(url, { cache: "no-store" }), url.href);
    }
    await self.skipWaiting();
  };
  event.waitUntil(all());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) if (name !== STORE) await caches.delete(name);
    const store = await caches.open(STORE);
    for (const held of await store.keys()) {
      const path = new URL(held.url).pathname;
      if (path.startsWith("/static/") && !KEPT_FILES.includes(path)) await store.delete(held);
    }
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  url.hash = "";
  if (KEPT_FILES.includes(url.pathname)) {
    event.respondWith(caches.match(url.href).then((held) => held || fetch(event.request)));
  } else if (url.pathname === PAGE || url.pathname === DATA) {
    event.respondWith(answer(event, url));
  }
});
