// Answer: what the reader saw, with the guard's marks; and beneath, what the model said.

import { h } from "../web/dom.js";
import { badge, empty, fold, pre, stageOf } from "./parts.js";

/** The text in pieces, each corrected claim marked. Findings come in the order of the text. */
function marked(text, findings) {
  const parts = [];
  let from = 0;
  for (const finding of findings) {
    const said = finding.replacement || "";
    const at = said ? text.indexOf(said, from) : -1;
    if (finding.outcome !== "corrected" || at < 0) continue;
    parts.push(text.slice(from, at), h("mark", { title: `The model said: ${finding.text}` }, said));
    from = at + said.length;
  }
  parts.push(text.slice(from));
  return parts;
}

export function answerTab(data) {
  const guard = stageOf(data, "guard")?.payload ?? {};
  const findings = guard.findings ?? [];
  const text = data.run.answer ?? "";
  const spoken = data.stages.filter((row) => row.stage === "llm_response").map((row) => row.payload.text ?? "").join("\n\n");
  const withheld = findings.filter((finding) => finding.outcome !== "corrected");
  return h(
    "div",
    { class: "ezr-stack" },
    h(
      "p",
      { class: "ezr-row" },
      badge(guard.checked === 1 ? "1 claim checked" : `${guard.checked ?? 0} claims checked`),
      badge(`${guard.corrected ?? 0} corrected`, guard.corrected ? "warning" : ""),
      badge(`${guard.withheld ?? 0} withheld`, guard.withheld ? "error" : ""),
    ),
    text ? h("div", { class: "ezr-answer", "data-part": "answer" }, ...marked(text, findings)) : empty("There is no answer."),
    withheld.length
      ? h("section", {}, h("h3", {}, "Withheld"), h("ul", { class: "ezr-plain" }, ...withheld.map((finding) =>
          h("li", {}, h("s", {}, finding.text), ` ${finding.kind}${finding.row ? ` · source ${finding.row}` : ""}`))))
      : null,
    findings.length
      ? fold(findings.length === 1 ? "Guard: one finding" : `Guard: ${findings.length} findings`, h("table", { class: "ezr-table" },
          h("thead", {}, h("tr", {}, ...["Kind", "Said", "Shown", "Source"].map((name) => h("th", {}, name)))),
          h("tbody", {}, ...findings.map((finding) => h("tr", {},
            h("td", {}, finding.kind), h("td", {}, finding.text),
            h("td", {}, finding.replacement || finding.outcome), h("td", {}, finding.row ? `[${finding.row}]` : "–"))))))
      : null,
    spoken ? fold("What the model said, before the guard", pre(spoken)) : null,
  );
}
