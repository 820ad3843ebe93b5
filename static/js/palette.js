// "Go anywhere": Ctrl-/ opens a box over the page that leads to every main page and to what the search
// finds, by keyboard alone. Everything it offers is an ordinary link that is on the page anyway.
"use strict";
(() => {
  const nav = document.querySelector("[data-palette]");
  if (!nav || !window.HTMLDialogElement || !window.fetch) return;
  const words = nav.dataset;
  const PLACES = ["[data-palette] a", ".page-head .actions a", ".steps a", ".tabs a", ".person-menu a"];
  const PAUSE = 200; // after the last key, milliseconds
  let dialog = null;
  let box = null;
  let list = null;
  let said = null;
  let timer = 0;
  let asked = "";
  let found = [];

  const make = (tag, attributes, ...inside) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...inside);
    return node;
  };

  // ---- what can be gone to
  const places = () => {
    const seen = new Map();
    const links = PLACES.flatMap((place) => [...document.querySelectorAll(place)]);
    for (const link of links) {
      const words = [...link.childNodes].filter((node) => !node.matches?.(".count, .button__then")).map((node) => node.textContent);
      const name = words.join("").trim().replace(/\s+/g, " ");
      const href = link.getAttribute("href") || "";
      if (name && href.startsWith("/") && !seen.has(href)) seen.set(href, { name, href, note: "", sound: link.dataset.sound || "" });
    }
    return [...seen.values()];
  };
  const fits = (place, typed) => {
    const words = typed.toLowerCase();
    return place.name.toLowerCase().includes(words) || (place.sound && place.sound.includes(words.replace(/\s/g, "")));
  };

  // ---- the list under the box
  const options = () => [...list.querySelectorAll("[role=option]")];
  const choose = (option) => {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  };
  const draw = () => {
    const typed = box.value.trim();
    const shown = places().filter((place) => !typed || fits(place, typed)).concat(typed ? found : []);
    list.replaceChildren(...shown.map((place, at) => {
      const link = make("a", { href: place.href, tabindex: "-1" }, make("span", { class: "palette__name" }, place.name));
      if (place.note) link.append(make("span", { class: "palette__note" }, place.note));
      return make("li", { role: "option", id: `palette-${at}`, "aria-selected": "false" }, link);
    }));
    choose(options()[0] || null);
    said.textContent = shown.length === 0 && asked === "" ? words.paletteNone : "";
  };

  const look = async (typed) => {
    asked = typed;
    try {
      const answer = await fetch(`/search?q=${encodeURIComponent(typed)}`, { headers: { accept: "text/html" }, credentials: "same-origin" });
      if (asked !== typed || !dialog.open) return;
      const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("search-results") : null;
      const text = (node) => (node ? node.textContent.trim() : "");
      // A whole number leads straight to what it names.
      if (!page && answer.redirected) found = [{ name: typed, href: new URL(answer.url).pathname, note: "" }];
      else found = page ? [...page.querySelectorAll("a.hit")].map((hit) => ({
        name: text(hit.querySelector(".hit__name")),
        href: hit.getAttribute("href"),
        note: [text(hit.querySelector(".hit__no")), text(hit.querySelector(".hit__note"))].filter(Boolean).join(" · "),
      })) : [];
    } catch (lost) {
      found = [];
    }
    asked = "";
    draw();
  };

  const typed = () => {
    clearTimeout(timer);
    const words = box.value.trim();
    found = [];
    asked = words;
    draw();
    if (words) timer = setTimeout(() => look(words), PAUSE);
    else asked = "";
  };
  const keys = (event) => {
    if (event.isComposing) return;
    const all = options();
    const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8 }[event.key];
    if (to !== undefined && all.length > 0) {
      event.preventDefault();
      const last = all.length - 1;
      const wraps = event.key.startsWith("Arrow");
      choose(all[to < 0 ? (wraps ? last : 0) : to > last ? (wraps ? 0 : last) : to]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const link = all[at] && all[at].querySelector("a");
      if (link) link.click();
      else if (box.value.trim()) location.assign(`/search?q=${encodeURIComponent(box.value.trim())}`);
    }
  };

  const build = () => {
    box = make("input", {
      type: "text", class: "control palette__box", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list",
      "aria-autocomplete": "list", "aria-label": words.palette, placeholder: words.paletteHint, autocomplete: "off", spellcheck: "false",
    });
    list = make("ul", { class: "palette__list", id: "palette-list", role: "listbox", "aria-label": words.palette });
    said = make("p", { class: "palette__said", role: "status" });
    dialog = make("dialog", { class: "palette", "aria-label": words.palette }, box, list, said);
    box.addEventListener("input", typed);
    box.addEventListener("keydown", keys);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    document.body.append(dialog);
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || !(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
    event.preventDefault();
    if (!dialog) build();
    if (dialog.open) { dialog.close(); return; }
    box.value = "";
    found = [];
    asked = "";
    draw();
    dialog.showModal();
    box.focus();
  });
})();
