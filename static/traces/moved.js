// What moved between two runs, stage by stage.

import { h } from "../web/dom.js";
import { asText, badge, empty, fold, link, number, pre } from "./parts.js";

const NAMES = {
  status: "How it ended", understanding: "Understanding", retrieval: "Retrieval", weights: "Weights", ranking: "Ranking", prompt: "Prompt",
  model: "Model", guard: "Guard", answer: "Answer",
};

const table = (heads, rows) => h("div", { class: "ezr-scroll" }, h("table", { class: "ezr-table" },
  h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", {}, head)))), h("tbody", {}, ...rows)));

const told = (value) => (typeof value === "number" && !Number.isInteger(value) ? number(value, 3) : asText(value));

function pairs(rows) {
  return table(["", "A", "B"], rows.map((row) => h("tr", {}, h("th", {}, row.what), h("td", {}, told(row.a)), h("td", {}, told(row.b)))));
}

function ranking(rows, events) {
  return table(["Event", "Rank", "Tier", "Score", "Factors"], rows.map((row) => {
    const [was, now] = row.rank;
    const by = was && now ? was - now : null;
    const kind = by === null ? "" : by > 0 ? "up" : by < 0 ? "down" : "";
    const move = by === null ? (now ? "new" : "gone") : by === 0 ? "=" : by > 0 ? `▲ ${by}` : `▼ ${-by}`;
    return h("tr", { "data-event": row.event_id },
      h("td", {}, link(events[row.event_id]?.admin, row.title ?? events[row.event_id]?.title ?? `#${row.event_id}`)),
      h("td", { class: "ezr-tight" }, `${was ?? "–"} → ${now ?? "–"} `, h("span", { class: `ezr-move ${kind}` }, move)),
      h("td", { class: "ezr-tight" }, row.tier[0] === row.tier[1] ? row.tier[0] : `${row.tier[0] ?? "–"} → ${row.tier[1] ?? "–"}`),
      h("td", { class: "ezr-tight" }, `${number(row.score[0], 3)} → ${number(row.score[1], 3)}`),
      h("td", {}, Object.entries(row.factors).map(([name, [a, b]]) => `${name} ${number(a)} → ${number(b)}`).join("; ")));
  }));
}

function prompt(rows) {
  return h("div", { class: "ezr-stack" }, pairs(rows), ...rows.filter((row) => row.texts?.every(Boolean)).map((row) =>
    fold(`Texts of ${row.what}`, h("div", { class: "ezr-two" }, pre(row.texts[0]), pre(row.texts[1])))));
}

export function movedView(found) {
  const { diff, events } = found;
  if (diff.same) {
    return h("div", { class: "ezr-stack", "data-part": "diff", "data-same": "true" },
      h("p", { class: "ezr-note ok" }, "Nothing moved: the same understanding, candidates, factors, ranks, prompt and answer."));
  }
  const sections = Object.keys(NAMES).filter((name) => diff[name]?.length).map((name) => h("section", { "data-moved": name },
    h("h3", {}, NAMES[name], " ", badge(`${diff[name].length}`)),
    name === "ranking" ? ranking(diff[name], events)
      : name === "prompt" ? prompt(diff[name])
      : name === "answer" ? h("div", { class: "ezr-two" }, pre(diff[name][0].a), pre(diff[name][0].b))
      : pairs(diff[name])));
  return h("div", { class: "ezr-stack", "data-part": "diff", "data-same": "false" }, ...(sections.length ? sections : [empty("Nothing to compare.")]));
}
