/* 问达: the help of one site inside another. One script tag; no cookie, nothing loaded before use.
   data-label, data-side (left|right), data-colour, data-query; data-passed (a signed token) or
   data-p_name … about the visitor; window.wenda.open(text), .close(), .pass(token).
   A conversation goes on over the pages of this tab: its address stays in sessionStorage here. */
(() => {
  "use strict";
  if (window.wenda) return;
  const script = document.currentScript;
  const chosen = __CHOSEN__;
  const home = new URL(script.src, location.href).origin;
  const data = script.dataset;
  const PLACE = "wenda:chat";
  const label = (data.label || chosen.label || "帮助").slice(0, 12);
  const side = (data.side || chosen.side) === "left" ? "left" : "right";
  const asked = data.colour || data.color || chosen.colour;
  const colour = /^#[0-9a-f]{6}$/i.test(asked || "") ? asked : "#0a6b58";
  const dark = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0) < 0.18;

  const CSS = `
    :host { all: initial !important; position: fixed !important; inset: auto ${side === "right" ? "20px" : "auto"} 20px ${side === "left" ? "20px" : "auto"} !important; z-index: 2147483000 !important; display: block !important; }
    * { box-sizing: border-box; }
    button { all: unset; box-sizing: border-box; cursor: pointer; font: 600 15px/1.4 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif; }
    .face { display: inline-flex; gap: 8px; align-items: center; min-height: 48px; padding: 0 20px; border-radius: 999px; background: ${colour}; color: ${dark ? "#fff" : "#10201b"}; box-shadow: 0 6px 24px rgb(0 0 0 / 22%); }
    .face svg { width: 20px; height: 20px; fill: none; stroke: currentcolor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
    button:focus-visible { outline: 3px solid ${colour}; outline-offset: 3px; }
    .panel { position: fixed; ${side}: 20px; bottom: 84px; display: flex; flex-direction: column; width: 400px; max-width: calc(100vw - 40px); height: min(640px, calc(100vh - 110px)); overflow: hidden; border: 1px solid rgb(0 0 0 / 12%); border-radius: 16px; background: #fff; box-shadow: 0 16px 48px rgb(0 0 0 / 24%); }
    .panel[hidden], .shut[hidden] { display: none; }
    iframe { flex: 1; width: 100%; border: 0; background: #fff; color-scheme: light dark; }
    .shut { display: none; }
    @media (prefers-color-scheme: dark) { .panel, iframe { background: #161e1b; } }
    @media (max-width: 480px) {
      .panel { inset: 0; width: 100vw; max-width: none; height: 100vh; height: 100dvh; border: 0; border-radius: 0; }
      .shut { position: fixed; z-index: 1; top: 8px; right: 8px; display: grid; place-items: center; width: 44px; height: 44px; border-radius: 999px; background: rgb(0 0 0 / 55%); color: #fff; font-size: 22px; }
    }
    @media print { :host { display: none !important; } }`;

  const host = document.createElement("wenda-help");
  const root = host.attachShadow({ mode: "closed" });
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = document.createElement("style");
    style.textContent = CSS;
    root.append(style);
  }

  const face = document.createElement("button");
  face.type = "button";
  face.className = "face";
  face.setAttribute("aria-expanded", "false");
  face.setAttribute("aria-controls", "panel");
  face.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17z M9.5 9.5a2.6 2.6 0 1 1 3.6 2.4c-.8.4-1.1.9-1.1 1.8 M12 16.8v.1"/></svg>';
  face.append(document.createTextNode(begun() ? "继续咨询" : label));

  const panel = document.createElement("div");
  panel.id = "panel";
  panel.className = "panel";
  panel.hidden = true;
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", label);
  const shut = document.createElement("button");
  shut.type = "button";
  shut.className = "shut";
  shut.textContent = "×";
  shut.setAttribute("aria-label", "关闭" + label);
  panel.append(shut);
  root.append(face, panel);
  let frame = null;
  let pages = 0; // shown in the frame so far
  let token = data.passed || "";

  // Where a conversation of this tab is; "" when there is none, or nothing may be stored.
  function begun() {
    try {
      const at = sessionStorage.getItem(PLACE) || "";
      return /^\/[\w/.~%-]*\/chat\/[\w.~%-]+\/[\w-]+$/.test(at) && !at.includes("//") ? at : "";
    } catch {
      return "";
    }
  }

  function remember(at) {
    try {
      if (at) sessionStorage.setItem(PLACE, at);
      else sessionStorage.removeItem(PLACE);
    } catch { /* a browser that stores nothing: the next page begins anew */ }
  }

  function address(text) {
    const found = new URL("/embed", home);
    if (text) found.searchParams.set("q", text);
    if (token) found.searchParams.set("passed", token);
    for (const [name, value] of Object.entries(data)) if (name.startsWith("p_")) found.searchParams.set(name, value);
    return found.href;
  }

  // Who the visitor is may be known only after the page was loaded; a panel in use is left alone.
  function pass(text) {
    token = String(text || "");
    if (!token) remember(""); // signed out: the next person must not go on with it
    if (!frame || !panel.hidden || (token && pages > 1)) return;
    frame.remove();
    frame = null;
  }

  function open(text) {
    const wanted = typeof text === "string" ? text : data.query || "";
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = label;
      pages = 0;
      frame.addEventListener("load", () => { pages += 1; });
      const talk = typeof text === "string" ? "" : begun();
      // One that cannot be shown any more is not tried again; one that is shown says so.
      remember("");
      frame.src = talk ? home + talk : address(wanted);
      panel.append(frame);
    } else if (typeof text === "string") frame.src = address(text);
    panel.hidden = false;
    face.setAttribute("aria-expanded", "true");
    frame.focus();
  }

  function close() {
    if (panel.hidden) return;
    panel.hidden = true;
    face.setAttribute("aria-expanded", "false");
    face.focus();
  }

  face.addEventListener("click", () => (panel.hidden ? open() : close()));
  shut.addEventListener("click", close);
  root.addEventListener("keydown", (event) => event.key === "Escape" && close());
  addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home) return;
    if (event.data === "wenda:close") close();
    else if (event.data?.wenda === "chat") remember(String(event.data.at));
  });
  const show = () => {
    document.body.append(host);
    // In the top layer no transform of the page around it moves the panel.
    if (host.showPopover) {
      host.popover = "manual";
      host.showPopover();
    }
  };
  if (document.body) show();
  else document.addEventListener("DOMContentLoaded", show);
  window.wenda = { open, close, pass };
})();
