// Keeps an open page true: hears that something changed and reads the page again, under the rights of
// whoever looks. What a person types is never touched. Without this file the page is as true as when
// it was opened.
"use strict";
(() => {
  const main = document.querySelector("[data-live]");
  if (!main || !window.fetch || !window.EventSource) return;
  const words = main.dataset;
  const state = document.querySelector("[data-live-state]");
  const said = document.querySelector("[data-live-said]");
  const PARTS = ["#live-head", ".with-rail__main", ".rail", ".side-nav", "#live-notices"];
  const POLL = 15000; // asking instead of hearing, milliseconds
  const PATIENCE = 8000; // a stream that says nothing for so long is held back on its way
  const PAUSE = 350; // from the beginning of a reading to that of the next
  const AGAIN = 600; // before a reading that failed is done again, twice as long each time
  const LONGEST = 60000; // between two readings that failed

  let since = words.liveSince || "";
  let source = null;
  let patience = 0;
  let asking = 0;
  let asked = 0;
  let reading = false;
  let again = false;
  let waiting = 0;
  let failed = 0; // readings since the page was last true
  let over = false;
  let saidAt = 0;

  const show = (kind) => {
    if (!state) return;
    state.hidden = false;
    state.dataset.kind = kind;
    state.textContent = { on: words.liveOn, asking: words.liveAsking, off: words.liveOff }[kind];
  };

  // ---- what a person is busy with stays as it is
  const FIELDS = "input:not([type=hidden]), select, textarea";
  const isChanged = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.type === "file") return field.files.length > 0;
    if (field.tagName === "SELECT") {
      const first = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    }
    return field.value !== field.defaultValue;
  };
  const busy = () => {
    const kept = new Set();
    for (const field of main.querySelectorAll(FIELDS)) {
      if (field === document.activeElement || isChanged(field)) kept.add(field.closest("form") || field);
    }
    return kept;
  };

  // ---- make one tree like another, and keep every node that stays
  const isNote = (node) => node.nodeType === 1 && node.hasAttribute("data-live-note");
  const keyOf = (node) => (node.nodeType !== 1 ? "" : node.dataset.key || node.id || (node.tagName === "FORM" ? node.getAttribute("action") : "") || "");
  const morph = (was, now, kept, moved) => {
    if (kept.has(was) || was.isEqualNode(now)) return;
    if (was.nodeType !== 1) {
      if (was.nodeValue !== now.nodeValue) was.nodeValue = now.nodeValue;
      return;
    }
    for (const { name } of [...was.attributes]) if (name !== "open" && !now.hasAttribute(name)) was.removeAttribute(name);
    for (const { name, value } of [...now.attributes]) if (name !== "open" && was.getAttribute(name) !== value) was.setAttribute(name, value);
    if (was.tagName === "INPUT") {
      if (was.type === "checkbox" || was.type === "radio") was.checked = now.hasAttribute("checked");
      else if (was.type !== "file") was.value = now.getAttribute("value") || "";
    }
    if (was.tagName === "OPTION") was.selected = now.hasAttribute("selected");
    if (was.tagName === "TEXTAREA") { was.value = now.textContent; return; }
    const words = was.dataset.key ? was.textContent : null;
    const keyed = new Map();
    for (const child of was.childNodes) if (keyOf(child)) keyed.set(keyOf(child), child);
    let at = was.firstChild;
    for (const fresh of [...now.childNodes]) {
      while (at && isNote(at)) at = at.nextSibling;
      const key = keyOf(fresh);
      const same = key ? keyed.get(key) : at && !keyOf(at) && at.nodeType === fresh.nodeType && at.nodeName === fresh.nodeName ? at : null;
      if (!same || same.nodeName !== fresh.nodeName) {
        was.insertBefore(fresh, at);
        if (fresh.nodeType === 1 && fresh.dataset.key) moved.add(fresh);
        continue;
      }
      if (same === at) at = at.nextSibling;
      else was.insertBefore(same, at);
      morph(same, fresh, kept, moved);
    }
    while (at) {
      const next = at.nextSibling;
      const holds = [...kept].some((node) => at.contains(node));
      if (!holds && !isNote(at)) at.remove();
      at = next;
    }
    if (words !== null && words !== was.textContent) moved.add(was);
  };

  // ---- a form that somebody fills in while the record moves on
  const warn = (form, fresh) => {
    const mine = form.querySelector("input[name=version]");
    if (!mine) return;
    const twin = [...fresh.querySelectorAll("form")].find((f) => f.getAttribute("action") === form.getAttribute("action"));
    const theirs = twin && twin.querySelector("input[name=version]");
    if (theirs && theirs.value === mine.value) return;
    const who = fresh.querySelector(".timeline b");
    const when = fresh.querySelector(".timeline time");
    const text = who && when ? words.liveChanged.replace("{who}", who.textContent).replace("{when}", when.textContent) : words.liveChangedPlain;
    let note = form.previousElementSibling;
    if (!note || !isNote(note)) {
      note = document.createElement("p");
      note.className = "note note--warn";
      note.setAttribute("role", "status");
      note.setAttribute("data-live-note", "");
      form.before(note);
    }
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = words.liveShow;
    note.replaceChildren(`${text} `, link);
  };

  const tellOver = (place) => {
    const note = document.createElement("p");
    note.className = "note note--bad";
    note.setAttribute("role", "alert");
    note.setAttribute("data-live-note", "");
    note.textContent = words.liveOver;
    place.prepend(note);
  };
  // A part that the page has no more: all of it goes but what somebody fills in.
  const clear = (node, held) => {
    for (const child of [...node.childNodes]) {
      if (held.includes(child) || isNote(child)) continue;
      if (held.some((kept) => child.contains(kept))) clear(child, held);
      else child.remove();
    }
  };
  const end = (part, kept) => {
    const held = [...kept].filter((node) => part.contains(node));
    if (held.length === 0) { part.remove(); return; }
    clear(part, held);
    for (const node of held) kept.delete(node);
    if (!part.querySelector("[role=alert][data-live-note]")) tellOver(part);
  };

  const swap = (fresh) => {
    const kept = busy();
    const moved = new Set();
    const focus = document.activeElement;
    for (const part of PARTS) {
      const was = document.querySelector(part);
      const now = fresh.querySelector(part);
      if (was && now) morph(was, now, kept, moved);
      else if (was) end(was, kept);
    }
    document.title = fresh.title;
    for (const form of kept) if (form.tagName === "FORM") warn(form, fresh);
    if (focus && focus !== document.activeElement && focus.isConnected) focus.focus({ preventScroll: true });
    for (const node of moved) {
      node.classList.remove("is-fresh");
      void node.offsetWidth;
      node.classList.add("is-fresh");
    }
    if (said && moved.size > 0 && Date.now() - saidAt > 30000) {
      saidAt = Date.now();
      said.textContent = `${words.liveUpdated} ${new Date().toLocaleTimeString()}`;
    }
  };

  const isLogin = (answer) => answer.redirected && new URL(answer.url).pathname === "/login";
  const leave = () => {
    over = true;
    close();
    clearInterval(asking);
    if (busy().size === 0) { location.reload(); return; }
    show("off");
    tellOver(main);
  };

  // A reading that failed is done again: when the server says, and later each time, not all pages at once.
  const later = (answer) => {
    again = true;
    failed += 1;
    show("off");
    const told = (answer && answer.headers.get("retry-after")) || "";
    const asked = /^\d+$/.test(told) ? told * 1000 : Date.parse(told) - Date.now() || 0;
    const grown = Math.min(AGAIN * 2 ** failed, LONGEST) * (1 + Math.random() / 2);
    return Math.max(grown, Math.min(asked, 10 * LONGEST));
  };
  const isTrue = () => {
    if (failed > 0 && source) show(source.readyState === EventSource.OPEN ? "on" : "off");
    if (failed > 0 && asking) show("asking");
    failed = 0;
  };

  const read = async () => {
    if (over) return;
    if (reading) { again = true; return; }
    reading = true;
    waiting = 0;
    again = false;
    const begun = performance.now();
    let pause = 0;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html", "x-kuaidan-live": "1" }, credentials: "same-origin", cache: "no-store" });
      if (isLogin(answer) || [401, 403, 404].includes(answer.status)) { leave(); return; }
      if (answer.ok) {
        swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
        isTrue();
      } else {
        pause = later(answer);
      }
    } catch (lost) {
      pause = later(null);
    } finally {
      waiting = setTimeout(rested, pause || Math.max(PAUSE - (performance.now() - begun), 0));
    }
  };
  const rested = () => {
    clearTimeout(waiting);
    reading = false;
    if (again) read();
  };
  // Back on the net: what failed for the want of it need not wait.
  window.addEventListener("online", () => { if (waiting && failed > 0) rested(); });

  // ---- hearing
  const close = () => {
    clearTimeout(patience);
    if (source) source.close();
    source = null;
  };
  const ask = async () => {
    if (over || document.hidden) return;
    asked += 1;
    if (asked % 4 === 0) listen();
    try {
      const address = words.live.replace(/^\/live/, "/live/since");
      const answer = await fetch(`${address}${address.includes("?") ? "&" : "?"}since=${encodeURIComponent(since)}`, { headers: { accept: "application/json" }, credentials: "same-origin" });
      if (isLogin(answer)) { leave(); return; }
      if (!answer.ok) return;
      const told = await answer.json();
      since = told.since || since;
      if (told.changed) read();
    } catch (lost) {
      show("off");
    }
  };
  const askInstead = () => {
    close();
    if (over || document.hidden) return;
    if (failed === 0) show("asking");
    if (!asking) asking = setInterval(ask, POLL);
  };
  const stopAsking = () => { clearInterval(asking); asking = 0; };
  const listen = () => {
    if (source || document.hidden || over) return;
    source = new EventSource(`${words.live}${words.live.includes("?") ? "&" : "?"}since=${encodeURIComponent(since)}`);
    patience = setTimeout(askInstead, PATIENCE);
    const heard = (event) => { since = event.lastEventId || since; };
    source.addEventListener("hello", () => { clearTimeout(patience); stopAsking(); if (failed === 0) show("on"); });
    for (const kind of ["deal", "all"]) source.addEventListener(kind, (event) => { heard(event); read(); });
    source.addEventListener("end", (event) => {
      close();
      show("off");
      if (event.data !== "later") read();
      setTimeout(listen, 500 + Math.random() * 1500);
    });
    source.onerror = () => {
      if (source && source.readyState === EventSource.CLOSED) askInstead();
      else if (source) show("off");
    };
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { close(); stopAsking(); } else listen();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  listen();
})();
