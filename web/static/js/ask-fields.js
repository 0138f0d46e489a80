// The question form asks for what the chosen subject needs, as soon as it is chosen.
import { conditions } from "./conditions.js";

const select = document.querySelector("[data-fields-from]");
const into = document.getElementById("node-fields");

async function load() {
  const url = `${select.dataset.fieldsFrom}?node_id=${encodeURIComponent(select.value)}`;
  try {
    const answer = await fetch(url);
    if (!answer.ok) return;
    into.innerHTML = await answer.text();
    conditions(into);
  } catch {
    // Without it the server asks for what is missing.
  }
}

if (select && into) {
  select.addEventListener("change", load);
  conditions(into);
  document.querySelector("[data-no-script]")?.remove();
}
