// Small manners of every page: menus close, filters apply themselves, a form is sent once, and a
// script's request that failed says so.

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const form of document.querySelectorAll("[data-auto-submit]")) {
  form.querySelector("[data-auto-submit-button]").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget === "_blank") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
// Coming back with the back button brings the form as it was left: it may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});

for (const button of document.querySelectorAll("[data-toast-close]")) {
  button.hidden = false;
  button.addEventListener("click", () => button.closest("[data-toast]").remove());
}

const bar = document.querySelector(".hint-bar");
let fading = 0;
function say(status) {
  const { requestFailed, tooMany, sessionExpired } = bar.dataset;
  bar.textContent = { 429: tooMany, 400: sessionExpired }[status] ?? requestFailed;
  clearTimeout(fading);
  fading = setTimeout(() => (bar.textContent = ""), 6000);
}
document.addEventListener("htmx:responseError", (event) => say(event.detail.xhr.status));
document.addEventListener("htmx:sendError", () => say(0));
