// What others wrote or pages put on the clipboard, before the rich editor makes elements of it:
// read in a document that runs nothing, and without what could act. The policy of the page
// would stop a script too; this holds without it.
const ACTIVE = "script,iframe,frame,object,embed,applet,base,meta,link,style,form,portal,template,svg,math,noscript,dialog,frameset,xmp,noembed,noframes,plaintext,marquee";
const PLAYER = 'iframe[src^="https://"]';
const HARMLESS = /^(?:https?|mailto|tel|data:image\/(?:png|gif|jpeg|webp))$/;
const ADDRESSES = new Set(["href", "src", "action", "formaction", "data", "poster", "srcset", "background", "cite", "ping", "xlink:href"]);
const MAKES_HTML = /(?:2Vditor|^Spin|2HTML$|HTML2Vditor)/;

function acts({ name, value }) {
  if (/^on/i.test(name) || /^(?:srcdoc|formaction|ping|is|hx-|data-hx-)/i.test(name)) return true;
  if (!ADDRESSES.has(name)) return false;
  let address = null;
  try {
    address = new URL(value, location.origin);
  } catch {
    return false;
  }
  const kind = address.protocol === "data:" ? /^data:[^;,]*/.exec(address.href)[0] : address.protocol.slice(0, -1);
  return !HARMLESS.test(kind);
}

// The same letters when nothing in them could act.
export function harmless(html) {
  if (!/[<&]/.test(html)) return html;
  const page = new DOMParser().parseFromString(`<body>${html}`, "text/html");
  let changed = page.head.childElementCount > 0;
  for (const one of page.body.querySelectorAll(ACTIVE)) {
    if (one.matches(PLAYER)) one.setAttribute("sandbox", "allow-scripts allow-same-origin");
    else one.remove();
    changed = true;
  }
  for (const one of [page.body, ...page.body.querySelectorAll("*")]) {
    for (const attribute of [...one.attributes].filter(acts)) {
      one.removeAttribute(attribute.name);
      changed = true;
    }
  }
  return changed ? page.body.innerHTML : html;
}

// The part of the editor that turns Markdown into elements, its words looked at on the way out.
export function guardLute() {
  const Lute = window.Lute;
  if (!Lute || Lute.guarded) return;
  const make = Lute.New;
  Lute.guarded = true;
  Lute.New = (...given) =>
    new Proxy(make(...given), {
      get(engine, name) {
        const value = engine[name];
        if (typeof value !== "function") return value;
        const cleans = typeof name === "string" && MAKES_HTML.test(name) && !/2Md$/.test(name);
        return (...words) => {
          const made = value.apply(engine, words);
          return cleans && typeof made === "string" ? harmless(made) : made;
        };
      },
    });
}

const passed = new WeakSet();

// A paste of HTML that could act is begun again with what is left of it; true when that was done.
export function pasteAgain(event, html) {
  if (passed.has(event)) return false;
  const clean = harmless(html);
  if (clean === html) return false;
  event.preventDefault();
  event.stopImmediatePropagation();
  const data = new DataTransfer();
  data.setData("text/html", clean);
  data.setData("text/plain", event.clipboardData.getData("text/plain"));
  const again = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  passed.add(again);
  event.target.dispatchEvent(again);
  return true;
}
