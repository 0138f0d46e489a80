// The form of the look: a change shows itself in the preview after a moment; saving stays saving.

const form = document.querySelector("[data-look]");
const frame = document.querySelector("iframe[name='look-preview']");
const WAIT = 500;
let timer = 0;

function preview() {
  const data = new FormData(form);
  for (const name of ["logo", "favicon"]) data.delete(name);
  const sending = document.createElement("form");
  Object.assign(sending, { method: "post", action: form.dataset.preview, target: frame.name, hidden: true });
  for (const [name, value] of data) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    if (String(value).includes("\n")) {
      const area = document.createElement("textarea");
      Object.assign(area, { name, value });
      sending.append(area);
    } else sending.append(field);
  }
  document.body.append(sending);
  sending.submit();
  sending.remove();
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(preview, WAIT);
});

for (const picker of document.querySelectorAll("[data-colour-for]")) {
  const field = document.getElementById(picker.dataset.colourFor);
  picker.hidden = false;
  picker.addEventListener("input", () => {
    field.value = picker.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.addEventListener("input", () => {
    if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value;
  });
}

for (const asking of document.querySelectorAll("[data-confirm]")) {
  asking.addEventListener("submit", (event) => {
    if (!confirm(asking.dataset.confirm)) event.preventDefault();
  });
}
