// Who is calling now, at the corner of the agent's page; read out when it is somebody new.

const place = document.querySelector("[data-calls]");
let shown = "";

async function look() {
  if (!place || document.hidden) return;
  try {
    const answer = await fetch(place.dataset.calls, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const text = (await answer.text()).trim();
    if (text === shown) return;
    shown = text;
    const found = new DOMParser().parseFromString(text, "text/html");
    place.replaceChildren(...found.body.childNodes);
  } catch {
    // The next look may succeed.
  }
}

if (place) {
  look();
  setInterval(look, 4_000);
  document.addEventListener("visibilitychange", look);
}
