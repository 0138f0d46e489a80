// Typed and not saved: kept in this browser at once, on the server every few seconds. The answer
// tells who else is writing and whether somebody saved a newer version meanwhile.

const LOCAL_DELAY = 300;
// Who types on without a pause is kept all the same.
const LOCAL_LATEST = 1000;
const SERVER_DELAY = 2500;
const HERE_EVERY = 10000;
const FIELDS = ["title", "body", "phrasings"];

export function drafting(form, { sync, state }) {
  const { dataset } = form;
  const key = () => `article:${dataset.draftKey}`;
  const values = () => Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
  const all = () => {
    const data = new FormData(form);
    data.delete("file");
    return data;
  };
  // What came back from a refused attempt is nowhere but here: it is unsaved.
  let saved = "typed" in dataset ? "" : JSON.stringify(values());
  let sent = saved;
  const changed = () => JSON.stringify(values()) !== saved;

  const store = (record) => {
    try {
      if (record) localStorage.setItem(key(), JSON.stringify(record));
      else localStorage.removeItem(key());
    } catch {
      // Without storage the server's draft remains.
    }
  };
  const stored = () => {
    try {
      return JSON.parse(localStorage.getItem(key()));
    } catch {
      return null;
    }
  };
  const keep = (leaving = false) =>
    store({ version: form.elements.version.value, values: values(), at: Date.now(), sent: leaving });

  const say = (text, kind = "") => {
    state.textContent = text;
    state.dataset.kind = kind;
  };
  const others = form.querySelector("[data-others]");
  const tell = (answer) => {
    const names = answer.others.join("、");
    others.textContent = names ? dataset.othersHere.replace("{}", names) : "";
    const newerBox = document.querySelector("[data-newer]");
    const newer = answer.version > Number(form.elements.version.value);
    newerBox.hidden = !newer;
    if (answer.saved_at) {
      const time = new Date(answer.saved_at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
      say(dataset.kept.replace("{}", time));
    }
  };

  // After signing in again in another window the old token is worth nothing; the page has a new one.
  const freshToken = async () => {
    const answer = await fetch(location.href, { redirect: "manual" });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("#editor [name=csrf_token]")?.value;
    if (token) form.elements.csrf_token.value = token;
    return Boolean(token);
  };

  const post = (data) =>
    fetch(dataset.draftUrl, { method: "POST", body: data, headers: { "HX-Request": "true" }, keepalive: false });

  let again = 0;
  const send = async (withText) => {
    clearTimeout(again);
    sync();
    const data = withText ? all() : new FormData();
    if (!withText) data.set("csrf_token", form.elements.csrf_token.value);
    const now = JSON.stringify(values());
    try {
      let answer = await post(data);
      if (answer.status === 400 && (await freshToken())) {
        data.set("csrf_token", form.elements.csrf_token.value);
        answer = await post(data);
      }
      if (answer.ok) {
        if (withText) sent = now;
        tell(await answer.json());
      } else if ([400, 401].includes(answer.status)) say(dataset.signedOut, "bad");
      else if (withText) say(dataset.keptHere, "bad");
    } catch {
      if (withText) say(dataset.offline, "bad");
    }
    again = setTimeout(beat, HERE_EVERY);
  };
  const beat = () => send(JSON.stringify(values()) !== sent && changed());

  let local = 0;
  let since = 0;
  let server = 0;
  const input = () => {
    clearTimeout(local);
    since ||= Date.now();
    const left = since + LOCAL_LATEST - Date.now();
    local = setTimeout(() => {
      since = 0;
      sync();
      if (changed()) {
        keep();
        if (!state.textContent) say(dataset.unsaved);
        if (!server) {
          server = setTimeout(() => {
            server = 0;
            if (changed()) send(true);
          }, SERVER_DELAY);
        }
      } else {
        store(null);
        say("");
      }
    }, Math.max(0, Math.min(LOCAL_DELAY, left)));
  };

  const offer = () => {
    const old = stored();
    if (!old?.values) return;
    if (old.sent && document.querySelector(".toast--success")) {
      store(null);
      return;
    }
    const same = FIELDS.every((name) => (old.values[name] ?? "") === form.elements[name].value);
    const server = document.querySelector("[data-draft-offer]");
    if (same) return;
    if (server && new Date(server.dataset.savedAt).getTime() + SERVER_DELAY >= (old.at ?? 0)) return;
    const box = document.querySelector("[data-local-offer]");
    box.querySelector("time").textContent = new Date(old.at ?? Date.now()).toLocaleString("zh-CN");
    box.querySelector("[data-local-stale]").hidden = old.version === dataset.version;
    box.hidden = false;
    if (server) server.hidden = true;
    box.querySelector("[data-local-restore]").addEventListener("click", () => {
      for (const name of FIELDS) form.elements[name].value = old.values[name] ?? "";
      // Begun from an older version: saving will show both, nobody's work is written over.
      form.elements.version.value = old.version;
      form.dispatchEvent(new CustomEvent("restored"));
      box.hidden = true;
      say(dataset.restored);
    });
    box.querySelector("[data-local-drop]").addEventListener("click", () => {
      store(null);
      box.hidden = true;
      if (server) server.hidden = false;
    });
  };

  if ("typed" in dataset) keep();
  else offer();
  again = setTimeout(beat, dataset.article ? 300 : HERE_EVERY);
  return {
    changed,
    input,
    keep,
    move(newKey) {
      const record = stored();
      store(null);
      dataset.draftKey = newKey;
      if (record) keep();
    },
    saved() {
      saved = JSON.stringify(values());
    },
  };
}
