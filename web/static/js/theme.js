// The look before the first paint: light, dark, or what the system says. Remembered per browser.
(() => {
  const KEY = "theme";
  const ORDER = ["auto", "light", "dark"];
  const root = document.documentElement;

  const read = () => {
    try {
      return ORDER.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : "auto";
    } catch {
      return "auto";
    }
  };

  const apply = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };

  const show = (button, theme) => {
    const label = button.dataset[`label${theme[0].toUpperCase()}${theme.slice(1)}`];
    button.setAttribute("aria-label", label);
    button.title = label;
    for (const face of button.querySelectorAll("[data-theme-icon]")) {
      face.hidden = face.dataset.themeIcon !== theme;
    }
  };

  let theme = read();
  apply(theme);

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-toggle]");
    if (!button) return;
    show(button, theme);
    button.hidden = false;
    button.addEventListener("click", () => {
      theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
      apply(theme);
      show(button, theme);
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // A browser that keeps nothing still changes its look for this page.
      }
    });
  });
})();
