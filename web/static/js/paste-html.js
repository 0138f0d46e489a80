// What Word, WPS and web pages put on the clipboard, as Markdown: headings, lists, tables, links
// and emphasis stay; fonts and colours go. Word's lists are paragraphs that only look like lists.

const WORD = /class="?Mso|xmlns:w=|mso-|ProgId content="?Word|name="?ProgId/i;
const STRUCTURE = "h1,h2,h3,h4,h5,h6,table,ul,ol,strong,b,em,a[href],blockquote,pre";
const ORDERED = /^\s*(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5}|[一二三四五六七八九十]{1,3})[.)、．）]\s*/;

export function isWord(html) {
  return WORD.test(html);
}

export function hasStructure(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelector(STRUCTURE) !== null;
}

export function pictures(rtf) {
  const found = [];
  const pattern = /\{\\pict[\s\S]*?\\(png|jpeg)blip[\s\S]*?(?:\{\\\*\\blipuid[^}]*\})?\s*([\da-fA-F\s]{64,})\}/g;
  for (const [, kind, hex] of rtf.matchAll(pattern)) {
    const digits = hex.replace(/\s/g, "");
    const bytes = Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    found.push(new File([bytes], "image.png", { type: `image/${kind}` }));
  }
  return found;
}

export function toMarkdown(html) {
  const page = new DOMParser().parseFromString(clean(html), "text/html");
  page.querySelectorAll("style,script,title,meta,link,xml,head > *").forEach((one) => one.remove());
  wordLists(page);
  return blocks(page.body)
    .join("\n\n")
    .replace(/[\u00a0\u2007]/g, " ")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function clean(html) {
  const fragment = /<!--StartFragment-->([\s\S]*?)<!--EndFragment-->/.exec(html)?.[1];
  // Conditional comments hold the bullets; what is meant for Word alone goes.
  return (fragment ?? html)
    .replace(/<!--\[if !supportLists\]-->([\s\S]*?)<!--\[endif\]-->/gi, '<i data-bullet="1">$1</i>')
    .replace(/<!\[if !supportLists\]>([\s\S]*?)<!\[endif\]>/gi, '<i data-bullet="1">$1</i>')
    .replace(/<!--\[if[\s\S]*?<!\[endif\]-->/gi, "")
    .replace(/<!\[[^>]*\]>/g, "")
    .replace(/<o:p>\s*(?:&nbsp;)?\s*<\/o:p>/gi, "")
    .replace(/<\/?o:p>/gi, "");
}

// Paragraphs of one list, each with its level, become the list they look like.
function wordLists(page) {
  for (const paragraph of [...page.querySelectorAll("p")]) {
    const style = paragraph.getAttribute("style") ?? "";
    const level = /mso-list:\s*l\d+\s+level(\d)/i.exec(style)?.[1];
    const listed = /MsoListParagraph/i.test(paragraph.className);
    if (!level && !listed) continue;
    const bullet = paragraph.querySelector("[data-bullet]") ?? paragraph.querySelector('[style*="mso-list:Ignore" i]');
    const sign = bullet?.textContent ?? "";
    bullet?.remove();
    const item = page.createElement("li");
    item.dataset.level = level ?? "1";
    item.dataset.ordered = ORDERED.test(sign.trim() + " ") ? "1" : "";
    item.append(...paragraph.childNodes);
    const before = paragraph.previousElementSibling;
    if (before?.matches("ul[data-word]")) {
      before.append(item);
      paragraph.remove();
    } else {
      const list = page.createElement("ul");
      list.dataset.word = "1";
      list.append(item);
      paragraph.replaceWith(list);
    }
  }
}

function wordList(list) {
  const counters = [];
  return [...list.children]
    .map((item) => {
      const level = Number(item.dataset.level) || 1;
      counters.length = level;
      counters[level - 1] = (counters[level - 1] ?? 0) + 1;
      const sign = item.dataset.ordered ? `${counters[level - 1]}.` : "-";
      return `${"    ".repeat(level - 1)}${sign} ${inline(item)}`;
    })
    .join("\n");
}

const HEADING = /^H([1-6])$/;
const CONTAINERS = new Set(["DIV", "SECTION", "ARTICLE", "MAIN", "BODY", "SPAN", "HEADER", "FOOTER", "FONT", "CENTER"]);
const BLOCKS = "p,div,section,article,h1,h2,h3,h4,h5,h6,ul,ol,table,blockquote,pre,hr";

function level(element) {
  const own = HEADING.exec(element.tagName)?.[1];
  const word = /MsoHeading(\d)|MsoTitle/i.exec(element.className);
  const outline = /mso-outline-level:\s*(\d)/i.exec(element.getAttribute?.("style") ?? "")?.[1];
  if (own) return Number(own);
  if (word) return Number(word[1] ?? 1);
  return outline ? Number(outline) : 0;
}

function blocks(parent) {
  const found = [];
  let loose = [];
  const flush = () => {
    const text = loose.map(inlineOf).join("").trim();
    if (text) found.push(text);
    loose = [];
  };
  for (const node of parent.childNodes) {
    const block = node.nodeType === Node.ELEMENT_NODE && (node.matches(BLOCKS) || node.querySelector(BLOCKS));
    if (!block) {
      loose.push(node);
      continue;
    }
    flush();
    found.push(...block_(node).filter(Boolean));
  }
  flush();
  return found;
}

function block_(element) {
  const depth = level(element);
  if (depth) {
    const text = inline(element).replace(/\*\*/g, "").replace(/\s+/g, " ");
    return text ? [`${"#".repeat(Math.min(depth, 6))} ${text}`] : [];
  }
  switch (element.tagName) {
    case "UL":
    case "OL":
      return [element.dataset.word ? wordList(element) : listed(element, 0)];
    case "TABLE":
      return [table(element)];
    case "BLOCKQUOTE":
      return [blocks(element).join("\n\n").replace(/^/gm, "> ")];
    case "PRE":
      return [`\`\`\`\n${element.textContent.replace(/\n$/, "")}\n\`\`\``];
    case "HR":
      return ["---"];
    default:
      if (CONTAINERS.has(element.tagName) || element.querySelector(BLOCKS)) return blocks(element);
      return [inline(element)];
  }
}

function listed(list, depth) {
  let number = Number(list.getAttribute("start")) || 1;
  const lines = [];
  for (const item of list.children) {
    if (item.matches("ul,ol")) {
      lines.push(listed(item, depth + 1));
      continue;
    }
    if (item.tagName !== "LI") continue;
    const inner = [...item.querySelectorAll(":scope > ul, :scope > ol")];
    inner.forEach((one) => one.remove());
    const sign = list.tagName === "OL" ? `${number++}.` : "-";
    lines.push(`${"    ".repeat(depth)}${sign} ${inline(item)}`);
    lines.push(...inner.map((one) => listed(one, depth + 1)));
  }
  return lines.join("\n");
}

function table(element) {
  const rows = [...element.rows].map((row) =>
    [...row.cells].flatMap((cell) => {
      const text = blocks(cell).join("<br>").replace(/\n/g, "<br>").replace(/\|/g, "\\|");
      return [text || inline(cell), ...Array(Math.max(0, cell.colSpan - 1)).fill("")];
    }),
  );
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (!width) return "";
  const line = (cells) => `| ${[...cells, ...Array(width - cells.length).fill("")].join(" | ")} |`;
  const [head, ...rest] = rows;
  return [line(head), line(Array(width).fill("---")), ...rest.map(line)].join("\n");
}

function inline(element) {
  return [...element.childNodes].map(inlineOf).join("").replace(/[ \t]+/g, " ").trim();
}

function inlineOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/\s+/g, " ").replace(/([*_`<[\]])/g, "\\$1");
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  if (node.tagName === "BR") return "\n";
  if (node.tagName === "IMG") {
    const src = node.getAttribute("src") ?? "";
    return /^https?:|^\//.test(src) ? `![${node.alt}](${src})` : "";
  }
  const text = [...node.childNodes].map(inlineOf).join("");
  if (!text.trim()) return text;
  const style = node.getAttribute("style") ?? "";
  if (node.tagName === "A" && /^(https?:|mailto:|tel:)/.test(node.getAttribute("href") ?? "")) {
    return `[${text.trim()}](${node.getAttribute("href")})`;
  }
  if (/^(B|STRONG)$/.test(node.tagName) || /font-weight:\s*(bold|[6-9]00)/i.test(style)) return around(text, "**");
  if (/^(I|EM)$/.test(node.tagName)) return around(text, "*");
  if (/^(S|DEL|STRIKE)$/.test(node.tagName)) return around(text, "~~");
  if (node.tagName === "CODE") return `\`${node.textContent}\``;
  return text;
}

// Signs of emphasis stand at the words, not at the blanks around them.
function around(text, sign) {
  const [, before, words, after] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text);
  return words ? `${before}${sign}${words}${sign}${after}` : text;
}
