// Pictures and files pasted or dropped into the text: sent with progress, then linked.

const PICTURE = /^image\//;
const EXTENSIONS = { "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp" };

function named(file) {
  // The clipboard calls every picture image.png: told apart by the moment.
  if (file.name && file.name !== "image.png") return file;
  const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  return new File([file], `图-${stamp}.${EXTENSIONS[file.type] ?? "bin"}`, { type: file.type });
}

function linked({ url, filename, media_type: kind }) {
  const words = filename.replace(/[[\]\\]/g, "");
  return PICTURE.test(kind) ? `![${words}](${url})` : `[${words}](${url})`;
}

export function uploads(form, { insert, articleUrl }) {
  const list = form.querySelector("[data-uploads]");
  const words = list.dataset;

  const row = (name) => {
    const line = document.createElement("p");
    line.className = "uploads__one";
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    bar.setAttribute("aria-label", name);
    const text = Object.assign(document.createElement("span"), { textContent: name });
    line.append(text, bar);
    list.append(line);
    return {
      at: (share) => (bar.value = share),
      done: () => line.remove(),
      failed(why) {
        bar.remove();
        text.textContent = `${name}：${why}`;
        line.classList.add("uploads__one--failed");
        const close = Object.assign(document.createElement("button"), {
          type: "button",
          className: "link-button",
          textContent: words.close,
        });
        close.addEventListener("click", () => line.remove());
        line.append(close);
      },
    };
  };

  const send = (url, file, shown) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", url);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", form.elements.csrf_token.value);
      request.upload.onprogress = (event) => event.lengthComputable && shown.at(event.loaded / event.total);
      request.onerror = () => resolve({ error: words.failed });
      request.onload = () => {
        let answer = {};
        try {
          answer = JSON.parse(request.responseText);
        } catch {
          // A page instead of an answer: the sentence below says so.
        }
        if (request.status < 300 && answer.url) resolve(answer);
        else resolve({ error: answer.error?.message ?? answer.error ?? words.failed });
      };
      const data = new FormData();
      data.set("file", file, file.name);
      request.send(data);
    });

  return async (files) => {
    const url = await articleUrl();
    if (!url) return;
    for (const file of [...files].map(named)) {
      const shown = row(file.name);
      const answer = await send(url, file, shown);
      if (answer.error) shown.failed(answer.error);
      else {
        insert(`${linked(answer)}\n`);
        shown.done();
      }
    }
    form.dispatchEvent(new CustomEvent("files-changed"));
  };
}
