// "/" at the beginning of a word offers the quick replies; arrows choose, Enter or Tab inserts.

const MOST = 6;
const TYPED = /(?:^|\s)\/([^\s/]{0,20})$/;

export function quickReplies(pane, area, page) {
  const list = pane.querySelector("[data-quick]");
  const all = [...page.querySelector("template[data-replies]").content.children];
  let chosen = 0;

  const hide = () => {
    list.hidden = true;
    list.replaceChildren();
  };
  const filled = (body) => {
    const known = {
      客户称呼: pane.dataset.name || "您",
      客服姓名: page.dataset.myName,
      站点名称: page.dataset.site,
    };
    return body.replace(/\{\{\s*(\S+?)\s*\}\}/g, (whole, name) => known[name] ?? whole);
  };
  const mark = () => {
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === chosen)));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };
  const insert = (item) => {
    const before = area.value.slice(0, area.selectionStart);
    const found = TYPED.exec(before);
    const from = found ? before.length - found[1].length - 1 : before.length;
    area.setRangeText(filled(item.dataset.body), from, area.selectionStart, "end");
    hide();
    area.dispatchEvent(new Event("input"));
    area.focus();
  };
  list.addEventListener("mousedown", (event) => {
    const item = event.target.closest("[data-body]");
    if (!item) return;
    event.preventDefault();
    insert(item);
  });

  return {
    look() {
      const found = TYPED.exec(area.value.slice(0, area.selectionStart));
      if (!found) {
        hide();
        return;
      }
      const word = found[1].toLowerCase();
      const fits = all.filter(
        ({ dataset }) =>
          dataset.shortcut.toLowerCase().startsWith(word) || dataset.title.toLowerCase().includes(word),
      );
      chosen = 0;
      list.replaceChildren(...fits.slice(0, MOST).map((item) => item.cloneNode(true)));
      list.hidden = !fits.length;
      mark();
    },
    key(event) {
      if (list.hidden) return false;
      const count = list.children.length;
      if (event.key === "ArrowDown") chosen = (chosen + 1) % count;
      else if (event.key === "ArrowUp") chosen = (chosen - 1 + count) % count;
      else if (event.key === "Enter" || event.key === "Tab") insert(list.children[chosen]);
      else if (event.key === "Escape") hide();
      else return false;
      event.preventDefault();
      mark();
      return true;
    },
  };
}
