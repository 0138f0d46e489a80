// Inside the frame: Escape closes the panel around it; opened by a person, the search is ready.

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && parent !== window) parent.postMessage("wenda:close", "*");
});
const first = document.querySelector("[data-first]");
if (first && document.hasFocus()) first.focus({ preventScroll: true });
// The page around remembers a conversation for its other pages: this frame may not.
const talk = document.querySelector("[data-chat][data-base]");
if (talk && parent !== window) {
  const over = document.querySelector("[data-stands]")?.dataset.state === "ended";
  parent.postMessage({ wenda: "chat", at: over ? "" : talk.dataset.base }, "*");
}
