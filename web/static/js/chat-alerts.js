// A sound and a desktop notification, once the agent has asked for them with a click.

const KEY = "chat-alerts";

export function alerts(button) {
  let on = false;
  let audio = null;
  const kept = () => {
    try {
      return localStorage.getItem(KEY) === "1";
    } catch {
      return false;
    }
  };
  const set = (value) => {
    on = value;
    button.setAttribute("aria-pressed", String(on));
    try {
      localStorage.setItem(KEY, on ? "1" : "0");
    } catch {
      // Asked again the next time.
    }
  };
  if (!button) return { ring() {} };
  button.hidden = false;
  // Browsers let a page sound only after a click; a kept wish takes effect with the first one.
  if (kept()) set(true);
  button.addEventListener("click", async () => {
    set(!on);
    if (!on) return;
    if ("Notification" in window && Notification.permission === "default") {
      await Notification.requestPermission();
    }
    beep();
  });

  function beep() {
    try {
      audio ??= new AudioContext();
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = 740;
      volume.gain.setValueAtTime(0.12, audio.currentTime);
      volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.35);
      tone.connect(volume).connect(audio.destination);
      tone.start();
      tone.stop(audio.currentTime + 0.35);
    } catch {
      // No sound on this machine.
    }
  }

  return {
    ring(text) {
      if (!on) return;
      beep();
      if (document.hidden && "Notification" in window && Notification.permission === "granted") {
        const note = new Notification(text, { tag: "wenda-chat" });
        note.onclick = () => window.focus();
      }
    },
  };
}
