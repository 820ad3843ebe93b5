// Shortens the way; every act here also works as a plain form or link.
"use strict";
(() => {
  const page = document;

  // A refused form: the summary takes the focus, its links put the cursor into the field.
  const summary = page.querySelector("[data-error-summary]");
  if (summary) summary.focus();
  page.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a[href^='#']");
    const field = link && page.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });

  // "/" or Ctrl-K: search.
  const isTyping = (node) => node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName);
  page.addEventListener("keydown", (event) => {
    const search = page.querySelector("[data-search]");
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
    const isCtrlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (!search || event.isComposing || !(isSlash || isCtrlK)) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // Menus close on Escape and on a click elsewhere.
  const closeMenus = (except) => {
    for (const menu of page.querySelectorAll("details[data-menu][open]")) {
      if (menu === except) continue;
      const hadFocus = menu.contains(page.activeElement);
      menu.open = false;
      if (hadFocus) menu.querySelector("summary").focus();
    }
  };
  page.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(null); });
  page.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));

  page.addEventListener("submit", (event) => {
    const form = event.target;
    // The wish is seen at once; the server keeps it.
    if (form.matches("[data-theme-form]") && event.submitter) {
      page.documentElement.dataset.theme = event.submitter.value;
    }
    // A second click while the first is under way does nothing.
    if ((form.getAttribute("method") || "").toLowerCase() !== "post") return;
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    else form.setAttribute("aria-busy", "true");
    setTimeout(() => form.removeAttribute("aria-busy"), 8000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of page.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
  });
  // Following the system, the switch offers the other one.
  const toggle = page.querySelector("[data-theme-form] .tool--icon");
  if (toggle && page.documentElement.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches) {
    toggle.value = "light";
  }

  // Line grid: add, remove, move down, paste from a spreadsheet.
  const rowsOf = (body) => [...body.querySelectorAll("[data-row]")];
  const cellsOf = (row) => [...row.querySelectorAll("input:not([type=hidden]), select, textarea")];
  const clearRow = (row) => {
    for (const cell of cellsOf(row)) {
      if (cell.type === "checkbox" || cell.type === "radio") cell.checked = false;
      else if (cell.tagName === "SELECT") cell.selectedIndex = 0;
      else cell.value = "";
      cell.removeAttribute("aria-invalid");
      cell.removeAttribute("aria-describedby");
    }
    for (const hidden of row.querySelectorAll("input[type=hidden]")) hidden.value = "";
    for (const error of row.querySelectorAll(".cell__error")) error.remove();
    for (const given of row.querySelectorAll(".line-grid__given")) given.textContent = "";
  };
  const renumber = (body) => rowsOf(body).forEach((row, at) => {
    const number = at + 1;
    for (const cell of row.querySelectorAll("[data-row-number]")) cell.textContent = String(number);
    for (const node of row.querySelectorAll("[id], [for], [aria-describedby]")) {
      for (const name of ["id", "for", "aria-describedby"]) {
        const value = node.getAttribute(name);
        if (value) node.setAttribute(name, value.replace(/-\d+-/, `-${number}-`));
      }
    }
    for (const button of row.querySelectorAll("[data-remove-row]")) button.value = String(number);
  });
  const addRow = (body) => {
    const rows = rowsOf(body);
    const most = Number(body.dataset.rowsMax || 500);
    const last = rows[rows.length - 1];
    if (!last || rows.length >= most) return null;
    const row = last.cloneNode(true);
    clearRow(row);
    last.after(row);
    renumber(body);
    return row;
  };
  page.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    if (add) {
      const body = (add.closest("form") || page).querySelector("[data-rows]");
      const row = body && addRow(body);
      if (!row) return;
      event.preventDefault();
      const first = cellsOf(row)[0];
      if (first) first.focus();
      return;
    }
    const remove = event.target.closest("[data-remove-row]");
    const row = remove && remove.closest("[data-row]");
    if (!row) return;
    event.preventDefault();
    const body = row.closest("[data-rows]");
    const rows = rowsOf(body);
    const near = rows[rows.indexOf(row) + 1] || rows[rows.indexOf(row) - 1] || row;
    if (rows.length > 1) row.remove();
    else clearRow(row);
    renumber(body);
    const first = cellsOf(near)[0];
    if (first) first.focus();
  });
  page.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-row] input");
    if (!cell || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const row = cell.closest("[data-row]");
    const body = row.closest("[data-rows]");
    const rows = rowsOf(body);
    const next = rows[rows.indexOf(row) + step] || (event.key === "Enter" ? addRow(body) : null);
    const target = next && cellsOf(next)[cellsOf(row).indexOf(cell)];
    if (!target) return;
    target.focus();
    if (target.select) target.select();
  });
  page.addEventListener("paste", (event) => {
    const cell = event.target.closest("[data-row] input");
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    if (!cell || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    const body = cell.closest("[data-rows]");
    let row = cell.closest("[data-row]");
    const from = cellsOf(row).indexOf(cell);
    text.replace(/\r?\n$/, "").split(/\r?\n/).forEach((line, number) => {
      if (number > 0) row = row && (rowsOf(body)[rowsOf(body).indexOf(row) + 1] || addRow(body));
      if (!row) return;
      const cells = cellsOf(row).slice(from);
      line.split("\t").forEach((value, at) => {
        const target = cells[at];
        if (!target) return;
        const words = value.trim();
        if (target.tagName !== "SELECT") target.value = words;
        else {
          const option = [...target.options].find((o) => o.value === words || o.text.trim() === words);
          if (option) target.value = option.value;
        }
      });
    });
  });

  // Copy a text box: <button data-copy="id of the box">.
  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    const box = button && page.getElementById(button.dataset.copy);
    if (!box || !navigator.clipboard) return;
    event.preventDefault();
    navigator.clipboard.writeText(box.value || box.textContent).then(() => {
      button.setAttribute("data-copied", "");
      const done = button.dataset.copyDone;
      if (done) button.textContent = done;
    }, () => { /* the text stays selectable by hand */ });
  });

  // A form with a preview: the server computes it again while somebody types.
  for (const form of page.querySelectorAll("form[data-live-form]")) {
    let timer = 0;
    let running = null;
    const renew = async () => {
      if (running) running.abort();
      running = new AbortController();
      try {
        const answer = await fetch(form.dataset.liveForm, {
          method: "POST",
          body: new URLSearchParams(new FormData(form)),
          credentials: "same-origin",
          signal: running.signal,
        });
        if (!answer.ok) return;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const sums = fresh.querySelector("[data-live-sums]");
        const shown = page.getElementById("quote-live");
        if (!sums || !shown || !sums.textContent.trim()) return;
        shown.replaceChildren(...sums.childNodes);
        for (const cell of fresh.querySelectorAll("[data-live-for]")) {
          const target = page.getElementById(cell.dataset.liveFor);
          if (target) target.textContent = cell.textContent;
        }
      } catch (stopped) {
        // The button beside the form computes it as well.
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(renew, 400);
    });
  }
})();
