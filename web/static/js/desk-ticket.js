// One ticket: who else is here, drafts kept on the server, quick replies by "/", ten seconds
// to take a reply back.

const form = document.querySelector("[data-server-draft]");
const area = form?.querySelector("[data-composer-text]");
const token = form?.elements.csrf_token.value;
const banner = document.querySelector("[data-present]");
let typedAt = 0;

function send(url, values) {
  return fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": token },
    body: new URLSearchParams(values),
  });
}

// --- who else is here

async function beat() {
  if (!banner || document.hidden) return;
  try {
    const typing = Date.now() - typedAt < 15_000 ? "1" : "0";
    const answer = await send(banner.dataset.url, { typing });
    if (!answer.ok) return;
    tell(await answer.json());
  } catch {
    // The next beat may succeed.
  }
}

function tell(found) {
  const writing = found.present.filter((one) => one.typing);
  const names = (writing.length ? writing : found.present).map((one) => one.name).join("、");
  const word = writing.length ? banner.dataset.typing : banner.dataset.viewing;
  const lines = found.present.length ? [word.replace("{names}", names)] : [];
  if (found.messages > Number(banner.dataset.count)) lines.push(banner.dataset.new);
  banner.hidden = !lines.length;
  banner.querySelector("[data-present-text]").textContent = lines.join("；");
}

if (banner && form) {
  beat();
  setInterval(beat, 10_000);
}

// --- drafts on the server

let waiting = 0;
function keep() {
  const values = { kind: form.elements.kind.value, body: area.value };
  send(form.dataset.serverDraft, values).catch(() => {});
}

if (form) {
  const held = document.createElement("input");
  Object.assign(held, { type: "hidden", name: "held", value: "1" });
  form.append(held);
  form.addEventListener("input", () => {
    typedAt = Date.now();
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1_500);
  });
  form.addEventListener("submit", () => clearTimeout(waiting));
}

// --- quick replies

const list = document.createElement("ul");
list.className = "slash";
list.id = "slash";
list.setAttribute("role", "listbox");
list.hidden = true;
let offered = [];
let active = 0;
let asked = 0;

function slash() {
  const before = area.value.slice(0, area.selectionStart);
  return before.match(/(?:^|\s)\/([\p{L}\p{N}_-]{0,30})$/u);
}

function close() {
  list.hidden = true;
  offered = [];
  area.removeAttribute("aria-activedescendant");
}

function paint() {
  list.replaceChildren(
    ...offered.map((one, place) => {
      const item = document.createElement("li");
      item.id = `slash-${place}`;
      item.className = "slash__one";
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(place === active));
      const title = document.createElement("strong");
      title.textContent = one.title;
      const text = document.createElement("span");
      text.textContent = one.text.slice(0, 60);
      item.append(title, text);
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(place);
      });
      return item;
    }),
  );
  list.hidden = !offered.length;
  if (offered.length) area.setAttribute("aria-activedescendant", `slash-${active}`);
}

function choose(place) {
  const found = slash();
  const end = area.selectionStart;
  const start = found ? end - found[1].length - 1 : end;
  area.setRangeText(offered[place].text, start, end, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  close();
}

async function offer() {
  const found = slash();
  if (!found) return close();
  const turn = ++asked;
  const url = `${form.dataset.quickReplies}?q=${encodeURIComponent(found[1])}`;
  try {
    const answer = await fetch(url);
    if (!answer.ok || turn !== asked) return undefined;
    offered = await answer.json();
    active = 0;
    paint();
  } catch {
    close();
  }
  return undefined;
}

if (area) {
  area.after(list);
  area.setAttribute("aria-controls", "slash");
  area.addEventListener("input", (event) => { if (event.isTrusted) offer(); });
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      active = (active + step + offered.length) % offered.length;
      paint();
    } else if (event.key === "Enter" || event.key === "Tab") choose(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}

// --- ten seconds to take it back

for (const undo of document.querySelectorAll("[data-held-until]")) {
  const left = undo.querySelector("[data-held-left]");
  const until = Date.parse(undo.dataset.heldUntil);
  const timer = setInterval(() => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    left.textContent = seconds > 0 ? `（${seconds} 秒）` : "";
    if (seconds <= 0) {
      clearInterval(timer);
      undo.closest("li").remove();
    }
  }, 250);
}
