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
    if (form.matches("[data-theme-form]") && event.submitter?.name === "theme") {
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
    for (const words of row.querySelectorAll(".cell__error, .cell__hint, option[data-odd]")) words.remove();
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
      const part = add.closest("fieldset");
      const body = (part && part.querySelector("[data-rows]")) || (add.closest("form") || page).querySelector("[data-rows]");
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
  // In a cell with suggestions the arrows belong to these as soon as something is typed.
  let typedIn = null;
  page.addEventListener("focusin", () => { typedIn = null; });
  page.addEventListener("input", (event) => { typedIn = event.target; });
  const inColumn = (row, cell, next) => cellsOf(next)[cellsOf(row).indexOf(cell)];
  page.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-row] input, [data-row] select");
    if (!cell || event.isComposing || event.altKey || event.shiftKey) return;
    const row = cell.closest("[data-row]");
    const body = row.closest("[data-rows]");
    if (!body) return;
    const rows = rowsOf(body);
    const at = rows.indexOf(row);
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key.toLowerCase() === "d") {
      event.preventDefault();
      const above = at > 0 && inColumn(row, cell, rows[at - 1]);
      if (above) fillCell(cell, above.value);
      return;
    }
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || isCommand) return;
    const isArrow = event.key !== "Enter";
    if (isArrow && (cell.tagName === "SELECT" || (cell.list && typedIn === cell))) return;
    event.preventDefault();
    const next = rows[at + step] || (isArrow ? null : addRow(body));
    const target = next && inColumn(row, cell, next);
    if (!target) return;
    target.focus();
    if (target.select) target.select();
  });

  // A word that a list does not have stays in it; the server says what is wrong with it.
  const fillCell = (cell, value) => {
    const words = value.trim();
    if (cell.tagName !== "SELECT") { cell.value = words; return; }
    const same = (text) => text.trim().toLowerCase() === words.toLowerCase();
    let option = [...cell.options].find((o) => same(o.value) || same(o.text));
    if (!option) {
      option = new Option(words, words);
      option.dataset.odd = "";
      cell.add(option);
    }
    cell.value = option.value;
  };
  // The cells of a paste; a quoted one may hold tabs and line breaks, as spreadsheets write it.
  const sheetOf = (text) => {
    const sheet = [];
    let rest = text.replace(/\r\n?/g, "\n");
    let line = [];
    while (rest) {
      const quoted = /^"((?:[^"]|"")*)"(\t|\n|$)/.exec(rest);
      const [all, value, end] = quoted || /^([^\t\n]*)(\t|\n|$)/.exec(rest);
      line.push((quoted ? value.replaceAll('""', '"') : value).replace(/[\t\n]/g, " "));
      rest = rest.slice(all.length);
      if (end !== "\t") { sheet.push(line); line = []; }
      else if (!rest) { line.push(""); sheet.push(line); line = []; }
    }
    return sheet;
  };
  const headerWord = (text) => (text.normalize("NFKC").toLowerCase().split(/[(:*]/).find((part) => part.trim()) || "").replace(/\s+/g, "");
  // The columns that the first row of a paste names, by the words of the grid's own header.
  const headerOf = (table, line) => {
    const known = [...table.querySelectorAll("th[data-words]")].map((th) => ({ name: th.dataset.column, words: th.dataset.words.split("|") }));
    const names = line.map((text) => (known.find((column) => column.words.includes(headerWord(text))) || {}).name);
    const named = names.filter(Boolean).length;
    return named >= 2 || (named === 1 && line.length === 1) ? names : null;
  };
  page.addEventListener("paste", (event) => {
    const cell = event.target.closest("[data-row] input, [data-row] select");
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    if (!cell || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    const body = cell.closest("[data-rows]");
    const start = cell.closest("[data-row]");
    const isBlank = (line) => line.every((value) => !value.trim());
    const sheet = sheetOf(text);
    const first = sheet.findIndex((line) => !isBlank(line));
    const header = first < 0 ? null : headerOf(body.closest("table"), sheet[first]);
    const lines = sheet.map((values, at) => ({ values, number: at + 1 })).filter(({ values, number }) => !isBlank(values) && !(header && number === first + 1));
    const status = page.querySelector("[data-grid-status]");
    if (rowsOf(body).indexOf(start) + lines.length > Number(body.dataset.rowsMax || 500)) {
      if (status) status.textContent = body.dataset.tooMany || "";
      return;
    }
    const from = cellsOf(start).indexOf(cell);
    let row = start;
    lines.forEach(({ values, number }, count) => {
      if (count > 0) row = rowsOf(body)[rowsOf(body).indexOf(row) + 1] || addRow(body);
      if (!row) return;
      const cells = cellsOf(row);
      values.forEach((value, at) => {
        const target = header ? cells.find((c) => c.name === header[at]) : cells[from + at];
        if (target && (value.trim() || target.tagName !== "SELECT")) fillCell(target, value);
      });
      const pasted = row.querySelector("input[data-pasted]");
      if (pasted) pasted.value = String(number);
    });
    if (status) status.textContent = body.dataset.pastedDone || "";
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

  // A field is judged while it is typed; the same sentence comes when the form is sent.
  const waiting = new Map();
  page.addEventListener("input", (event) => {
    const field = event.target;
    const place = field.form && field.form.querySelector(`[data-answer="${CSS.escape(field.name || "-")}"]`);
    if (!place) return;
    clearTimeout(waiting.get(place));
    waiting.set(place, setTimeout(() => {
      const asked = field.value;
      fetch(`${place.dataset.address}&${encodeURIComponent(field.name)}=${encodeURIComponent(asked)}`, { headers: { accept: "application/json" } })
        .then((response) => (response.ok ? response.json() : null))
        .then((answer) => {
          if (!answer || field.value !== asked) return;
          place.hidden = !answer.text;
          place.className = `note note--${answer.kind}`;
          place.textContent = answer.text;
          if (!answer.href) return;
          const link = page.createElement("a");
          link.href = answer.href;
          link.textContent = answer.link;
          place.append(" ", link);
        }, () => { /* the server judges it when the form is sent */ });
    }, 350));
  });

  // An address: the suggestions follow what stands in the fields above.
  page.addEventListener("change", (event) => {
    const field = event.target.closest("[data-suggest]");
    if (!field || !field.form) return;
    const prefix = field.name.startsWith("business_") ? "business_" : "";
    const value = (name) => encodeURIComponent(field.form.elements[prefix + name].value);
    fetch(`/customers/regions?province=${value("province")}&city=${value("city")}`, { headers: { accept: "application/json" } })
      .then((response) => (response.ok ? response.json() : null))
      .then((below) => {
        if (!below) return;
        for (const [name, words] of [["city", below.cities], ["district", below.districts]]) {
          const list = page.getElementById(`list-${prefix}${name}`);
          if (list) list.replaceChildren(...words.map((word) => new Option("", word)));
        }
      }, () => { /* the suggestions stay as they are */ });
  });
  // A long catalogue: what a cell offers follows what is typed in it; an empty one offers what stood there first.
  let asking = 0;
  const offer = (event) => {
    const cell = event.target;
    const list = cell.list;
    if (!list || !list.dataset.options) return;
    list.first ??= [...list.children];
    const words = cell.value.trim();
    clearTimeout(asking);
    if (!words) { list.replaceChildren(...list.first); return; }
    if (event.type !== "input" || [...list.options].some((option) => option.value === words)) return;
    asking = setTimeout(() => {
      fetch(`${list.dataset.options}?q=${encodeURIComponent(words)}`, { headers: { accept: "application/json" } })
        .then((response) => (response.ok ? response.json() : null))
        .then((found) => {
          if (found && cell.value.trim() === words) list.replaceChildren(...found.map((product) => new Option(product.words, product.code)));
        }, () => { /* what was offered stays */ });
    }, 200);
  };
  page.addEventListener("input", offer);
  page.addEventListener("focusin", offer);
  // A long form keeps its unsaved input on the server, every 20 seconds in which something changed.
  const drafts = page.querySelector("[data-draft-address]");
  if (drafts) {
    const address = drafts.dataset.draftAddress;
    let changed = null;
    const note = (event) => {
      const form = event.target.closest("form");
      if (form && form.method === "post" && form.getAttribute("action") === address && form.querySelector("[name=version]")) changed = form;
    };
    page.addEventListener("input", note);
    page.addEventListener("change", note);
    page.addEventListener("submit", () => { changed = null; });
    setInterval(() => {
      if (!changed) return;
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(changed)) if (typeof value === "string") body.append(name, value);
      body.append("draft_address", address);
      changed = null;
      fetch("/drafts", { method: "POST", body, credentials: "same-origin" }).catch(() => { /* the next change tries again */ });
    }, 20000);
  }
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
    // In the other basis every price is written otherwise: the server converts them at once.
    const basis = form.elements.tax_basis;
    const again = form.querySelector("button[name=recalculate]");
    if (basis && again) basis.addEventListener("change", () => again.click());
  }
})();
