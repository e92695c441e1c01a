// Keeps what was typed into a form until the server has taken it. A sign-in that ended meanwhile, or an error, leads to
// another page; back at the form, the same person in the same tab finds it as it was sent. One form is kept, in the tab's
// own storage, and forgotten with the next page that shows anything else.
(() => {
  "use strict";

  const KEY = "draft";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typed = "textarea, input[type=text], input:not([type]), input[type=number], input[type=date]";
  const reader = () => document.querySelector(".who")?.getAttribute("aria-label") ?? "";
  const pathOf = (form) => new URL(form.getAttribute("action") ?? "", location.href).pathname;

  function keep(event) {
    const form = event.target;
    if (form.method !== "post" || form.closest("dialog") || !reader()) return;
    const values = all(typed, form).filter((field) => field.name && field.value).map((field) => [field.name, field.value]);
    const chosen = all("input[type=radio]:checked", form).map((field) => [field.name, field.value]);
    if (values.length) sessionStorage.setItem(KEY, JSON.stringify({ path: pathOf(form), reader: reader(), values, chosen }));
  }

  function give(draft, form) {
    for (const [name, value] of draft.chosen) {
      const choice = all("input[type=radio]", form).find((field) => field.name === name && field.value === value);
      if (choice) { choice.checked = true; choice.dispatchEvent(new Event("change", { bubbles: true })); }
    }
    for (const [name, value] of draft.values) {
      const field = all(typed, form).find((one) => one.name === name);
      if (field) { field.value = value; field.dispatchEvent(new Event("input", { bubbles: true })); }
    }
  }

  function start() {
    const draft = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    if (draft) {
      if (!reader() || document.querySelector("main.oops")) sessionStorage.setItem(KEY, JSON.stringify({ ...draft, lost: true }));
      else {
        sessionStorage.removeItem(KEY);
        const form = draft.lost && draft.reader === reader() && all("form").find((one) => one.method === "post" && pathOf(one) === draft.path);
        if (form) give(draft, form);
      }
    }
    document.addEventListener("submit", keep);
  }

  start();
})();
