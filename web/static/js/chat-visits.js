// Pages of this site opened in this visit, kept in this tab alone. The page of a chat asks for
// them and passes them on to the agent, as its privacy line says; nobody else gets them.

const KEY = "chat-visits";
const MOST = 30;
const here = { path: location.pathname, title: document.title.split(" · ")[0] };

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

if (!location.pathname.startsWith("/chat")) {
  try {
    const pages = kept();
    if (pages.at(-1)?.path !== here.path) pages.push(here);
    sessionStorage.setItem(KEY, JSON.stringify(pages.slice(-MOST)));
  } catch {
    // Without storage nothing is remembered.
  }
  if ("BroadcastChannel" in window) new BroadcastChannel(KEY).postMessage(here);
}

// For the page of a chat: what was opened before, and what is opened in other tabs from now on.
export function visits(tell) {
  const before = kept();
  if (before.length) tell(before);
  if ("BroadcastChannel" in window) {
    new BroadcastChannel(KEY).addEventListener("message", ({ data }) => tell([data]));
  }
}
