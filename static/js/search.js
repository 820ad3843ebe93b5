// The search box shows its first hits while somebody types; Enter opens the ordinary page.
"use strict";
(() => {
  const box = document.querySelector("[data-search]");
  const form = box && box.closest("form");
  if (!form || !window.fetch) return;
  let drop = null;
  let timer = 0;
  let asked = "";
  const close = () => { if (drop) drop.remove(); drop = null; };
  const links = () => (drop ? [...drop.querySelectorAll("a")] : []);

  const look = async () => {
    const words = box.value.trim();
    asked = words;
    if (!words) { close(); return; }
    try {
      const answer = await fetch(`${form.getAttribute("action")}?q=${encodeURIComponent(words)}`, { headers: { accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok || asked !== words || document.activeElement !== box) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("search-results");
      // A whole number leads straight to what it names: the box offers just that.
      close();
      if (!found) {
        if (!answer.redirected) return;
        const link = document.createElement("a");
        link.className = "hit";
        link.href = answer.url;
        link.textContent = words;
        drop = document.createElement("div");
        drop.append(link);
      } else {
        drop = document.createElement("div");
        drop.append(...found.childNodes);
        for (const node of drop.querySelectorAll("[id]")) node.removeAttribute("id");
        for (const node of drop.querySelectorAll("[aria-labelledby]")) node.removeAttribute("aria-labelledby");
      }
      drop.className = "search-drop";
      drop.addEventListener("keydown", move);
      form.append(drop);
    } catch (lost) {
      close();
    }
  };
  const move = (event) => {
    if (event.key === "Escape") { close(); box.focus(); return; }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing) return;
    const all = links();
    if (all.length === 0) return;
    event.preventDefault();
    const next = all.indexOf(document.activeElement) + step;
    if (next < 0) box.focus();
    else all[Math.min(next, all.length - 1)].focus();
  };
  box.addEventListener("keydown", move);
  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 250); });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
  form.addEventListener("focusout", (event) => { if (event.relatedTarget && !form.contains(event.relatedTarget)) close(); });
})();
