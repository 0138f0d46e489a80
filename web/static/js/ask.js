// While a question is being written, shows below it the articles that may already answer it.
import { latest, onSettled } from "./typing.js";

const DELAY = 450;
const ENOUGH = 4;

const input = document.querySelector("[data-hints]");
if (input) {
  const into = document.getElementById(input.dataset.hintsInto);
  const status = document.getElementById(`${into.id}-status`);
  const show = (html) => {
    into.innerHTML = html;
    const count = into.querySelectorAll("a").length;
    into.hidden = count === 0;
    status.textContent = count ? status.dataset.count.replace("{count}", count) : "";
  };
  const answers = latest(input.dataset.hints, show);
  const look = () => {
    const text = input.value.trim();
    if (text.length >= ENOUGH) answers.ask(text.slice(0, 200), "ask");
    else {
      answers.drop();
      show("");
    }
  };
  onSettled(input, DELAY, look);
  if (input.value.trim()) look();
}
