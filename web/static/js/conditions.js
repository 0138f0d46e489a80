// Fields that depend on another field's answer are shown only when they are asked for.

export function conditions(root) {
  const look = () => {
    for (const part of root.querySelectorAll("[data-when]")) {
      const chosen = [...root.querySelectorAll(`[name="${CSS.escape(part.dataset.when)}"]:checked`)];
      const above = chosen.some((one) => !one.closest("[data-when][hidden]"));
      const fits = above && chosen.some((one) => one.value === part.dataset.whenValue);
      part.hidden = !fits;
      const note = part.querySelector("[data-when-note]");
      if (note) note.hidden = fits;
    }
  };
  root.addEventListener("change", look);
  look();
}
