// What the customer's page and the agents' console do alike: lines, drafts, files, growing fields.

export function appendRows(list, rows) {
  for (const row of rows) {
    const known = list.querySelector(`:scope > [data-seq="${row.seq}"]`);
    list.querySelector(`:scope > [data-cid="${CSS.escape(row.cid)}"]`)?.remove();
    if (known) continue;
    const holder = document.createElement("template");
    holder.innerHTML = row.html;
    const item = holder.content.firstElementChild;
    item.dataset.by = row.by ?? "";
    const pending = list.querySelector(":scope > .said--pending");
    list.insertBefore(item, pending);
  }
}

export function showPending(list, template, message, state = "") {
  if (list.querySelector(`:scope > [data-cid="${CSS.escape(message.cid)}"]`)) return;
  const item = template.content.firstElementChild.cloneNode(true);
  item.dataset.cid = message.cid;
  item.querySelector("[data-pending-text]").textContent = message.body;
  if (state) item.querySelector("[data-pending-state]").textContent = state;
  list.append(item);
}

export function nearEnd(box) {
  return box.scrollHeight - box.scrollTop - box.clientHeight < 120;
}

export function toEnd(box) {
  box.scrollTop = box.scrollHeight;
}

export function grows(area) {
  const fit = () => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 180)}px`;
  };
  area.addEventListener("input", fit);
  fit();
  return fit;
}

export const drafts = {
  get(key) {
    try {
      return localStorage.getItem(`chat-draft:${key}`) ?? "";
    } catch {
      return "";
    }
  },
  set(key, text) {
    try {
      if (text.trim()) localStorage.setItem(`chat-draft:${key}`, text);
      else localStorage.removeItem(`chat-draft:${key}`);
    } catch {
      // Without storage the text still lives in the field.
    }
  },
};

export async function sendFile(url, file, csrf, clientId) {
  const data = new FormData();
  const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  data.set("file", file, file.name && file.name !== "image.png" ? file.name : `截图-${stamp}.png`);
  data.set("client_id", clientId);
  try {
    const answer = await fetch(url, {
      method: "POST",
      body: data,
      headers: { Accept: "application/json", "X-CSRFToken": csrf },
    });
    const found = await answer.json();
    return answer.ok ? "" : (found.error ?? "文件没有发出，请再试一次。");
  } catch {
    return "网络不通，文件没有发出，请再试一次。";
  }
}

export const REFUSALS = {
  ended: "会话已经结束，这条没有发出",
  flood: "发得太快了，这条没有发出",
  too_long: "太长了，这条没有发出",
  not_yours: "不是您接待的会话，这条没有发出",
};
export const refusal = (code) => REFUSALS[code] ?? (code?.length > 12 ? code : "没有发出");
