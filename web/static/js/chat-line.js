// The line to the server: a socket, and asking again and again while there is none. What was
// typed waits in this browser until the server has stored it; sent twice it is stored once.

const FIRST_WAIT = 300;
const LONGEST_WAIT = 4000;
const ASK_EVERY = 2500;
const ASK_HIDDEN = 10000;
const WATCH_EVERY = 2000;
// A line that says nothing for so long, or owes an answer, is asked whether it still stands.
const QUIET = 20000;
const OWES = 4000;
const ANSWER_WITHIN = 6000;
const NOT_YOU = 4401;

// After a restart everybody comes back: not all in the same moment.
const spread = (wait) => wait * (0.5 + Math.random() / 2);

export const newId = () =>
  crypto.randomUUID?.() ?? `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 14)}`;

export class ChatLine {
  // options: key, keyUrl, newsUrl(chat), sayUrl(chat), csrf, store; onRows, onAsked, onSent,
  // onRefused, onSign, onDesk, onLine
  constructor(options) {
    Object.assign(this, options);
    this.cursors = new Map();
    this.outbox = this.#stored();
    this.tries = 0;
    this.socket = null;
    this.up = false;
    this.askWait = ASK_EVERY;
    this.heardAt = this.probedAt = 0;
    const look = () => (this.up ? this.#probe() : this.#connect());
    addEventListener("online", look);
    document.addEventListener("visibilitychange", () => document.hidden || look());
    setInterval(() => this.#watch(), WATCH_EVERY);
    this.#connect();
    this.#ask();
  }

  follow(chat, after) {
    this.cursors.set(chat, after);
    this.#tell({ t: "from", chat, after });
  }

  leave(chat) {
    this.cursors.delete(chat);
  }

  say(chat, words) {
    const message = { chat, cid: newId(), at: Date.now(), ...words };
    this.outbox.push(message);
    this.#keep();
    if (this.up) this.#tell({ t: "say", ...message });
    else this.#post();
    return message;
  }

  sign(chat, what, seq) {
    this.#tell({ t: what, chat, seq });
  }

  pending(chat) {
    return this.outbox.filter((message) => message.chat === chat);
  }

  // Rows from wherever they come: what is known already is left out, a gap is asked for again.
  #take(chat, after, upto, rows) {
    const cursor = this.cursors.get(chat);
    if (cursor === undefined) return;
    if (after > cursor) {
      this.follow(chat, cursor);
      return;
    }
    const fresh = rows.filter((row) => row.seq > cursor);
    for (const row of fresh) this.#done(row.cid);
    this.cursors.set(chat, Math.max(cursor, upto));
    if (fresh.length) this.onRows(chat, fresh);
  }

  #done(cid) {
    const before = this.outbox.length;
    this.outbox = this.outbox.filter((message) => message.cid !== cid);
    if (this.outbox.length !== before) this.#keep();
  }

