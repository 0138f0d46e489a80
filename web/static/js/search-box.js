// Makes every search box a combobox: answers while typing, recent and hot searches while it is
// empty, ↑ ↓ Home End Enter Esc. Without this file the box is a plain form.
import { forget, recent, remember } from "./recent.js";
import { isComposing, latest, onSettled } from "./typing.js";

const DELAY = 140;

// The searches of this browser as options, from the template beside the list.
function recentOptions(form) {
  const texts = recent();
  if (!texts.length) return null;
  const group = form.querySelector("template[data-recent]").content.cloneNode(true);
  const pattern = group.querySelector("a");
  for (const text of texts) {
    const option = pattern.cloneNode(true);
    option.href = `${form.action}?${new URLSearchParams({ q: text })}`;
    option.dataset.remember = text;
    option.querySelector("span").textContent = text;
    pattern.before(option);
  }
  pattern.remove();
  return group;
}

function combobox(form) {
  const input = form.querySelector("input[type=search]");
  const list = form.querySelector("[role=listbox]");
  const status = form.querySelector("[aria-live]");
  let options = [];
  let active = -1;
  let left = false;

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
    const own = input.value.trim() ? null : recentOptions(form);
    if (own) list.prepend(own);
    options = [...list.querySelectorAll("[role=option]")];
    active = -1;
    options.forEach((option, n) => {
      option.id = `${list.id}-${n}`;
      option.setAttribute("aria-selected", "false");
    });
    mark(-1);
    if (left || !options.length || document.activeElement !== input) return close();
    status.textContent = status.dataset.count.replace("{count}", options.length);
    open();
  };

  const answers = latest(form.dataset.searchBox, show);
  const look = () => answers.ask(input.value.trim(), "search");
  const stop = onSettled(input, DELAY, look);

  const leave = () => {
    left = true;
    stop();
    answers.drop();
    close();
  };

  const step = (by) => {
    if (list.hidden) return open();
    const around = options.length + 1;
    mark(((active + 1 + by + around) % around) - 1);
  };

  input.addEventListener("keydown", (event) => {
    if (isComposing(event)) return;
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
  input.addEventListener("focus", () => {
    left = false;
    if (input.value.trim()) open();
    else look();
  });
  // A box that has the focus already (a page opened on it) offers its searches when pressed.
  input.addEventListener("click", () => {
    if (list.hidden && !input.value.trim()) look();
  });
  // Pressing an option must not take the focus away before the click arrives.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && "forget" in option.dataset) {
      forget();
      look();
    } else if (option?.dataset.remember) remember(option.dataset.remember);
  });
  input.addEventListener("blur", leave);
  form.addEventListener("submit", () => {
    remember(input.value);
    leave();
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
