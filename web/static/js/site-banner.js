// A banner that was closed stays closed in this browser until it says something else.

const banner = document.querySelector("[data-banner]");
const KEY = "banner-closed";
try {
  if (localStorage.getItem(KEY) === banner.dataset.banner) banner.hidden = true;
} catch {
  // A browser that keeps nothing shows it again.
}
const button = banner.querySelector("[data-banner-close]");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    banner.hidden = true;
    try {
      localStorage.setItem(KEY, banner.dataset.banner);
    } catch {
      // As above.
    }
  });
}
