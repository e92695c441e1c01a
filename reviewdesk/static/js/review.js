// The review desk: reasons that fit the chosen decision, a plan that is computed when settling is chosen, a last day that a
// silence must have, E for all findings.
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  function followChoice(form) {
    const choice = one("[name=choice]:checked", form)?.value;
    const reason = one("[name=reason]", form);
    if (reason) reason.setAttribute("list", choice ? `reasons-${choice}` : "");
    const terms = one(".terms", form);
    for (const field of terms ? all("input", terms) : []) field.disabled = choice !== "settle";
    if (terms && choice === "settle") window.htmx?.trigger(terms, "refresh");
  }

  function followKind(form) {
    const until = one("[name=until]", form);
    if (until) until.required = one("[name=kind]:checked", form)?.value === "silence";
  }

  function toggleAll(button) {
    const rows = all("details.finding-row", one(button.dataset.expand));
    const open = rows.some((row) => !row.open);
    for (const row of rows) row.open = open;
  }

  document.addEventListener("change", (event) => {
    if (event.target.name === "choice") followChoice(event.target.form);
    if (event.target.name === "kind") followKind(event.target.form);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-expand]");
    if (button) toggleAll(button);
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.reveal[open]")) one("input", event.target)?.focus();
  }, true);
  all("form.decide").forEach(followChoice);
  all(".set-aside-form").forEach(followKind);
  one(".item[aria-current]")?.scrollIntoView({ block: "nearest" });
})();
