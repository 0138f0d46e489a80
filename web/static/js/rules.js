// The rule builder: a line shows only what its field can be compared with or set to; lines are
// added and taken out. Without this script every line shows everything and blank lines are ignored.

const OPS = { choice: ["is", "is_not"], text: ["has", "has_not"], number: ["at_least", "at_most"] };
const TEXTS = new Set(["tag", "subject", "text", "message", "email"]);
const TYPED = new Set(["add_tags", "drop_tags", "reply", "note"]);

function shape(line) {
  const name = line.querySelector("[data-rule-field]").value;
  const group = line.querySelector(`[data-group="${CSS.escape(name)}"]`);
  if (!name) return "none";
  if (line.querySelector("[data-rule-op]")) return group ? "choice" : TEXTS.has(name) ? "text" : "number";
  return TYPED.has(name) ? "text" : "choice";
}

function fit(line) {
  const kind = shape(line);
  const name = line.querySelector("[data-rule-field]").value;
  const op = line.querySelector("[data-rule-op]");
  const choice = line.querySelector("[data-rule-choice]");
  const text = line.querySelector("[data-rule-text]");
  if (op) {
    const fitting = OPS[kind] ?? [];
    for (const option of op.options) option.hidden = option.disabled = !fitting.includes(option.value);
    if (fitting.length && !fitting.includes(op.value)) op.value = fitting[0];
    op.hidden = kind === "none";
  }
  choice.hidden = kind !== "choice";
  text.hidden = kind === "choice" || kind === "none";
  for (const group of choice.querySelectorAll("optgroup")) {
    group.hidden = group.disabled = group.dataset.group !== name;
  }
  if (kind === "choice" && choice.selectedOptions[0]?.parentElement.dataset?.group !== name) choice.value = "";
  if (text.tagName === "TEXTAREA") text.rows = ["reply", "note"].includes(name) ? 4 : 1;
}

for (const list of document.querySelectorAll("[data-lines]")) {
  list.classList.add("rulelines--tidy");
  const add = list.parentElement.querySelector("[data-line-add]");
  const lines = () => [...list.querySelectorAll("[data-line]")];
  const shown = () => lines().filter((line) => !line.hidden);
  const look = () => (add.hidden = !lines().some((line) => line.hidden) && lines().length >= 20);
  for (const line of lines()) {
    if ("blank" in line.dataset) line.hidden = true;
  }
  if (!shown().length) lines()[0].hidden = false;
  list.addEventListener("change", (event) => {
    const line = event.target.closest("[data-line]");
    if (event.target.matches("[data-rule-field]")) fit(line);
  });
  list.addEventListener("click", (event) => {
    if (!event.target.closest("[data-line-drop]")) return;
    const line = event.target.closest("[data-line]");
    line.querySelector("[data-rule-field]").value = "";
    line.querySelector("[data-rule-text]").value = "";
    line.hidden = true;
    look();
    add.focus();
  });
  add.addEventListener("click", () => {
    const spare = lines().find((line) => line.hidden) ?? another(lines());
    spare.hidden = false;
    list.append(spare);
    fit(spare);
    spare.querySelector("[data-rule-field]").focus();
    look();
  });
  for (const line of lines()) {
    line.querySelector("[data-line-drop]").hidden = false;
    fit(line);
  }
  look();
}

function another(lines) {
  const made = lines.at(-1).cloneNode(true);
  const number = Math.max(...lines.map((line) => Number(line.querySelector("[name]").name.match(/\d+/)[0]))) + 1;
  for (const part of made.querySelectorAll("[name], [for], [id]")) {
    for (const key of ["name", "id", "for"]) {
      const old = part.getAttribute(key);
      if (old) part.setAttribute(key, old.replace(/\d+/, number));
    }
  }
  made.querySelector("[data-rule-field]").value = "";
  made.querySelector("[data-rule-text]").value = "";
  lines.at(-1).after(made);
  return made;
}

const events = document.querySelector("[data-rule-events]");
const kinds = [...document.querySelectorAll("[data-rule-kind]")];
const timing = () => (events.hidden = kinds.find((kind) => kind.checked)?.value === "automation");
kinds.forEach((kind) => kind.addEventListener("change", timing));
timing();
document.querySelector("#trial")?.scrollIntoView();
