// Keeps a page fresh while it is looked at. Everything works without it, by loading the page again.
"use strict";
(() => {
  const stream = document.body.dataset.live;
  if (!stream || !window.EventSource) return;

  // Where whoever works by keyboard begins. A narrow screen is touched, and would scroll away what
  // stands on top.
  if (document.activeElement === document.body && matchMedia("(min-width: 1000px)").matches) {
    document.querySelector("[data-focus]")?.focus({ preventScroll: true });
  }

  // Whether somebody ticked, chose or typed what the page did not say.
  const touched = (field) =>
    field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked :
    field.tagName === "SELECT" ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0 :
    field.type !== "hidden" && field.value !== field.defaultValue;

  // A part in which somebody is busy is left alone until they are done.
  const busy = (part) =>
    part.contains(document.activeElement) && document.activeElement !== document.body ||
    part.querySelector("details[open]") !== null ||
    [...part.querySelectorAll("input, select, textarea")].some(touched);

  // What calls for somebody is brought into view, unless they are at work elsewhere on the page.
  const called = () => document.querySelector("[data-calls]")?.dataset.calls;
  const working = () => {
    const at = document.activeElement;
    return document.querySelector("details[open]") !== null || [...document.querySelectorAll("input, select")].some(touched) ||
      at !== null && at !== document.body && !(at.tagName === "INPUT" && at.value === "");
  };

  let asking = false;
  let again = false;
  let clearing = 0;

  const refresh = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { "x-digiana-background": "1" } });
      if (answer.redirected && new URL(answer.url).pathname === "/login") { location.reload(); return; }
      if (!answer.ok) return;
      const before = called();
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-part]")) {
        const news = fresh.getElementById(part.id);
        if (news && !busy(part) && news.outerHTML !== part.outerHTML) part.replaceWith(document.importNode(news, true));
      }
      if (called() !== before && called() !== undefined && !working()) scrollTo(0, 0);
      clearLater();
    } catch { /* The next tick asks again. */ } finally {
      asking = false;
      if (again) { again = false; refresh(); }
    }
  };

  const clearLater = () => {
    clearTimeout(clearing);
    const shown = document.querySelector("[data-clears]");
    const seconds = shown ? Number(shown.dataset.clears) : 0;
    if (seconds > 0) clearing = setTimeout(refresh, seconds * 1000 + 200);
  };

  // A screen that nobody touches goes back to its reader.
  const back = document.querySelector("[data-back]");
  if (back) setTimeout(() => { location.href = back.querySelector("a").href; }, Number(back.dataset.back) * 1000);

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  // A browser has six lines to one place. A page that is out of sight gives its own back, also when
  // the browser keeps it for the way back; it is made fresh when it is seen again.
  let source = null;
  const silence = () => { source?.close(); source = null; };
  const follow = () => {
    if (document.hidden) { silence(); return; }
    if (source) return;
    source = new EventSource(stream);
    source.addEventListener("changed", refresh);
    source.addEventListener("ready", refresh);
  };
  addEventListener("pagehide", silence);
  addEventListener("pageshow", follow);
  document.addEventListener("visibilitychange", follow);
  follow();
  setInterval(refresh, 30000);
  clearLater();
})();
