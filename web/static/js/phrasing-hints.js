// Suggested wordings: a click adds a line to the field; without this file the server does it.
const list = document.querySelector("[data-phrasing-hints]");
const field = document.getElementById("f-phrasings");

list?.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=phrasing_hint]");
  if (!button || !field) return;
  event.preventDefault();
  const before = field.value.replace(/\s+$/, "");
  field.value = before ? `${before}\n${button.value}` : button.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const item = button.closest("li");
  const next = (item.nextElementSibling ?? item.previousElementSibling)?.querySelector("button");
  item.remove();
  list.querySelector("[data-added]").textContent = list.dataset.done.replace("{}", button.value);
  (next ?? field).focus();
});
