// A ticket begun by staff: the fields follow the subject chosen. A schedule: only what its rhythm needs.

const form = document.querySelector("[data-node-form]");
form?.querySelector("[name=node_id]").addEventListener("change", async (event) => {
  const place = document.querySelector("#node-fields");
  const address = new URL(form.dataset.nodeForm, location);
  address.searchParams.set("node_id", event.target.value);
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer?.ok) place.innerHTML = await answer.text();
});

const rhythm = document.querySelector("[data-rhythm]");
if (rhythm) {
  const look = () => {
    const now = rhythm.querySelector("[name=every]:checked")?.value;
    for (const part of rhythm.querySelectorAll("[data-every]")) {
      part.hidden = !part.dataset.every.split(" ").includes(now);
    }
  };
  rhythm.addEventListener("change", look);
  look();
}