  #connect() {
    if (this.up || this.connecting) return;
    this.connecting = true;
    clearTimeout(this.again);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    // The key as a second protocol: addresses end up in logs.
    const socket = new WebSocket(`${scheme}://${location.host}/chat/socket`, ["wenda.chat", this.key]);
    this.socket = socket;
    socket.onmessage = ({ data }) => this.#heard(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lost(code);
  }

  async #lost(code) {
    this.connecting = false;
    if (this.up) {
      this.onLine(false);
      clearTimeout(this.asking);
      this.asking = setTimeout(() => this.#ask(), spread(ASK_EVERY));
    }
    this.up = false;
    if (code === NOT_YOU && this.tries > 0) await this.#freshKey();
    this.tries += 1;
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(this.tries - 1, 6));
    clearTimeout(this.again);
    this.again = setTimeout(() => this.#connect(), spread(wait));
  }

  // A cut network closes nothing: only silence tells that the other end is gone.
  #watch() {
    if (!this.up) return;
    const quiet = Date.now() - this.heardAt;
    if (this.probedAt && Date.now() - this.probedAt > ANSWER_WITHIN) this.#drop();
    else if (quiet > (this.outbox.length ? OWES : QUIET)) this.#probe();
  }

  #probe() {
    if (this.probedAt) return;
    this.probedAt = Date.now();
    this.#tell({ t: "here" });
  }

  #drop() {
    this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.#lost(0);
  }

  async #freshKey() {
    try {
      const answer = await fetch(this.keyUrl, { headers: { Accept: "application/json" } });
      if (answer.ok) this.key = (await answer.json()).key;
    } catch {
      // Without a network there is nothing to fetch; the next try asks again.
    }
  }

  #heard(words) {
    this.heardAt = Date.now();
    this.probedAt = 0;
    if (words.t === "hello") {
      this.connecting = false;
      this.up = true;
      this.tries = 0;
      this.onLine(true);
      for (const [chat, after] of this.cursors) this.#tell({ t: "from", chat, after });
      for (const message of this.outbox) this.#tell({ t: "say", ...message });
      return;
    }
    if (words.t === "rows") this.#take(words.chat, words.after, words.upto, words.rows);
    else if (words.t === "ack") {
      this.#done(words.cid);
      this.onSent?.(words);
    } else if (words.t === "no") this.#refused(words.cid, words.code, words.chat);
    else if (words.t === "sign") this.onSign?.(words);
    else if (words.t === "desk") this.onDesk?.();
  }

  #refused(cid, code, chat) {
    const message = this.outbox.find((each) => each.cid === cid);
    this.#done(cid);
    if (message) this.onRefused?.({ ...message, chat: chat ?? message.chat, code });
  }

  #tell(words) {
    if (this.socket?.readyState === WebSocket.OPEN && this.up) this.socket.send(JSON.stringify(words));
  }

  // Without a socket: one after the other, so that order is kept.
  async #post() {
    if (this.posting || this.up) return;
    this.posting = true;
    try {
      while (this.outbox.length && !this.up) {
        const message = this.outbox[0];
        const data = new URLSearchParams({ client_id: message.cid, body: message.body });
        if (message.kind) data.set("kind", message.kind);
        if (message.pick) data.set("pick", message.pick);
        const answer = await fetch(this.sayUrl(message.chat), {
          method: "POST",
          body: data,
          headers: { Accept: "application/json", "X-CSRFToken": this.csrf },
        });
        if (answer.ok) {
          this.#done(message.cid);
          this.onSent?.({ chat: message.chat, cid: message.cid, seq: (await answer.json()).seq });
        } else if (answer.status === 422) {
          this.#refused(message.cid, (await answer.json()).error, message.chat);
        } else break;
      }
    } catch {
      // The network is away: the messages stay and go out later.
    } finally {
      this.posting = false;
    }
  }

  async #ask() {
    clearTimeout(this.asking);
    if (this.up) return;
    for (const chat of [...this.cursors.keys()]) {
      if (this.up) return;
      try {
        const after = this.cursors.get(chat);
        const answer = await fetch(`${this.newsUrl(chat)}?after=${after}`, {
          headers: { Accept: "application/json" },
        });
        if (!answer.ok) {
          this.askWait = ASK_HIDDEN;
          continue;
        }
        const found = await answer.json();
        this.askWait = ASK_EVERY;
        this.#take(chat, after, found.upto, found.rows);
        this.onAsked?.(chat, found);
      } catch {
        // Asked again below, less and less often.
        this.askWait = Math.min(ASK_HIDDEN, this.askWait * 2);
      }
    }
    this.#post();
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.#ask(), spread(document.hidden ? ASK_HIDDEN : this.askWait));
  }

  #stored() {
    try {
      return JSON.parse(localStorage.getItem(this.store)) ?? [];
    } catch {
      return [];
    }
  }

  #keep() {
    try {
      if (this.outbox.length) localStorage.setItem(this.store, JSON.stringify(this.outbox));
      else localStorage.removeItem(this.store);
    } catch {
      // Without storage the messages still live in the page.
    }
  }
}
