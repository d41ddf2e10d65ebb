// Prompt: its blocks with their tokens, and the whole text.

import { h } from "../web/dom.js";
import { bar, empty, facts, fold, link, payloadOf, pre } from "./parts.js";

export function promptTab(data) {
  const prompt = payloadOf(data, "prompt_final");
  if (!prompt.blocks) return empty("No prompt was built: the answer was written from the listings alone.");
  const sources = payloadOf(data, "context_block").sources ?? [];
  return h(
    "div",
    { class: "ezr-stack" },
    facts([["Version", prompt.version], ["Tokens", `${prompt.tokens} of ${prompt.budget}`], ["Counted by", prompt.counter],
      ["Descriptions left out", prompt.descriptions_dropped || null]]),
    h("div", { class: "ezr-blocks" }, ...prompt.blocks.map((block) => h("section", { class: "ezr-block" },
      h("div", { class: "ezr-row" }, h("strong", {}, block.name), h("span", { class: "ezr-soft" }, `${block.tokens} tokens`),
        block.dropped ? h("span", { class: "ezr-soft" }, `${block.dropped} left out`) : null),
      bar(prompt.budget ? block.tokens / prompt.budget : 0, `${block.name}: ${block.tokens} of ${prompt.budget} tokens`),
      prompt.texts?.[block.name] ? fold("Text", pre(prompt.texts[block.name])) : null))),
    sources.length ? h("section", {}, h("h3", {}, "Sources"), h("table", { class: "ezr-table" },
      h("thead", {}, h("tr", {}, h("th", {}, "Source"), h("th", {}, "Event"), h("th", { class: "num" }, "Tokens"))),
      h("tbody", {}, ...sources.map((source) => h("tr", {}, h("td", {}, `[${source.n}]`),
        h("td", {}, link(data.events[source.event_id]?.admin, source.title)), h("td", { class: "num" }, source.tokens)))))) : null,
    prompt.system ? fold("System message", pre(prompt.system)) : null,
    ...(prompt.messages ?? []).map((message) => fold(`Message: ${message.role}`, pre(message.content))),
  );
}
