// Distances, true ages and the page without a line. Everything else works without it.
"use strict";
(() => {
  const page = document.getElementById("public");
  if (!page) return;
  const words = page.dataset;

  // When, by this phone's clock, what is shown came from the town. A page that the worker kept says so.
  const kept = Number(document.body.dataset.kept) || 0;
  let shownAt = kept || Date.now();
  let isOffline = kept > 0;
  let here = null;

  const age = (seconds) => {
    const minutes = Math.max(0, Math.floor(seconds / 60));
    const hours = Math.floor(minutes / 60);
    if (minutes < 1) return words.justNow;
    if (minutes < 60) return words.minutes.replace("{n}", minutes);
    if (hours < 48) return words.hours.replace("{n}", hours);
    return words.days.replace("{n}", Math.floor(hours / 24));
  };

  const tellAges = () => {
    const passed = Math.max(0, (Date.now() - shownAt) / 1000);
    for (const part of document.querySelectorAll("[data-age]")) {
      const said = age(Number(part.dataset.age) + passed);
      if (part.textContent !== said) part.textContent = said;
    }
    const offline = document.getElementById("offline");
    const all = document.querySelector("#age [data-age]");
    const said = isOffline && all ? words.offline.replace("{age}", all.textContent) : "";
    if (offline.textContent !== said) offline.textContent = said;
    offline.hidden = !isOffline;
    document.body.classList.toggle("is-offline", isOffline);
  };

  const busy = (part) => part.contains(document.activeElement) && document.activeElement !== document.body;

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { "x-digiana-background": "1" } });
      const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
      const isKept = fresh && fresh.body.dataset.kept;
      if (!fresh || isKept || !fresh.getElementById("public")) throw new Error("nothing new");
      isOffline = false;
      let all = true;
      for (const part of document.querySelectorAll("[data-part]")) {
        const news = fresh.getElementById(part.id);
        if (!news) continue;
        if (busy(part)) { all = false; continue; }
        part.replaceWith(document.importNode(news, true));
      }
      // A part that was left alone is as old as before, so nothing is called newer than it is.
      if (all) shownAt = Date.now();
      arrange();
    } catch { isOffline = true; }
    tellAges();
  };

  // Kilometres on a ball of the earth's size: over a town's few it is right to metres.
  const kilometres = (from, north, east) => {
    const radians = Math.PI / 180;
    const dy = (north - from.latitude) * radians / 2;
    const dx = (east - from.longitude) * radians / 2;
    const a = Math.sin(dy) ** 2 + Math.cos(from.latitude * radians) * Math.cos(north * radians) * Math.sin(dx) ** 2;
    return 12742 * Math.asin(Math.sqrt(a));
  };

  const arrange = () => {
    if (!here) return;
    for (const list of document.querySelectorAll("#public .cards")) {
      const far = [...list.children].map((card) => {
        const [north, east] = (card.dataset.at || "").split(",").map(Number);
        const distance = card.dataset.at ? kilometres(here, north, east) : Infinity;
        const shown = card.querySelector(".distance");
        if (shown && Number.isFinite(distance)) {
          shown.textContent = words.km.replace("{n}", distance.toFixed(distance < 10 ? 1 : 0));
        }
        return { card, distance };
      });
      far.sort((one, other) => one.distance - other.distance);
      list.append(...far.map((place) => place.card));
    }
  };

  const near = document.getElementById("near");
  if (navigator.geolocation && window.isSecureContext) {
    const status = near.querySelector("[role=status]");
    near.hidden = false;
    near.querySelector("button").addEventListener("click", () => {
      status.textContent = words.waiting;
      const found = (place) => { here = place.coords; arrange(); status.textContent = words.done; };
      const failed = () => { status.textContent = words.failed; };
      navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 });
    });
  }

  if ("serviceWorker" in navigator && window.isSecureContext) {
    navigator.serviceWorker.register("/public/sw.js", { scope: "/public/" }).catch(() => {});
  }

  tellAges();
  setInterval(tellAges, 15000);
  setInterval(refresh, 60000);
  window.addEventListener("online", refresh);
  window.addEventListener("pageshow", (shown) => { if (shown.persisted) refresh(); });
  document.addEventListener("visibilitychange", () => { tellAges(); refresh(); });
})();
