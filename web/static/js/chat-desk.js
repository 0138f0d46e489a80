// The agents' console: every chat of mine is followed, one is shown; what is typed stays with
// its chat. Alt + ↑ / ↓ switches, Alt + N goes to the next one that waits.
import { ChatLine, newId } from "./chat-line.js";
import { appendRows, drafts, grows, nearEnd, refusal, sendFile, showPending, toEnd } from "./chat-parts.js";
import { alerts } from "./chat-alerts.js";
import { quickReplies } from "./chat-quick.js";
import { tools } from "./chat-tools.js";
import { isComposing } from "./typing.js";

const TYPING_EVERY = 3000;
const TYPING_SHOWN = 5000;
const LISTS_EVERY = 15000;
const LISTS_GAP = 700;
const LISTS_SOON = 4000;

const root = document.querySelector("[data-console]");
if (root) start(root);

function start(page) {
  const { csrf } = page.dataset;
  const me = Number(page.dataset.me);
  const box = page.querySelector("[data-panes]");
  const listsBox = page.querySelector("[data-lists-box]");
  const none = page.querySelector("[data-none]");
  const status = page.querySelector("[data-console-line]");
  const template = page.querySelector("template[data-pending]");
  const alarm = alerts(page.querySelector("[data-notify]"));
  const publics = new Map();
  const unread = new Map();
  let opened = page.dataset.opened;

  const paneOf = (pid) => box.querySelector(`[data-pane="${CSS.escape(pid)}"]`);
  const ask = (url, options = {}) =>
    fetch(url, { ...options, headers: { "HX-Request": "true", ...options.headers } });
  const post = (url, fields) =>
    fetch(url, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json", "X-CSRFToken": csrf },
    });

  const line = new ChatLine({
    key: page.dataset.key,
    keyUrl: "/desk/chats/key",
    newsUrl: (chat) => `/desk/chats/${publics.get(chat)}/news`,
    sayUrl: (chat) => `/desk/chats/${publics.get(chat)}/say`,
    csrf,
    store: `chat-desk-outbox:${me}`,
    onRows: take,
    onRefused(message) {
      const item = paneOf(publics.get(message.chat) ?? "")?.querySelector(
        `[data-cid="${CSS.escape(message.cid)}"]`,
      );
      item?.querySelector("[data-pending-state]")?.replaceChildren(refusal(message.code));
      item?.classList.add("said--refused");
    },
    onSign(sign) {
      const pane = paneOf(publics.get(sign.chat) ?? "");
      if (sign.what === "typing" && !sign.staff && pane) showTyping(pane);
    },
    onDesk: () => refresh(),
    onLine(up) {
      status.textContent = up ? "" : "网络不稳，正在重新连接…写的内容不会丢";
      if (up) refresh();
    },
  });

  function take(chat, rows) {
    const pid = publics.get(chat);
    const pane = paneOf(pid);
    const fromCustomer = rows.some((row) => row.side === "customer");
    if (pane) {
      const scroll = pane.querySelector("[data-scroll]");
      const follow = nearEnd(scroll);
      appendRows(pane.querySelector("[data-lines]"), rows);
      pane.querySelector("[data-typing]").hidden = true;
      if (follow) toEnd(scroll);
      // Who serves, or whether it has ended, is drawn by the server.
      if (rows.some((row) => row.side === "system")) redraw(pid);
    }
    const seen = pid === opened && !document.hidden;
    if (fromCustomer && seen) markRead(chat, pid, rows.at(-1).seq);
    if (fromCustomer && !seen) {
      unread.set(chat, (unread.get(chat) ?? 0) + rows.filter((row) => row.side === "customer").length);
      showUnread();
      alarm.ring(`${cardOf(pid)?.querySelector(".chat-card__name")?.textContent ?? "客户"}发来新消息`);
    }
    // The card says "unread" by itself; who waits how long may come a little later.
    if (fromCustomer) refreshWithin(LISTS_SOON);
  }

  const cardOf = (pid) => listsBox.querySelector(`[data-open="${CSS.escape(pid ?? "")}"]`);
  function showUnread() {
    let all = 0;
    for (const [chat, count] of unread) {
      all += count;
      const card = cardOf(publics.get(chat));
      if (!card) continue;
      let mark = card.querySelector("[data-unread]");
      if (!mark && count) {
        mark = document.createElement("span");
        mark.className = "chat-card__unread num";
        mark.dataset.unread = "";
        card.querySelector(".chat-card__top").append(mark);
      }
      if (mark) mark.textContent = count || "";
      if (!count) mark?.remove();
    }
    document.title = document.title.replace(/^\(\d+\) /, "");
    if (all) document.title = `(${all}) ${document.title}`;
  }
  function markRead(chat, pid, seq) {
    unread.delete(chat);
    cardOf(pid)?.querySelector("[data-unread]")?.remove();
    showUnread();
    line.sign(chat, "read", seq);
    post(`/desk/chats/${pid}/read`, { seq }).catch(() => null);
  }

  // Lists: fetched at most every LISTS_GAP, drawn only when they differ.
  let waitingBefore = Number(listsBox.querySelector("[data-lists]")?.dataset.waiting ?? 0);
  let listed = 0;
  let later = 0;
  let soon = 0;
  function refreshWithin(wait) {
    if (soon) return;
    soon = 1;
    clearTimeout(later);
    later = setTimeout(refresh, Math.random() * wait);
  }
  async function refresh() {
    clearTimeout(later);
    const wait = listed + LISTS_GAP - Date.now();
    if (wait > 0) {
      later = setTimeout(refresh, wait);
      return;
    }
    listed = Date.now();
    soon = 0;
    try {
      const answer = await ask("/desk/chats/lists");
      if (answer.ok) showLists(await answer.text());
    } catch {
      // The next look will tell.
    }
    later = setTimeout(refresh, LISTS_EVERY);
  }
  function showLists(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const next = holder.content.querySelector("[data-lists]");
    if (!next) return;
    const focused = document.activeElement?.closest?.("[data-open]")?.dataset.open;
    for (const group of next.querySelectorAll("[data-group]")) {
      const before = listsBox.querySelector(`[data-group="${CSS.escape(group.dataset.group)}"]`);
      if (before) group.open = before.open;
    }
    listsBox.replaceChildren(next);
    follow();
    mark();
    showUnread();
    if (focused) cardOf(focused)?.focus();
    const waiting = Number(next.dataset.waiting);
    if (waiting > waitingBefore) alarm.ring("有客户在排队");
    waitingBefore = waiting;
  }
  function follow() {
    for (const card of listsBox.querySelectorAll("[data-mine]")) {
      const chat = Number(card.dataset.id);
      publics.set(chat, card.dataset.open);
      if (!line.cursors.has(chat)) line.follow(chat, Number(card.dataset.last));
    }
  }
  function mark() {
    for (const card of listsBox.querySelectorAll("[data-open]")) {
      if (card.dataset.open === opened) card.setAttribute("aria-current", "page");
      else card.removeAttribute("aria-current");
    }
    page.classList.toggle("console--open", Boolean(opened));
  }

  async function open(pid, focus = true) {
    const before = opened;
    opened = pid;
    history.replaceState(null, "", pid ? `/desk/chats?chat=${encodeURIComponent(pid)}` : "/desk/chats");
    for (const pane of box.querySelectorAll("[data-pane]")) pane.hidden = pane.dataset.pane !== pid;
    none.hidden = Boolean(pid);
    mark();
    if (!pid) {
      if (before) cardOf(before)?.focus();
      return;
    }
    if (!paneOf(pid)) await redraw(pid);
    const pane = paneOf(pid);
    if (!pane || opened !== pid) return;
    toEnd(pane.querySelector("[data-scroll]"));
    markRead(Number(pane.dataset.id), pid, Number(pane.dataset.seq));
    if (focus) pane.querySelector("[data-text]")?.focus();
  }

  async function redraw(pid) {
    let html = "";
    try {
      const answer = await ask(`/desk/chats/${pid}/pane`);
      if (!answer.ok) return;
      html = await answer.text();
    } catch {
      return;
    }
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const next = holder.content.querySelector("[data-pane]");
    const old = paneOf(pid);
    const area = old?.querySelector("[data-text]");
    const had = area && document.activeElement === area;
    const caret = area?.selectionStart;
    next.hidden = pid !== opened;
    if (old) old.replaceWith(next);
    else box.append(next);
    setUp(next);
    toEnd(next.querySelector("[data-scroll]"));
    if (had) {
      const field = next.querySelector("[data-text]");
      field.focus();
      field.setSelectionRange(caret, caret);
    }
  }

  function setUp(pane) {
    const pid = pane.dataset.pane;
    const chat = Number(pane.dataset.id);
    publics.set(chat, pid);
    line.follow(chat, Number(pane.dataset.seq));
    const list = pane.querySelector("[data-lines]");
    for (const message of line.pending(chat)) showPending(list, template, message);
    const form = pane.querySelector("[data-say]");
    const area = pane.querySelector("[data-text]");
    area.value ||= drafts.get(`desk:${me}:${pid}`);
    const fit = grows(area);
    const quick = quickReplies(pane, area, page);
    let typedAt = 0;
    area.addEventListener("input", () => {
      drafts.set(`desk:${me}:${pid}`, area.value);
      quick.look();
      const loud = new FormData(form).get("kind") === "text";
      if (loud && Date.now() - typedAt > TYPING_EVERY) {
        typedAt = Date.now();
        line.sign(chat, "typing");
      }
    });
    area.addEventListener("keydown", (event) => {
      if (isComposing(event) || quick.key(event)) return;
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const body = area.value.trim();
      if (!body) return;
      const kind = new FormData(form).get("kind") ?? "whisper";
      area.value = "";
      drafts.set(`desk:${me}:${pid}`, "");
      fit();
      const message = line.say(chat, { body, kind });
      showPending(list, template, message);
      toEnd(pane.querySelector("[data-scroll]"));
    });
    const said = pane.querySelector("[data-line]");
    const give = async (files) => {
      for (const file of files) {
        said.textContent = `正在发送 ${file.name}…`;
        said.textContent = await sendFile(`/chat/${pid}/file`, file, csrf, newId());
      }
    };
    tools(form, area, { give });
    const picker = pane.querySelector("[data-file]");
    picker.addEventListener("change", () => give([...picker.files]).then(() => (picker.value = "")));
    area.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length) return;
      event.preventDefault();
      give(files);
    });
  }

  function showTyping(pane) {
    const typing = pane.querySelector("[data-typing]");
    typing.hidden = false;
    clearTimeout(typing.fading);
    typing.fading = setTimeout(() => (typing.hidden = true), TYPING_SHOWN);
  }

  listsBox.addEventListener("click", (event) => {
    const card = event.target.closest("[data-open]");
    if (!card || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    open(card.dataset.open);
  });
  box.addEventListener("click", async (event) => {
    if (event.target.closest("[data-back]")) {
      event.preventDefault();
      open("");
      return;
    }
    const pane = event.target.closest("[data-pane]");
    const insert = event.target.closest("[data-insert]");
    if (insert && pane) {
      const area = pane.querySelector("[data-text]");
      area.setRangeText(insert.dataset.insert, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
      area.focus();
      return;
    }
    const hints = event.target.closest("[data-hints]");
    if (hints && pane) showHints(pane, hints);
  });
  async function showHints(pane, button) {
    const into = pane.querySelector("[data-hints-box]");
    into.hidden = !into.hidden;
    button.setAttribute("aria-expanded", String(!into.hidden));
    if (into.hidden) return;
    into.textContent = "正在查…";
    try {
      const answer = await ask(`/desk/chats/${pane.dataset.pane}/hints`);
      into.innerHTML = answer.ok ? await answer.text() : "现在查不了，请稍后再试。";
    } catch {
      into.textContent = "现在查不了，请稍后再试。";
    }
  }
  box.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-deed]");
    if (!form) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const pid = form.closest("[data-pane]").dataset.pane;
    try {
      const answer = await post(form.action, data);
      status.textContent = answer.ok ? "" : ((await answer.json()).error ?? "没有成功，请刷新后再试。");
    } catch {
      status.textContent = "网络不通，请稍后再试。";
    }
    await redraw(pid);
    refresh();
  });

  const duty = page.querySelector("[data-duty]");
  duty.querySelector("[data-duty-save]").hidden = true;
  duty.addEventListener("change", async () => {
    const answer = await post(duty.action, new FormData(duty)).catch(() => null);
    status.textContent = answer?.ok ? "" : "状态没有保存，请再试一次。";
    refresh();
  });
  duty.addEventListener("submit", (event) => {
    event.preventDefault();
    duty.dispatchEvent(new Event("change"));
  });

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const cards = [...listsBox.querySelectorAll("[data-open]")].filter((card) => card.offsetParent);
    const at = cards.findIndex((card) => card.dataset.open === opened);
    let next = null;
    if (event.key === "ArrowDown") next = cards[(at + 1) % cards.length];
    else if (event.key === "ArrowUp") next = cards[(at - 1 + cards.length) % cards.length];
    else if (event.key.toLowerCase() === "n") {
      next = cards.find((card) => card.classList.contains("chat-card--waits") && card.dataset.open !== opened);
    } else return;
    event.preventDefault();
    if (next) open(next.dataset.open);
  });
  document.addEventListener("visibilitychange", () => {
    const pane = paneOf(opened);
    if (!document.hidden && pane) {
      const chat = Number(pane.dataset.id);
      markRead(chat, opened, line.cursors.get(chat) ?? 0);
    }
  });

  for (const pane of box.querySelectorAll("[data-pane]")) setUp(pane);
  follow();
  mark();
  if (opened) {
    const pane = paneOf(opened);
    if (pane) toEnd(pane.querySelector("[data-scroll]"));
    if (pane) markRead(Number(pane.dataset.id), opened, Number(pane.dataset.seq));
  }
  later = setTimeout(refresh, LISTS_EVERY);
}
