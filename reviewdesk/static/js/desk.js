// ReviewDesk's own script: keys, dialogs, toasts, safe forms, and manners for htmx. No dependency, no inline code.
// What pages declare in attributes:
//   data-key="a"          the letter clicks (or focuses) the element; shown in the shortcut dialog
//   data-rows             a list in which J and K move; data-row marks its items, Enter opens the item's first link, or
//                         goes into what has data-enter in it, and Esc comes back
//   data-row-key="y"      the letter clicks the element in the current row; data-then="selector" goes on from there
//   data-confirm="..."    a form or button asks first
//   data-open="#id"       opens a dialog; data-close closes it
//   data-copy="#id"       copies the text of an element
//   data-next="selector"  moves the focus to the next of these elements, from where it is
//   data-then="selector"  swapped in by htmx, it hands the focus on to the next of these elements
//   data-drop             a label that takes dropped files, and folders if several files may be sent, for the file input
//                         within; data-folder: a button that asks for a folder; data-max-total, data-max-files: the
//                         form's limits
//   data-download         a form whose answer is a file, so its button comes back
//   data-submit           a select or checkbox that submits its form when changed
//   data-ticks="name"     a button that does nothing until a checkbox of that name is ticked, and says so
//   data-all="name"       a checkbox that ticks every box of that name
//   data-keep             a details with an id that stays open or closed when htmx swaps what is around it
//   data-filter="rows"    a search box that shows those rows only in which its text stands, or in their data-words, and
//                         opens what they are folded in
//   data-fold="selector"  a button that opens all of these details, or closes them
//   data-edits="#id"      a form that counts its rows with unsaved values in an element, whose data-text says how
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  const words = one("#words")?.dataset ?? {};
  const singleKeys = {
    get on() { return localStorage.getItem("single-keys") !== "off"; },
    set on(value) { localStorage.setItem("single-keys", value ? "on" : "off"); },
  };

  // ---- toasts

  const TOAST_SECONDS = 7;

  function dismissLater(toast) {
    if (!toast.classList.contains("fail")) setTimeout(() => toast.remove(), TOAST_SECONDS * 1000);
  }

  function say(text, tone = "") {
    const toast = one("#toast-template").content.firstElementChild.cloneNode(true);
    if (tone) toast.classList.add(tone);
    if (tone === "fail") toast.setAttribute("role", "alert");
    one("p", toast).textContent = text;
    one("#toasts").append(toast);
    dismissLater(toast);
  }

  // ---- dialogs

  function ask(text, sender, go) {
    const dialog = one("#confirm");
    one("#confirm-text", dialog).textContent = text;
    one("[data-yes]", dialog).textContent = sender ? nameOf(sender) : words.sure;
    one("[data-yes]", dialog).onclick = () => { dialog.close(); go(); };
    dialog.showModal();
    one("[data-yes]", dialog).focus();
  }

  function showKeys() {
    const dialog = one("#keys");
    const list = one("[data-keys]", dialog);
    all("[data-of-page]", list).forEach((row) => row.remove());
    const seen = new Set();
    for (const element of all("[data-key]")) {
      const key = element.dataset.key.toUpperCase();
      if (seen.has(key) || !isShown(element)) continue;
      seen.add(key);
      list.append(...keyRow(key, nameOf(element)));
    }
    one("[data-single-keys]", dialog).checked = singleKeys.on;
    if (!dialog.open) dialog.showModal();
  }

  function keyRow(key, name) {
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(cap);
    text.textContent = name;
    for (const part of [term, text]) part.dataset.ofPage = "";
    return [term, text];
  }

  function nameOf(element) {
    if (element.dataset.keyName) return element.dataset.keyName;
    if (element.getAttribute("aria-label")) return element.getAttribute("aria-label");
    const named = (element.labels?.[0] ?? element).cloneNode(true);
    all("kbd, small", named).forEach((part) => part.remove());
    return named.textContent.trim();
  }

  const isShown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

  // ---- keys

  const typesInto = (target) =>
    target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

  function onKey(event) {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if (event.key === "Escape") return leaveControl(event.target);
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return submitHere(event);
    if (event.ctrlKey || event.metaKey || !singleKeys.on && event.key !== "?") return;
    if (typesInto(event.target) || one("dialog[open]")) return;
    const act = actOf(event);
    if (act) { event.preventDefault(); act(); }
  }

  function actOf(event) {
    const key = event.key.toLowerCase();
    if (key === "/") { const box = one("[data-search]"); return box && (() => { box.focus(); box.select(); }); }
    if (key === "?") return showKeys;
    const ofRow = one(`[data-row][data-current] [data-row-key="${CSS.escape(key)}"]`);
    if (ofRow) return () => { ofRow.click(); if (ofRow.dataset.then) focusNext(ofRow.dataset.then); };
    const bound = all("[data-key]").find((element) => element.dataset.key.toLowerCase() === key && isShown(element) && !element.disabled);
    if (bound) return () => press(bound);
    if (key === "j" || key === "k") return one("[data-rows]") && (() => step(key === "j" ? 1 : -1));
    if (key === "enter") return openCurrent(event);
    return null;
  }

  function press(element) {
    if (element.matches("input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea, select")) element.focus();
    else { element.click(); if (element.matches("[type=radio]")) element.focus(); }
  }

  function step(by) {
    const rows = all("[data-rows] [data-row]").filter(isShown);
    if (!rows.length) return;
    const marked = rows.findIndex((row) => "current" in row.dataset);
    const at = marked < 0 ? rows.findIndex((row) => row.getAttribute("aria-current") === "true") : marked;
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    for (const row of rows) if (row !== next) row.removeAttribute("aria-current");
    goTo(next);
  }

  function goTo(row) {
    markCurrent(row);
    (row.matches("a, button, [tabindex]") ? row : one("a, button", row) ?? one("input", row) ?? row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function markCurrent(row) {
    for (const other of all("[data-row][data-current]")) if (other !== row) delete other.dataset.current;
    row.dataset.current = "";
  }

  function openCurrent(event) {
    const row = one("[data-rows] [data-row][data-current]");
    if (!row || event.target.closest("a, button, input, summary")) return null;
    const control = all("[data-enter]", row).find((place) => place.checked) ?? one("[data-enter]", row);
    return () => (control ? control.focus() : (row.matches("a") ? row : one("a", row))?.click());
  }

  function leaveControl(control) {
    const row = control.closest?.("[data-row][tabindex]");
    if (row && row !== control) goTo(row);
  }

  let reached = null;

  function focusNext(selector) {
    const places = all(selector).filter(isShown);
    const from = one("[data-row][data-current]")?.id ?? reached;
    const next = places[(places.findIndex((place) => place.id === from) + 1) % places.length];
    if (!next) return;
    reached = next.id;
    if (next.matches("[data-row]")) markCurrent(next);
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  }

  function submitHere(event) {
    const form = event.target.closest?.("form") ?? one("form[data-main]");
    if (!form || form.method === "dialog") return;
    event.preventDefault();
    const sender = one("button.main[type=submit]", form) ?? one("button[type=submit], button:not([type])", form);
    form.requestSubmit(sender?.disabled ? undefined : sender ?? undefined);
  }

  // ---- forms

  function onSubmit(event) {
    const form = event.target;
    const sender = event.submitter;
    const question = sender?.dataset.confirm ?? form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return ask(question, sender, () => { form.dataset.confirmed = "1"; submitStill(form, sender); });
    }
    delete form.dataset.confirmed;
    if (form.method === "dialog" || form.matches("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete]")) return;
    if (form.dataset.busy) return event.preventDefault();
    if (event.defaultPrevented) return;
    holdButtons(form);
  }

  // While somebody thinks about the question, a part of the page that tells progress may have been swapped.
  function submitStill(form, sender) {
    if (!form.isConnected) { form.hidden = true; document.body.append(form); }
    form.requestSubmit(sender ?? undefined);
  }

  function holdButtons(form) {
    form.dataset.busy = "1";
    setTimeout(() => {
      for (const button of all("button[type=submit], button:not([type])", form)) { button.disabled = true; button.classList.add("busy"); }
    });
    if ("download" in form.dataset) setTimeout(() => releaseButtons(form), 2000);
  }

  function releaseButtons(form) {
    delete form.dataset.busy;
    for (const button of all("button.busy", form)) { button.disabled = false; button.classList.remove("busy"); }
  }

  // ---- files

  const MOST_NAMED = 8;

  function showChosen(label) {
    const input = one("input[type=file]", label);
    const files = [...input.files];
    const wrong = objection(label, files);
    input.setCustomValidity(wrong);
    const chosen = one(".chosen", label);
    const paths = withPaths.get(input)?.map((one) => one.path);
    const named = files.slice(0, MOST_NAMED).map((file, at) => `${paths?.[at] ?? (file.webkitRelativePath || file.name)} · ${sizeOf(file.size)}`);
    if (files.length > MOST_NAMED) named.push(words.chosen.replace("{n}", files.length).replace("{size}", sizeOf(sumOf(files))));
    chosen.textContent = wrong || named.join("\n");
    chosen.classList.toggle("err", Boolean(wrong));
  }

  const sumOf = (files) => files.reduce((sum, file) => sum + file.size, 0);

  function objection(label, files) {
    const limit = Number(label.dataset.maxBytes || Infinity);
    if (files.some((file) => file.size > limit)) return words.tooLarge;
    const total = Number(label.closest("form")?.dataset.maxTotal || Infinity);
    const most = Number(label.closest("form")?.dataset.maxFiles || Infinity);
    return sumOf(files) > total || files.length > most ? words.tooMuch : "";
  }

  function chooseFolder(label) {
    const input = one("input[type=file]", label);
    input.webkitdirectory = true;
    input.click();
    input.addEventListener("click", () => { input.webkitdirectory = false; }, { once: true });
  }

  function sizeOf(bytes) {
    if (bytes < 1024) return `${bytes} B`;
    return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
  }

  function onDrag(event) {
    const label = event.target.closest?.("[data-drop]");
    if (!label) return;
    event.preventDefault();
    label.classList.toggle("over", event.type === "dragover");
    if (event.type !== "drop" || !event.dataTransfer.files.length) return;
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const holdsFolder = entries.some((entry) => entry.isDirectory);
    const input = one("input[type=file]", label);
    if (!input.multiple && (holdsFolder || event.dataTransfer.files.length > 1)) return say(words.oneFile, "fail");
    if (holdsFolder) return takeFolders(input, entries);
    take(input, event.dataTransfer.files);
  }

  function take(input, files) {
    input.files = files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Files of a dropped folder are sent under their paths, as those of a chosen one are: these may say whose they are.
  const withPaths = new WeakMap();

  async function takeFolders(input, entries) {
    const found = (await Promise.all(entries.map(filesIn))).flat();
    const transfer = new DataTransfer();
    for (const one of found) transfer.items.add(one.file);
    take(input, transfer.files);
    withPaths.set(input, found);
    showChosen(input.closest("[data-drop]"));
  }

  async function filesIn(entry) {
    if (entry.isFile) return [{ path: entry.fullPath.slice(1), file: await new Promise((done, fail) => entry.file(done, fail)) }];
    const reader = entry.createReader();
    const all = [];
    for (;;) {
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!some.length) return (await Promise.all(all.map(filesIn))).flat();
      all.push(...some);
    }
  }

  function sendPaths(event) {
    for (const input of all("[data-drop] input[type=file]", event.target)) {
      if (!withPaths.has(input)) continue;
      event.formData.delete(input.name);
      for (const { file, path } of withPaths.get(input)) event.formData.append(input.name, file, path);
    }
  }

  // ---- clicks and changes

  function lacksTicks(target) {
    const { ticks } = target.dataset;
    if (!ticks || one(`input[type=checkbox][name="${ticks}"]:checked`)) return false;
    say(words.untaken, "warn");
    return true;
  }

  async function onClick(event) {
    const target = event.target.closest?.("[data-dismiss], [data-open], [data-close], [data-copy], [data-next], [data-folder], [data-ticks], [data-fold]");
    if (!target) return;
    if ("folder" in target.dataset) { event.preventDefault(); chooseFolder(target.closest("[data-drop]")); }
    if ("dismiss" in target.dataset) target.closest(".toast").remove();
    if ("close" in target.dataset) target.closest("dialog").close();
    if (lacksTicks(target)) return event.preventDefault();
    if (target.dataset.open === "#keys") { target.closest("[popover]")?.hidePopover(); showKeys(); }
    else if (target.dataset.open) one(target.dataset.open).showModal();
    if (target.dataset.next) focusNext(target.dataset.next);
    if (target.dataset.fold) foldAll(all(target.dataset.fold));
    if (target.dataset.copy) { await navigator.clipboard.writeText(one(target.dataset.copy).textContent.trim()); say(words.copied, "pass"); }
  }

  function onChange(event) {
    const input = event.target;
    if (input.matches("[data-single-keys]")) singleKeys.on = input.checked;
    if (input.matches("[data-submit]")) input.form.requestSubmit();
    if (input.dataset.all) all(`input[type=checkbox][name="${input.dataset.all}"]:not(:disabled)`).forEach((box) => { box.checked = input.checked; });
    const label = input.closest("[data-drop]");
    if (label && input.type === "file") { withPaths.delete(input); showChosen(label); }
  }

  // ---- filters, and what stays as it is when htmx swaps

  function filterRows(box) {
    const wanted = box.value.trim().toLowerCase();
    const rows = all(box.dataset.filter);
    for (const row of rows) row.hidden = wanted !== "" && !textOf(row).includes(wanted);
    for (const fold of new Set(rows.map((row) => row.closest(".fold")))) if (fold) foldFound(fold, rows, wanted !== "", box);
    for (const nothing of all(".nothing")) nothing.hidden = rows.some((row) => !row.hidden);
  }

  // While something is searched, a fold with hits is open and one without is away, unless the box is in it; then each is
  // as it was, but for those with unsaved values, which stay open.
  function foldFound(fold, rows, searching, box) {
    if (searching && !("was" in fold.dataset)) fold.dataset.was = fold.open ? "open" : "";
    const found = rows.some((row) => fold.contains(row) && !row.hidden);
    fold.hidden = searching && !found && !fold.contains(box);
    if (searching) { if (found) fold.open = true; return; }
    if (fold.dataset.was !== undefined) fold.open = fold.dataset.was === "open" || Boolean(one("[data-edited]", fold));
    delete fold.dataset.was;
  }

  function textOf(row) {
    const plain = [...row.children].filter((part) => !one("select", part)).map((part) => part.textContent);
    const typed = all("input[type=text]", row).map((input) => input.value);
    const chosen = all("select", row).map((choice) => choice.selectedOptions[0]?.textContent);
    return [...plain, ...typed, ...chosen, row.dataset.words].join(" ").toLowerCase();
  }

  function foldAll(folds) {
    const open = folds.some((fold) => !fold.open);
    for (const fold of folds) fold.open = open;
  }

  // An address may name a row or a fold within closed ones.
  function showNamed() {
    const named = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!named) return;
    for (let fold = named.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (named.matches("[data-row]")) goTo(named);
    named.scrollIntoView({ block: named.matches("[data-row]") ? "center" : "start" });
  }

  // ---- unsaved values

  function isEdited(control) {
    if (control.matches("[type=checkbox], [type=radio]")) return control.checked !== control.defaultChecked;
    if (!control.matches("select")) return control.value !== control.defaultValue;
    const given = [...control.options].findIndex((option) => option.defaultSelected);
    return control.selectedIndex !== Math.max(given, 0);
  }

  function countEdits(form) {
    for (const row of all("[data-row]:not([data-typed])", form)) {
      row.toggleAttribute("data-edited", all("input, select, textarea", row).some(isEdited));
    }
    const told = one(form.dataset.edits);
    const number = all("[data-edited]", form).length;
    told.textContent = told.dataset.text.replace("{n}", number);
    told.hidden = number === 0;
  }

  function askToStay(event) {
    if (all("form[data-edits]").some((form) => !form.dataset.busy && one("[data-edited]", form))) event.preventDefault();
  }

  function startFilters() {
    for (const box of all("[data-filter]")) { box.hidden = false; if (box.value) filterRows(box); }
  }

  // A page that came back with objections begins at the first of them; tables of cells have ways of their own.
  function focusWrong() {
    all("main [aria-invalid=true]").find((field) => isShown(field) && !field.closest("table, [data-rows]"))?.focus();
  }

  const kept = new Map();

  function afterSwap(event) {
    for (const [id, open] of kept) { const part = document.getElementById(id); if (part) part.open = open; }
    startFilters();
    const row = document.activeElement?.closest?.("[data-row]");
    if (row) markCurrent(row);
    if (event.detail.target?.id === "toasts") all("#toasts .toast").forEach(dismissLater);
  }

  // ---- htmx

  function onHtmxRequest(event) {
    event.detail.headers["X-CSRFToken"] = one("meta[name=csrf-token]").content;
  }

  // The server sends errors with HX-Retarget to the toasts; anything else that failed must not land in the page.
  function beforeSwap(event) {
    const { xhr } = event.detail;
    if (xhr.status < 400) return;
    const forToasts = xhr.getResponseHeader("HX-Retarget");
    event.detail.shouldSwap = Boolean(forToasts);
    event.detail.isError = false;
    if (!forToasts) say((words.failed ?? "").replace("{status}", xhr.status), "fail");
  }

  function handFocusOn(event) {
    const from = event.detail.elt;
    if (!from?.dataset?.then || document.activeElement !== document.body) return;
    const after = (place) => from.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING;
    all(from.dataset.then).find((place) => isShown(place) && after(place))?.focus();
  }

  function start() {
    if (isMac) all("kbd[data-mod]").forEach((cap) => { cap.textContent = "⌘ ↵"; });
    all("#toasts .toast").forEach(dismissLater);
    document.addEventListener("keydown", onKey);
    document.addEventListener("submit", onSubmit, true);
    document.addEventListener("click", onClick);
    document.addEventListener("change", onChange);
    for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, onDrag);
    document.addEventListener("formdata", sendPaths);
    document.addEventListener("click", (event) => { if (event.target.matches?.("dialog")) event.target.close(); });
    window.addEventListener("pageshow", (event) => { if (event.persisted) all("form[data-busy]").forEach(releaseButtons); });
    document.addEventListener("htmx:configRequest", onHtmxRequest);
    document.addEventListener("htmx:beforeSwap", beforeSwap);
    document.addEventListener("htmx:afterSettle", handFocusOn);
    document.addEventListener("htmx:sendError", () => say(words.offline, "fail"));
    document.addEventListener("htmx:afterSwap", afterSwap);
    document.addEventListener("toggle", (event) => { if (event.target.matches?.("details[data-keep]")) kept.set(event.target.id, event.target.open); }, true);
    document.addEventListener("focusin", (event) => { const row = event.target.closest?.("[data-row][tabindex]"); if (row) markCurrent(row); });
    document.addEventListener("input", (event) => {
      if (event.target.matches("[data-filter]")) filterRows(event.target);
      const form = event.target.form?.closest("[data-edits]");
      if (form) countEdits(form);
    });
    window.addEventListener("beforeunload", askToStay);
    window.addEventListener("hashchange", showNamed);
    startFilters();
    focusWrong();
    showNamed();
    document.addEventListener("htmx:confirm", (event) => {
      if (!event.detail.question) return;
      event.preventDefault();
      const { elt, question, issueRequest } = event.detail;
      ask(question, elt.matches("button") ? elt : one("button", elt), () => issueRequest(true));
    });
  }

  start();
})();
