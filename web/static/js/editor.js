// The article editor: rich or plain, with drafts that outlive the browser, pictures by paste and
// drop, and its keys. Without this file the text field and the preview button remain.
import { drafting } from "./editor-draft.js";
import { uploads } from "./editor-files.js";
import { openRich } from "./editor-rich.js";
import { pasteAgain } from "./editor-guard.js";
import { hasStructure, isWord, pictures, toMarkdown } from "./paste-html.js";
import { onSettled } from "./typing.js";

const DELAY = 350;
const MODE = "editor-mode";

function remembered() {
  try {
    return localStorage.getItem(MODE) ?? "wysiwyg";
  } catch {
    return "wysiwyg";
  }
}

function editor(form) {
  const area = form.elements.body;
  const host = form.querySelector("[data-rich]");
  const split = form.querySelector("[data-split]");
  const note = form.querySelector("[data-mode-note]");
  const buttons = [...form.querySelectorAll("[data-mode]")];
  let rich = null;
  const sync = () => {
    if (rich) area.value = rich.text();
  };
  const preview = () => area.dispatchEvent(new CustomEvent("settled"));
  const drafts = drafting(form, { sync, state: form.querySelector("[data-editor-state]") });

  const insert = (markdown) => {
    if (rich) {
      rich.focus();
      rich.insert(markdown);
    } else {
      area.focus();
      area.setRangeText(markdown, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
    drafts.input();
  };

  // A picture needs an article to lie with: a new one is made the draft it will be anyway.
  const articleUrl = async () => {
    if (form.dataset.uploadUrl) return form.dataset.uploadUrl;
    sync();
    if (!form.elements.title.reportValidity()) return null;
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) {
      form.querySelector("[data-editor-state]").textContent = form.dataset.needsTitle;
      return null;
    }
    const made = await answer.json();
    form.setAttribute("action", made.save_url);
    form.dataset.uploadUrl = made.upload_url;
    form.dataset.draftUrl = made.draft_url;
    form.dataset.article = made.id;
    form.elements.version.value = made.version;
    drafts.move(String(made.id));
    drafts.saved();
    history.replaceState(null, "", made.url);
    return made.upload_url;
  };
  const send = uploads(form, { insert, articleUrl });

  const show = async (mode, byHand) => {
    sync();
    rich?.close();
    rich = null;
    note.hidden = true;
    const wantsRich = mode !== "split";
    host.hidden = !wantsRich;
    split.hidden = wantsRich;
    host.toggleAttribute("aria-busy", wantsRich);
    if (wantsRich) {
      try {
        rich = await openRich(host, area, { mode, onInput: drafts.input, onFiles: send, label: form.dataset.bodyLabel });
        note.hidden = rich !== null;
        note.textContent = note.dataset.unfaithful;
      } catch {
        note.hidden = false;
        note.textContent = note.dataset.missing;
      }
    }
    host.removeAttribute("aria-busy");
    host.hidden = !rich;
    split.hidden = rich !== null;
    area.required = !rich && area.dataset.needed === "1";
    if (!rich) preview();
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === (rich ? mode : "split")));
    }
    if (byHand) {
      try {
        localStorage.setItem(MODE, mode);
      } catch {
        // The choice lasts as long as the page.
      }
      (rich ?? area).focus();
    }
    form.dataset.ready = "1";
  };
  form.querySelector("[data-modes]").hidden = false;
  for (const button of buttons) button.addEventListener("click", () => show(button.dataset.mode, true));

  form.querySelector("[data-preview-button]").hidden = true;
  onSettled(area, DELAY, preview);
  form.addEventListener("input", drafts.input);
  form.addEventListener("restored", () => (rich ? rich.set(area.value) : preview()));
  form.addEventListener("files-changed", () => {
    const list = document.getElementById("file-list");
    if (list && window.htmx) window.htmx.ajax("GET", `${form.dataset.uploadUrl}`, { target: list, swap: "outerHTML" });
  });

  // Before the rich editor: it knows nothing of Word's lists.
  const pasted = (event) => {
    const inText = event.target === area || host.contains(event.target);
    const data = event.clipboardData;
    if (!inText || !data) return;
    const html = data.getData("text/html");
    const files = [...data.files];
    const word = html && isWord(html);
    if (files.length && !word) {
      event.preventDefault();
      event.stopImmediatePropagation();
      send(files);
    } else if (word || (html && event.target === area && hasStructure(html))) {
      event.preventDefault();
      event.stopImmediatePropagation();
      insert(toMarkdown(html));
      const found = pictures(data.getData("text/rtf"));
      if (found.length) send(found);
    } else if (html && host.contains(event.target)) pasteAgain(event, html);
  };
  form.addEventListener("paste", pasted, true);
  form.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
  form.addEventListener(
    "drop",
    (event) => {
      if (!event.dataTransfer.files.length || event.target.type === "file") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      send(event.dataTransfer.files);
    },
    true,
  );

  let leaving = false;
  form.addEventListener("submit", (event) => {
    sync();
    if (event.submitter?.formTarget === "_blank") return;
    if (event.submitter && "upload" in event.submitter.dataset) {
      // The text travels along and comes back as it is.
      leaving = true;
      return;
    }
    const writes = ["save", "publish", "submit"].includes(event.submitter?.value ?? "save");
    if (!writes && drafts.changed() && !confirm(form.dataset.discard)) {
      event.preventDefault();
      return;
    }
    leaving = true;
    if (writes && drafts.changed()) drafts.keep(true);
  });
  addEventListener("beforeunload", (event) => {
    sync();
    if (drafts.changed() && !leaving) event.preventDefault();
  });
  addEventListener("pageshow", () => (leaving = false));
  // Captured: the rich editor keeps some keys for itself.
  addEventListener(
    "keydown",
    (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const wanted = { s: "button[value=save]", enter: "[data-finish]" }[event.key.toLowerCase()];
      if (!wanted) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      form.requestSubmit(form.querySelector(wanted) ?? form.querySelector("button[value=save]"));
    },
    true,
  );
  show(remembered(), false);
}

document.querySelectorAll("[data-editor]").forEach(editor);
