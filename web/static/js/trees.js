// Arranging a tree by drag and by Alt + arrow keys; every move is one of the page's own forms.

const KEYS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in" };
const EDGE = 0.3;
const says = document.querySelector("[data-tree-says]");
let held = null;
let target = null;

const board = () => document.querySelector("#tree");
const nodeOf = (element) => element?.closest?.("[data-node]");

function prepare() {
  document.querySelector("[data-tree-hint]")?.removeAttribute("hidden");
  board()?.classList.add("tree-board--drag");
}

function unmark() {
  for (const row of document.querySelectorAll(".node__row--before, .node__row--after, .node__row--inside")) {
    row.classList.remove("node__row--before", "node__row--after", "node__row--inside");
  }
  target = null;
}

// Where a drop at this height of a row would put the held node.
function aim(row, y) {
  const box = row.getBoundingClientRect();
  const share = (y - box.top) / box.height;
  if (share < EDGE) return "before";
  return share > 1 - EDGE ? "after" : "inside";
}

function place() {
  const { node, where } = target;
  if (where === "inside") return { parent: node.dataset.node, before: "" };
  const parent = node.parentElement.dataset.parent;
  if (where === "before") return { parent, before: node.dataset.node };
  let next = node.nextElementSibling;
  if (next === held) next = next.nextElementSibling;
  return { parent, before: next?.dataset.node ?? "" };
}

function drop() {
  const form = document.querySelector("#move");
  const { parent, before } = place();
  form.elements.parent_id.value = parent;
  form.elements.before_id.value = before;
  const address = form.dataset.move.replace("ID", held.dataset.node);
  remember(held, "[data-node-link]");
  window.htmx.ajax("POST", address, { source: form, values: Object.fromEntries(new FormData(form)), target: "#tree", swap: "outerHTML" });
}

let after = null;
function remember(node, selector) {
  after = { id: node.id, name: node.dataset.name, selector };
}

document.addEventListener("dragstart", (event) => {
  const node = nodeOf(event.target);
  if (!node || !board()?.contains(node)) return;
  held = node;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", node.dataset.name);
  node.classList.add("node--held");
});

document.addEventListener("dragover", (event) => {
  const row = held && event.target.closest?.(".node__row");
  unmark();
  const node = nodeOf(row);
  if (!row || !node || held.contains(node)) return;
  event.preventDefault();
  target = { node, where: aim(row, event.clientY) };
  row.classList.add(`node__row--${target.where}`);
});

document.addEventListener("drop", (event) => {
  if (!held || !target) return;
  event.preventDefault();
  drop();
  unmark();
});

document.addEventListener("dragend", () => {
  held?.classList.remove("node--held");
  held = null;
  unmark();
});

document.addEventListener("keydown", (event) => {
  const way = event.altKey && KEYS[event.key];
  const node = way && nodeOf(event.target);
  if (!node || !board()?.contains(node)) return;
  event.preventDefault();
  const button = node.querySelector(`:scope > .node__row [data-way="${way}"]`);
  if (!button || button.disabled) return;
  remember(node, event.target.matches("[data-node-link]") ? "[data-node-link]" : `[data-way="${way}"]`);
  button.form.requestSubmit(button);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-way]");
  if (button) remember(nodeOf(button), `[data-way="${button.dataset.way}"]`);
});

// A new tree took the place of the old one: the focus goes back to where it was.
document.addEventListener("htmx:afterSettle", () => {
  prepare();
  if (!after) return;
  const row = document.querySelector(`#${after.id} > .node__row`);
  const wanted = row?.querySelector(`${after.selector}:not([disabled])`) ?? row?.querySelector("[data-node-link]");
  wanted?.focus();
  if (says) says.textContent = says.dataset.treeSays.replace("{}", after.name);
  after = null;
});

prepare();
