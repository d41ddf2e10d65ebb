// Response quality: claims checked, how much of the context was used, and what the diagnosis found.

import { h } from "../web/dom.js";
import { asText, badge, bar, empty, facts, fold, link, payloadOf } from "./parts.js";

export function qualityTab(data) {
  const guard = payloadOf(data, "guard");
  const prompt = payloadOf(data, "prompt_final");
  const cited = data.run.summary.event_ids ?? [];
  const shown = payloadOf(data, "rerank").events ?? [];
  const inPrompt = payloadOf(data, "context_block").sources?.length ?? 0;
  const sound = guard.checked ? 1 - ((guard.corrected ?? 0) + (guard.withheld ?? 0)) / guard.checked : null;
  return h(
    "div",
    { class: "ezr-stack" },
    facts([
      ["Claims", guard.checked === undefined ? "none checked" : `${guard.checked} checked, ${guard.corrected} corrected, ${guard.withheld} withheld`],
      ["True as written", sound === null ? null : h("span", {}, bar(sound, "share of claims that were true"), ` ${Math.round(sound * 100)} %`)],
      ["Context", inPrompt ? `${cited.length} of ${inPrompt} sources are in the answer` : `${cited.length} events in the answer of ${shown.length} ranked`],
      ["Budget", prompt.budget ? `${prompt.tokens} of ${prompt.budget} tokens` : null],
      ["In the answer", cited.length ? h("span", { class: "ezr-row" }, ...cited.map((id) => link(data.events[id]?.admin, data.events[id]?.title ?? `#${id}`))) : null],
    ]),
    h("h3", {}, "Diagnosis"),
    data.findings.length
      ? h("ul", { class: "ezr-plain ezr-findings" }, ...data.findings.map((finding) => h("li", { class: `ezr-finding ${finding.severity}`, "data-code": finding.code },
          h("div", { class: "ezr-row" }, badge(finding.severity, finding.severity), h("strong", {}, finding.title)),
          h("p", {}, finding.advice),
          fold("Evidence", facts(Object.entries(finding.evidence).map(([name, value]) => [name, asText(value)]))))))
      : empty("Nothing to remark."),
  );
}
