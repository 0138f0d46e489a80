// Chosen articles can be put in order by buttons; without this file they keep the order they have.
for (const list of document.querySelectorAll("[data-order]")) {
  const move = (item, step) => {
    const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (step < 0) other.before(item);
    else other.after(item);
  };
  for (const item of list.querySelectorAll("[data-chosen]")) {
    const ways = document.createElement("span");
    ways.className = "life__ways";
    for (const [step, label, sign] of [[-1, list.dataset.up, "↑"], [1, list.dataset.down, "↓"]]) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "icon-button", textContent: sign });
      button.setAttribute("aria-label", `${label}：${item.textContent.trim()}`);
      button.addEventListener("click", () => {
        move(item, step);
        button.focus();
      });
      ways.append(button);
    }
    item.append(ways);
  }
}
for (const field of document.querySelectorAll(".life__link input[readonly]")) field.addEventListener("focus", () => field.select());
