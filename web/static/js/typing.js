// Tells when somebody has stopped typing. Letters still being composed by an input method
// do not count: pinyin on its way to characters is not yet a query.

// Enter that ends a composition is not Enter; some browsers tell so only by the key code.
const COMPOSING_KEY = 229;
export function isComposing(event) {
  return event.isComposing || event.keyCode === COMPOSING_KEY;
}

export function onSettled(input, delay, act) {
  let timer = 0;
  let composing = false;
  const later = () => {
    clearTimeout(timer);
    if (!composing) timer = setTimeout(act, delay);
  };
  input.addEventListener("compositionstart", () => {
    composing = true;
    clearTimeout(timer);
  });
  input.addEventListener("compositionend", () => {
    composing = false;
    later();
  });
  input.addEventListener("input", later);
  return () => clearTimeout(timer);
}

// Asks for a fragment; only the latest question's answer is handed on, older ones are dropped.
export function latest(address, act) {
  let running = null;
  return {
    async ask(text, purpose) {
      running?.abort();
      const mine = (running = new AbortController());
      const url = `${address}?${new URLSearchParams({ q: text, for: purpose })}`;
      try {
        const answer = await fetch(url, {
          signal: mine.signal,
          headers: { "HX-Request": "true" },
        });
        const html = answer.ok ? await answer.text() : "";
        if (mine === running) act(html);
      } catch (error) {
        if (error.name !== "AbortError" && mine === running) act("");
      }
    },
    drop() {
      running?.abort();
      running = null;
    },
  };
}
