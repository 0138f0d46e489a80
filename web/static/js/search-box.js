// Makes every search box a combobox: answers while typing, ↑ ↓ Enter Esc. Without this file the
// box is a plain form.
import { latest, onSettled } from "./typing.js";

const DELAY = 140;

function combobox(form) {
  const input = form.querySelector("input[type=search]");
  const list = form.querySelector("[role=listbox]");
  const status = form.querySelector("[aria-live]");
  let options = [];
  let active = -1;

  const mark = (index) => {
    options[active]?.setAttribute("aria-selected", "false");
    active = index;
    const option = options[active];
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", option.id);
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };

  const close = () => {
    mark(-1);
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  };

  const open = () => {
    if (!options.length) return;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };

  const show = (html) => {
    list.innerHTML = html;
    options = [...list.querySelectorAll("[role=option]")];
    active = -1;
    options.forEach((option, n) => {
      option.id = `${list.id}-${n}`;
      option.setAttribute("aria-selected", "false");
    });
    mark(-1);
    if (!options.length || document.activeElement !== input) return close();
    status.textContent = status.dataset.count.replace("{count}", options.length);
    open();
  };

  const answers = latest(form.dataset.searchBox, show);
  const stop = onSettled(input, DELAY, () => {
    const text = input.value.trim();
    if (text) answers.ask(text, "search");
    else {
      answers.drop();
      show("");
    }
  });

  const step = (by) => {
    if (list.hidden) return open();
    const around = options.length + 1;
    mark(((active + 1 + by + around) % around) - 1);
  };

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !list.hidden && options[active]) {
      event.preventDefault();
      options[active].click();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("focus", open);
  // Pressing an option must not take the focus away before the click arrives.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  input.addEventListener("blur", close);
  form.addEventListener("submit", () => {
    stop();
    answers.drop();
    close();
  });

  for (const [name, value] of [
    ["role", "combobox"],
    ["aria-expanded", "false"],
    ["aria-controls", list.id],
    ["aria-autocomplete", "list"],
    ["aria-haspopup", "listbox"],
  ]) {
    input.setAttribute(name, value);
  }
}

document.querySelectorAll("[data-search-box]").forEach(combobox);
