// The wall keeps itself up to date: at a nudge, and every ten seconds; only what differs is redrawn.
import { ChatLine } from "./chat-line.js";

const EVERY = 10000;
const GAP = 1000;

const wall = document.querySelector("[data-wall]");
const status = document.querySelector("[data-wall-line]");
let at = 0;
let later = 0;

function merge(now, next) {
  if (now.isEqualNode(next)) return;
  if (now.nodeName !== next.nodeName || now.childElementCount !== next.childElementCount || !now.childElementCount) {
    now.replaceWith(next);
    return;
  }
  for (const { name, value } of next.attributes) now.setAttribute(name, value);
  const olds = [...now.children];
  [...next.children].forEach((child, n) => merge(olds[n], child));
  if (now.textContent !== next.textContent) now.replaceWith(next);
}

async function refresh() {
  clearTimeout(later);
  const wait = at + GAP - Date.now();
  if (wait > 0) {
    later = setTimeout(refresh, wait);
    return;
  }
  at = Date.now();
  try {
    const answer = await fetch("/desk/wall/board", { headers: { "HX-Request": "true" } });
    status.textContent = answer.ok ? "" : "没有取到新的数字，稍后再试。";
    if (answer.ok) {
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      merge(wall.querySelector("[data-board]"), holder.content.querySelector("[data-board]"));
    }
  } catch {
    status.textContent = "网络不通，显示的是断线前的数字。";
  }
  later = setTimeout(refresh, EVERY);
}

new ChatLine({
  key: wall.dataset.key,
  keyUrl: "/desk/chats/key",
  store: "chat-wall",
  onRows() {},
  onLine: (up) => up && refresh(),
  onDesk: refresh,
});
later = setTimeout(refresh, EVERY);
