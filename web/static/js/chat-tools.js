// Beside the field of a chat: little faces, a voice message, where one is. Each button appears only
// where the browser can do it.

const FACES =
  "😀 😄 😂 🙂 😊 😉 😍 🤔 😅 😭 😢 😡 😮 😴 🙏 👍 👎 👌 👏 💪 🤝 🎉 ❤️ 🔥 ✅ ❌ ⚠️ 📦 🚚 🔧 🔋 🔑 📷 📞 ⏰".split(" ");
const NAMES =
  "笑脸 大笑 笑哭 微笑 开心 眨眼 喜欢 思考 尴尬 大哭 难过 生气 惊讶 困了 拜托 赞 不赞 好的 鼓掌 加油 握手 庆祝 爱心 火 对 错 注意 包裹 送货 维修 电池 钥匙 相机 电话 时间".split(" ");
const COLUMNS = 7;
const LONGEST_VOICE = 60000;

export function tools(form, area, { give, place }) {
  faces(form, area);
  voice(form, give);
  if (place) where(form, place);
}

function faces(form, area) {
  const button = form.querySelector("[data-faces]");
  if (!button) return;
  button.hidden = false;
  let box = null;
  const shut = (focus) => {
    box?.remove();
    box = null;
    button.setAttribute("aria-expanded", "false");
    if (focus) area.focus();
  };
  const open = () => {
    box = document.createElement("div");
    box.className = "faces";
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", "表情");
    FACES.forEach((face, n) => {
      const one = document.createElement("button");
      one.type = "button";
      one.className = "faces__one";
      one.textContent = face;
      one.title = NAMES[n];
      one.setAttribute("aria-label", NAMES[n]);
      one.tabIndex = n ? -1 : 0;
      box.append(one);
    });
    box.addEventListener("click", (event) => {
      const one = event.target.closest(".faces__one");
      if (!one) return;
      area.setRangeText(one.textContent, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
      shut(true);
    });
    box.addEventListener("keydown", (event) => {
      const all = [...box.children];
      const at = all.indexOf(document.activeElement);
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
      if (event.key === "Escape") shut(true);
      else if (step) all[Math.min(Math.max(at + step, 0), all.length - 1)].focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    box.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !box?.contains(event.relatedTarget) && event.relatedTarget !== button) shut(false);
    });
    button.after(box);
    button.setAttribute("aria-expanded", "true");
    box.firstElementChild.focus();
  };
  button.addEventListener("click", () => (box ? shut(true) : open()));
  document.addEventListener("click", (event) => {
    if (box && !box.contains(event.target) && !button.contains(event.target)) shut(false);
  });
}

function voice(form, give) {
  const button = form.querySelector("[data-voice]");
  if (!button || !window.MediaRecorder || !navigator.mediaDevices?.getUserMedia) return;
  button.hidden = false;
  const said = form.querySelector("[data-line]") ?? document.querySelector("[data-line]");
  let recorder = null;
  let timer = 0;
  const stop = () => recorder?.state === "recording" && recorder.stop();
  button.addEventListener("click", async () => {
    if (recorder) {
      stop();
      return;
    }
    let stream = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      said.textContent = "没有拿到麦克风，请在浏览器里允许使用麦克风。";
      return;
    }
    const parts = [];
    recorder = new MediaRecorder(stream);
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", async () => {
      clearTimeout(timer);
      for (const track of stream.getTracks()) track.stop();
      const type = recorder.mimeType;
      recorder = null;
      button.setAttribute("aria-pressed", "false");
      said.textContent = "";
      const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
      const ending = type.includes("mp4") ? "m4a" : type.includes("ogg") ? "ogg" : "weba";
      if (parts.length) await give([new File(parts, `语音-${stamp}.${ending}`, { type })]);
    });
    recorder.start();
    button.setAttribute("aria-pressed", "true");
    said.textContent = "正在录音，再点一次麦克风就发送，最长 60 秒。";
    timer = setTimeout(stop, LONGEST_VOICE);
  });
}

function where(form, place) {
  const button = form.querySelector("[data-place]");
  if (!button || !navigator.geolocation) return;
  button.hidden = false;
  const said = document.querySelector("[data-line]");
  button.addEventListener("click", () => {
    if (!confirm("把您现在的位置发给客服？只发这一次，会话里的人都能看到。")) return;
    said.textContent = "正在定位…";
    navigator.geolocation.getCurrentPosition(
      async ({ coords }) => {
        said.textContent = "";
        const { latitude, longitude, accuracy } = coords;
        said.textContent = await place({ latitude, longitude, metres: Math.round(accuracy) });
      },
      () => (said.textContent = "没有拿到位置，可以直接写地址。"),
      { timeout: 15000, maximumAge: 60000 },
    );
  });
}
