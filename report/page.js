"use strict";
// Filters, sorts and opens what the page already holds. Without it everything can be read as well.
(function () {
  const byId = (id) => document.getElementById(id);
  const list = byId("list");
  if (!list) return;
  const text = byId("text"), host = byId("host"), sort = byId("sort"), status = byId("status");
  const rules = Array.from(list.querySelectorAll("details.rule"));
  const levels = Array.from(document.querySelectorAll("input[name=level]"));
  const number = (n) => n.toLocaleString("en");

  const texts = new WeakMap();
  function textOf(element) {
    let known = texts.get(element);
    if (known === undefined) {
      known = element.textContent.toLowerCase();
      texts.set(element, known);
    }
    return known;
  }

  function apply() {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = new Set(levels.filter((box) => box.checked).map((box) => box.value));
    const holds = (element) => words.every((word) => textOf(element).includes(word));
    const narrowed = words.length > 0 || host.value !== "";
    let shownRules = 0, shownFindings = 0;
    for (const rule of rules) {
      let shown = 0;
      if (chosen.has(rule.dataset.level)) {
        const whole = holds(rule.querySelector("summary"));
        for (const finding of rule.querySelectorAll("details.finding, tr[data-host]")) {
          const fits = (host.value === "" || finding.dataset.host === host.value) && (whole || holds(finding));
          finding.hidden = !fits;
          if (fits) shown++;
        }
        if (!narrowed) shown = Number(rule.dataset.count);
      }
      rule.hidden = shown === 0;
      const label = rule.querySelector(".shown");
      const all = Number(rule.dataset.count);
      label.replaceChildren();
      const bold = document.createElement("b");
      bold.textContent = number(shown);
      label.append(bold, (shown === all ? "" : " of " + number(all)) + (all === 1 ? " finding" : " findings"));
      if (shown > 0) shownRules++;
      shownFindings += shown;
    }
    status.textContent = number(shownFindings) + " findings of " + number(shownRules) + " rules are shown";
  }

  function order() {
    const key = sort.value;
    const title = (rule) => rule.querySelector(".title").textContent;
    const compare = {
      rank: (a, b) => b.dataset.rank - a.dataset.rank || b.dataset.count - a.dataset.count,
      count: (a, b) => b.dataset.count - a.dataset.count || b.dataset.rank - a.dataset.rank,
      start: (a, b) => Number(BigInt(a.dataset.start) - BigInt(b.dataset.start)),
      title: () => 0,
    }[key];
    const sorted = rules.slice().sort((a, b) => compare(a, b) || title(a).localeCompare(title(b), "en"));
    list.append(...sorted);
  }

  function reveal() {
    const target = location.hash.length > 1 ? byId(location.hash.slice(1)) : null;
    if (target instanceof HTMLDetailsElement) target.open = true;
  }

  let waiting = 0;
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 150);
  });
  host.addEventListener("change", apply);
  for (const box of levels) box.addEventListener("change", apply);
  sort.addEventListener("change", order);
  byId("expand").addEventListener("click", () => { for (const rule of rules) rule.open = true; });
  byId("collapse").addEventListener("click", () => {
    for (const element of list.querySelectorAll("details[open]")) element.open = false;
  });
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = rules.filter((rule) => !rule.open);
    for (const rule of closed) rule.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const rule of closed) rule.open = false;
  });
  window.addEventListener("hashchange", reveal);
  byId("tools").hidden = false;
  apply();
  reveal();
})();
