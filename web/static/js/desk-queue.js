// The queue by keyboard, choosing many, and numbers that stay true while the page is open.

const rows = [...document.querySelectorAll("[data-row]")];
const all = document.querySelector("[data-pick-all]");
const picks = [...document.querySelectorAll("[data-pick]")];
const bulk = document.querySelector("[data-bulk]");
const count = document.querySelector("[data-bulk-count]");
const keys = document.querySelector("[data-keys]");
const plain = count?.textContent;
let here = -1;

function counted() {
  if (!bulk) return;
  const chosen = picks.filter((pick) => pick.checked).length;
  bulk.hidden = !chosen;
  count.textContent = chosen ? count.dataset.word.replace("{n}", chosen) : plain;
  if (all) {
    all.checked = chosen === picks.length;
    all.indeterminate = chosen > 0 && chosen < picks.length;
  }
}

if (all) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const pick of picks) pick.checked = all.checked;
    counted();
  });
}
for (const pick of picks) pick.addEventListener("change", counted);
counted();

function go(step) {
  if (!rows.length) return;
  here = Math.min(rows.length - 1, Math.max(0, here + step));
  rows[here].querySelector("[data-row-link]").focus();
}

rows.forEach((row, place) => row.addEventListener("focusin", () => { here = place; }));

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const deeds = {
    j: () => go(1),
    k: () => go(-1),
    x: () => rows[here]?.querySelector("[data-pick]").click(),
    "/": () => document.querySelector("[data-queue-search]").focus(),
    "?": () => keys?.showModal(),
  };
  if (deeds[event.key]) {
    event.preventDefault();
    deeds[event.key]();
  }
});

const tabs = document.querySelector("[data-counts]");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(tabs.dataset.counts, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const found = await answer.json();
    for (const mark of tabs.querySelectorAll("[data-count]")) {
      mark.textContent = found[mark.dataset.count] ?? mark.textContent;
    }
    const bell = document.querySelector("[data-notice-count]");
    if (bell) bell.textContent = found.notices;
  } catch {
    // The next look may succeed.
  }
}

if (tabs) setInterval(look, 20_000);
