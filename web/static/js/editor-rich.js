// The rich editor over the plain text field. The field stays the truth: what was not changed is
// left letter for letter, and a text the rich editor could not hold faithfully is not opened in it.
import { guardLute } from "./editor-guard.js";

const FILES = ["dist/js/i18n/zh_CN.js", "dist/js/icons/ant.js", "dist/js/lute/lute.min.js", "dist/index.min.js"];
const IDS = ["vditorI18nScriptzh_CN", "vditorIconScript", "vditorLuteScript", "vditorScript"];
const TOOLS = [
  "headings", "bold", "italic", "strike", "link", "|", "list", "ordered-list", "check", "outdent",
  "indent", "|", "quote", "line", "code", "inline-code", "table", "|", "upload", "|", "undo",
  "redo", "fullscreen",
];

function load(tag, attributes) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.onload = resolve;
    element.onerror = reject;
    document.head.append(element);
  });
}

let loading = null;
function library(base) {
  loading ??= (async () => {
    const style = load("link", { rel: "stylesheet", href: `${base}/dist/index.css` });
    // In order: the editor looks for its words and signs when it begins.
    for (const [n, file] of FILES.entries()) {
      await load("script", { src: `${base}/${file}`, id: IDS[n] });
    }
    guardLute();
    await style;
  })();
  return loading;
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

async function rendered(area, text) {
  const form = new FormData();
  form.set("csrf_token", area.form.elements.csrf_token.value);
  form.set("body", text);
  const answer = await fetch(area.dataset.previewUrl, { method: "POST", body: form });
  if (!answer.ok) throw new Error("preview");
  return (await answer.text()).replace(/\s+/g, " ").replace(/> </g, "><").trim();
}

export async function openRich(host, area, { mode, onInput, onFiles, label }) {
  const base = host.dataset.base;
  await library(base);
  const began = area.value;
  let vditor = null;
  await new Promise((resolve) => {
    vditor = new window.Vditor(host, {
      cdn: base,
      lang: "zh_CN",
      mode,
      theme: isDark() ? "dark" : "classic",
      icon: "ant",
      toolbar: TOOLS,
      minHeight: 420,
      cache: { enable: false },
      value: began,
      placeholder: area.placeholder,
      hint: { emoji: {}, parse: false },
      preview: {
        theme: { current: "" },
        hljs: { enable: false, style: "" },
        markdown: {
          callout: false,
          codeBlockPreview: false,
          mathBlockPreview: false,
          autoSpace: false,
          fixTermTypo: false,
          sanitize: true,
        },
      },
      upload: { handler: (files) => onFiles(files) },
      input: () => onInput(),
      after: resolve,
    });
  });
  const first = vditor.getValue();
  const text = () => {
    const now = vditor.getValue();
    return now === first ? began : now.replace(/\n+$/, "");
  };
  const field = () => vditor.vditor[vditor.getCurrentMode()].element;
  field().setAttribute("aria-label", label);
  // The editor itself tells of changes only when somebody pauses.
  field().addEventListener("input", () => onInput());
  const rich = {
    text,
    field,
    insert: (markdown) => vditor.insertValue(markdown),
    focus: () => vditor.focus(),
    set: (markdown) => vditor.setValue(markdown),
    close() {
      vditor.destroy();
      host.replaceChildren();
    },
  };
  const faithful =
    first.trim() === began.trim() ||
    (await rendered(area, began)) === (await rendered(area, first));
  if (faithful) return rich;
  rich.close();
  return null;
}
