// The agent's search beside a ticket: articles to put into the reply, found while typing. Without
// this file the form opens the results page in a new tab.
import { isComposing, latest, onSettled } from "./typing.js";

const DELAY = 180;

for (const form of document.querySelectorAll("[data-find-article]")) {
  const input = form.querySelector("input[type=search]");
  const into = form.querySelector("[data-found]");
  const answers = latest(form.dataset.findArticle, (html) => (into.innerHTML = html));
  const look = () => {
    const text = input.value.trim();
    if (text) answers.ask(text, "insert");
    else {
      answers.drop();
      into.innerHTML = "";
    }
  };
  onSettled(input, DELAY, look);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !isComposing(event)) {
      event.preventDefault();
      look();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
}
