// The customer's page of a chat.
import { ChatLine, newId } from "./chat-line.js";
import { appendRows, drafts, grows, nearEnd, refusal, sendFile, showPending, toEnd } from "./chat-parts.js";
import { tools } from "./chat-tools.js";
import { visits } from "./chat-visits.js";
import { isComposing } from "./typing.js";

const TYPING_EVERY = 3000;
const TYPING_SHOWN = 5000;
const STANDS_EVERY = 10000;

const root = document.querySelector("[data-chat]");
if (root) start(root);

function start(page) {
  const chat = Number(page.dataset.chat);
  const base = page.dataset.base ?? `/chat/${page.dataset.public}`;
  const { csrf } = page.dataset;
  const list = page.querySelector("[data-lines]");
  const scroll = page.querySelector("[data-scroll]");
  const template = page.querySelector("template[data-pending]");
  const standing = page.querySelector("[data-standing]");
  const status = page.querySelector("[data-line]");
  const form = page.querySelector("[data-say]");
  const area = page.querySelector("[data-text]");
  const post = (tail, fields) =>
    fetch(`${base}/${tail}`, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json", "X-CSRFToken": csrf },
    });

  toEnd(scroll);
  const state = () => standing.querySelector("[data-stands]")?.dataset.state;
  const stand = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const next = holder.content.querySelector("[data-stands]");
    const now = standing.querySelector("[data-stands]");
    if (!next || next.dataset.key === now?.dataset.key) return;
    // What is typed into a form here is worth more than a newer number above it.
    if (next.dataset.state === now?.dataset.state && now?.contains(document.activeElement)) return;
    standing.replaceChildren(next);
    const over = next.dataset.state === "ended";
    page.querySelector("[data-person]")?.toggleAttribute("hidden", next.dataset.state !== "robot");
    page.querySelector("[data-end]")?.toggleAttribute("hidden", over);
    if (over && form && !line.pending(chat).length) form.hidden = true;
    toEnd(scroll);
  };
  const lookAt = async () => {
    try {
      const answer = await fetch(`${base}/news?after=${line.cursors.get(chat)}`, {
        headers: { Accept: "application/json" },
      });
      if (answer.ok) stand((await answer.json()).stands);
    } catch {
      // The next look will tell.
    }
  };

  const line = new ChatLine({
    key: page.dataset.key,
    keyUrl: `${base}/key`,
    newsUrl: () => `${base}/news`,
    sayUrl: () => `${base}/say`,
    csrf,
    store: `chat-outbox:${page.dataset.public}`,
    onRows(_chat, found) {
      // In a frame of another site files lie under the frame's own address.
      const { files } = page.dataset;
      const rows = files
        ? found.map((row) => ({ ...row, html: row.html.replaceAll('"/chat/files/', `"${files}`) }))
        : found;
      const follow = nearEnd(scroll);
      appendRows(list, rows);
      hideTyping();
      if (follow) toEnd(scroll);
      if (rows.some((row) => row.side === "system" || row.side === "robot")) lookAt();
    },
    onAsked(_chat, found) {
      stand(found.stands);
    },
    onRefused(message) {
      const item = list.querySelector(`[data-cid="${CSS.escape(message.cid)}"]`);
      item?.querySelector("[data-pending-state]")?.replaceChildren(refusal(message.code));
      item?.classList.add("said--refused");
      // Not stored: it goes back to where it was typed.
      if (area && !area.value.trim()) area.value = message.body;
      lookAt();
    },
    onSign(sign) {
      if (sign.what === "typing") showTyping(sign.name);
      if (sign.what === "read") markRead(sign.seq);
    },
    onLine(up) {
      status.textContent = up ? "" : "网络不稳，正在重新连接…您写的内容不会丢";
    },
  });
  line.follow(chat, Number(page.dataset.seq));
  for (const message of line.pending(chat)) showPending(list, template, message);
  setInterval(() => {
    if (line.up && state() === "waiting" && !document.hidden) lookAt();
  }, STANDS_EVERY);

  const typing = page.querySelector("[data-typing]");
  let fading = 0;
  function hideTyping() {
    typing.hidden = true;
  }
  function showTyping(name) {
    typing.querySelector("[data-typing-name]").textContent = name || "客服";
    typing.hidden = false;
    if (nearEnd(scroll)) toEnd(scroll);
    clearTimeout(fading);
    fading = setTimeout(hideTyping, TYPING_SHOWN);
  }
  function markRead(seq) {
    const mine = [...list.querySelectorAll(".said--customer[data-seq]")];
    const last = mine.filter((item) => Number(item.dataset.seq) <= seq).pop();
    list.querySelector(".said--read")?.classList.remove("said--read");
    last?.classList.add("said--read");
  }
  markRead(Number(page.dataset.read));

  const say = (body, pick = "") => {
    const message = line.say(chat, pick ? { body, pick } : { body });
    showPending(list, template, message);
    toEnd(scroll);
  };

  list.addEventListener("click", async (event) => {
    const pick = event.target.closest("[data-pick]");
    if (pick) {
      event.preventDefault();
      say(pick.dataset.pickText, pick.dataset.pick);
      return;
    }
    const button = event.target.closest("[data-useful]");
    if (!button) return;
    event.preventDefault();
    const answer = await post("useful", { seq: button.dataset.of, useful: button.dataset.useful });
    if (!answer.ok) return;
    for (const other of button.parentElement.querySelectorAll("[data-useful]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
  });

  page.querySelector("[data-person]")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await post("person", {}).catch(() => null);
    if (answer?.ok) lookAt();
    else event.target.submit();
  });

  if (page.hasAttribute("data-visits")) {
    visits((pages) => {
      const fields = new URLSearchParams();
      for (const { path, title } of pages) {
        fields.append("path", path);
        fields.append("title", title);
      }
      fetch("/chat/visit", { method: "POST", body: fields, headers: { "X-CSRFToken": csrf } }).catch(() => null);
    });
  }
  if (!form) return;
  area.value ||= drafts.get(page.dataset.public);
  const fit = grows(area);
  let typedAt = 0;
  area.addEventListener("input", () => {
    drafts.set(page.dataset.public, area.value);
    if (Date.now() - typedAt > TYPING_EVERY && state() === "active") {
      typedAt = Date.now();
      line.sign(chat, "typing");
    }
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = area.value.trim();
    if (!body) return;
    area.value = "";
    drafts.set(page.dataset.public, "");
    fit();
    say(body);
    area.focus();
  });

  const clip = page.querySelector("[data-clip]");
  if (!clip) {
    tools(form, area, {});
    return;
  }
  const picker = page.querySelector("[data-file]");
  clip.hidden = false;
  const give = async (files) => {
    for (const file of files) {
      status.textContent = `正在发送 ${file.name}…`;
      status.textContent = await sendFile(`${base}/file`, file, csrf, newId());
    }
  };
  const place = async (where) => {
    const answer = await post("place", { ...where, client_id: newId() }).catch(() => null);
    return answer?.ok ? "" : "位置没有发出，请再试一次。";
  };
  tools(form, area, { give, place });
  picker.addEventListener("change", () => give([...picker.files]).then(() => (picker.value = "")));
  area.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    give(files);
  });
}
