// Writing on a ticket: an unsent text survives a closed tab, articles are inserted at the caret,
// Ctrl + Enter sends.

const keep = {
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value) localStorage.setItem(key, JSON.stringify(value));
      else localStorage.removeItem(key);
    } catch {
      // Without storage the text still lives in the page.
    }
  },
};

function composer(form) {
  const area = form.querySelector("[data-composer-text]");
  const status = form.querySelector("[data-draft-status]");
  const key = `draft:${form.dataset.composer}`;
  const kinds = form.elements.kind;

  const stored = keep.get(key);
  const arrived = stored?.sent && document.querySelector(".toast--success");
  if (arrived) keep.set(key, null);
  else if (stored?.text && !area.value) {
    area.value = stored.text;
    if (kinds && stored.kind) kinds.value = stored.kind;
    if (status) status.textContent = area.dataset.draftRestored;
  }

  const save = (sent) => {
    const text = area.value;
    keep.set(key, text.trim() ? { text, kind: kinds?.value, sent } : null);
  };
  form.addEventListener("input", () => save(false));
  form.addEventListener("submit", () => save(true));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  for (const button of document.querySelectorAll("[data-insert-url]")) button.hidden = false;
  // Also for the articles that are searched for later.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert-url]");
    if (button) {
      const title = button.dataset.insertTitle.replace(/[[\]\\]/g, "\\$&");
      const before = area.value.slice(0, area.selectionStart);
      const gap = before && !before.endsWith("\n") ? "\n" : "";
      area.setRangeText(
        `${gap}[${title}](${button.dataset.insertUrl})\n`,
        area.selectionStart,
        area.selectionEnd,
        "end",
      );
      area.focus();
      save(false);
    }
  });
}

document.querySelectorAll("[data-composer]").forEach(composer);
