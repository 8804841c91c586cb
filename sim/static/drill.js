// Shows what changed, about once a second, and presses without losing one's place on the page.
// Without this script every button still works, and the page is read again by its own link.
"use strict";
{
  const EVERY = 1000;
  const ended = document.getElementById("ended");
  let held = false;
  let busy = false;

  addEventListener("pointerdown", () => { held = true; });
  for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, () => { held = false; });

  const take = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = fresh.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML) continue;
      const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
      part.replaceChildren(...next.childNodes);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
  };

  const ask = async (address, options) => {
    const answer = await fetch(address, options);
    take(await answer.text());
    ended.hidden = true;
  };

  const look = async () => {
    if (!held && !busy && !document.hidden) {
      try { await ask(document.body.dataset.here); } catch { ended.hidden = false; }
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);

  addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    const method = submitter?.hasAttribute("formmethod") ? submitter.formMethod : form.method;
    if (method !== "post" || form.target) return;
    event.preventDefault();
    const address = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
    const body = new URLSearchParams(new FormData(form, submitter));
    submitter?.setAttribute("aria-busy", "true");
    busy = true;
    try { await ask(address, { method: "POST", body }); } catch { ended.hidden = false; }
    busy = false;
    submitter?.removeAttribute("aria-busy");
  });
}
