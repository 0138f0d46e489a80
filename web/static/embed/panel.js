// Inside the frame: Escape closes the panel around it; opened by a person, the search is ready.

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && parent !== window) parent.postMessage("wenda:close", "*");
});
const first = document.querySelector("[data-first]");
if (first && document.hasFocus()) first.focus({ preventScroll: true });
