// The article editor: preview while writing, unsaved work kept in this browser until the server
// has it, a warning before leaving. Without this file the preview opens by its button.
import { onSettled } from "./typing.js";

const DELAY = 350;
const FIELDS = ["title", "body", "phrasings"];

function editor(form) {
  const key = `article:${form.dataset.editor}`;
  const state = form.querySelector("[data-editor-state]");
  const area = form.elements.body;
  const values = () => Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
  // What came back from a refused attempt or an upload is nowhere but here: it is unsaved.
  const refused = "typed" in form.dataset;
  const server = refused ? "" : JSON.stringify(values());
  const changed = () => JSON.stringify(values()) !== server;
  let leaving = false;

  const store = (record) => {
    try {
      if (record) localStorage.setItem(key, JSON.stringify(record));
      else localStorage.removeItem(key);
    } catch {
      // Without storage the warning before leaving remains.
    }
  };
  const stored = () => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  };

  const keep = (sent = false) => {
    store({ version: form.dataset.version, values: values(), sent });
  };
  const preview = () => area.dispatchEvent(new CustomEvent("settled"));

  const old = stored();
  const arrived = old?.sent && document.querySelector(".toast--success");
  if (refused) {
    keep();
    addEventListener("load", preview);
  } else if (arrived) store(null);
  // A text kept from an older version is not laid over newer work: saving it would undo that.
  else if (old && old.version === form.dataset.version && old.values) {
    for (const name of FIELDS) form.elements[name].value = old.values[name] ?? "";
    if (changed()) {
      state.textContent = form.dataset.restored;
      addEventListener("load", preview);
    }
  }

  form.querySelector("[data-preview-button]").hidden = true;
  onSettled(area, DELAY, preview);
  form.addEventListener("input", () => {
    const dirty = changed();
    state.textContent = dirty ? form.dataset.unsaved : "";
    if (dirty) keep();
    else store(null);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget === "_blank") return;
    if (event.submitter && "upload" in event.submitter.dataset) {
      // The text travels along and comes back as it is.
      leaving = true;
      return;
    }
    const writes = ["save", "publish"].includes(event.submitter?.value ?? "save");
    if (!writes && changed() && !confirm(form.dataset.discard)) {
      event.preventDefault();
      return;
    }
    leaving = true;
    if (writes && changed()) keep(true);
  });
  addEventListener("beforeunload", (event) => {
    if (changed() && !leaving) event.preventDefault();
  });
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[value=save]"));
    }
  });
}

document.querySelectorAll("[data-editor]").forEach(editor);
