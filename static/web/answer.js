// The text of an answer: paragraphs, day headings, lists and source marks, built as nodes.

import { h, safeUrl } from "./dom.js";

const MARK = /\s?\[(\d{1,3})\]/g;
const BOLD = /\*\*(.+?)\*\*/g;
const LINK = /(https?:\/\/[^\s<>"']+)/; // the service lets none through but those of the listings

/** Keeps the text of one answer and draws it at most once per frame. */
export function answerText(onmark) {
  const node = h("div", { class: "answer-text" });
  let text = "";
  let drawn = null;
  let knows = () => false;

  function draw() {
    drawn = null;
    node.replaceChildren(...blocks(text, (n) => (knows(n) ? mark(n, onmark) : null)));
  }

  return {
    node,
    get text() {
      return text;
    },
    add(more) {
      text += more;
      drawn ??= requestAnimationFrame(draw);
    },
    /** From now on `[n]` links to the card of source n where there is one. */
    finish(isKnown) {
      knows = isKnown;
      if (drawn !== null) cancelAnimationFrame(drawn);
      draw();
    },
  };
}

function mark(n, onmark) {
  return h("button", { type: "button", class: "mark", "aria-label": `Show event ${n}`, onclick: () => onmark(n) }, String(n));
}

function blocks(text, markOf) {
  const nodes = [];
  let list = null;
  const lines = text.split("\n");
  lines.forEach((raw, index) => {
    const line = raw.trim();
    const item = /^[-*•]\s+(.*)$/.exec(line);
    if (item) {
      if (!list) nodes.push((list = h("ul")));
      list.append(h("li", {}, ...inline(item[1], markOf)));
      return;
    }
    list = null;
    if (!line) return;
    const heads = /^[-*•]\s/.test((lines[index + 1] || "").trim()) && line.length < 60 && !/[.!?:]$/.test(line);
    nodes.push(h(heads ? "h3" : "p", heads ? { class: "answer-day" } : {}, ...inline(line, markOf)));
  });
  return nodes;
}

function inline(line, markOf) {
  const nodes = [];
  let end = 0;
  for (const found of line.matchAll(MARK)) {
    nodes.push(...linked(line.slice(end, found.index)));
    nodes.push(markOf(Number(found[1])));
    end = found.index + found[0].length;
  }
  nodes.push(...linked(line.slice(end)));
  return nodes;
}

/** A link is shown by its host: addresses of listings are long. */
function linked(text) {
  return text.split(LINK).flatMap((part, index) => {
    const url = index % 2 ? safeUrl(part) : null;
    if (!url) return bold(part);
    return h("a", { class: "answer-link", href: url, target: "_blank", rel: "noopener noreferrer" },
      new URL(url).host.replace(/^www\./, ""), h("span", { class: "unseen" }, " (opens the listing in a new tab)"));
  });
}

function bold(text) {
  return text.split(BOLD).map((part, index) => (index % 2 ? h("strong", {}, part) : part));
}
