// The form builder: only what a kind needs is shown, rows move up and down.
import { conditions } from "./conditions.js";

const list = document.querySelector(".builder");

function fit(row) {
  const kind = row.querySelector("[data-kind]").value;
  for (const part of row.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(kind);
  }
}

for (const row of list.querySelectorAll("[data-field]")) {
  fit(row);
  row.querySelector("[data-kind]").addEventListener("change", () => fit(row));
  row.querySelector("[data-drop]").addEventListener("change", (event) => {
    row.classList.toggle("builder__row--dropped", event.target.checked);
  });
  const up = row.querySelector("[data-up]");
  const down = row.querySelector("[data-down]");
  up.hidden = down.hidden = false;
  up.addEventListener("click", () => {
    row.previousElementSibling?.before(row);
    up.focus();
  });
  down.addEventListener("click", () => {
    row.nextElementSibling?.after(row);
    down.focus();
  });
}

document.querySelectorAll("[data-conditions]").forEach(conditions);
