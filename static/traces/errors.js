// Errors: type, severity, message, and the stack on demand.

import { h } from "../web/dom.js";
import { badge, empty, fold, pre } from "./parts.js";

export const errorsOf = (data) => data.stages.filter((row) => row.error_type);

export function errorsTab(data) {
  const rows = errorsOf(data);
  if (!rows.length) return empty("No errors.");
  return h("ul", { class: "ezr-plain ezr-stack" }, ...rows.map((row) => h("li", { class: `ezr-finding ${row.error_severity}`, "data-type": row.error_type },
    h("div", { class: "ezr-row" }, badge(row.error_type, row.error_severity), badge(row.error_severity, row.error_severity),
      h("span", { class: "ezr-soft" }, `in ${row.payload.stage || row.stage}`)),
    h("p", {}, row.payload.error || row.payload.exception || "no message"),
    row.payload.stack ? fold(`Stack: ${row.payload.exception ?? ""}`, pre(row.payload.stack)) : null)));
}
