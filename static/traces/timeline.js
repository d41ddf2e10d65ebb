// Timeline: when each stage ran and for how long.

import { h } from "../web/dom.js";
import { badge, empty, ms } from "./parts.js";

const HIDDEN = new Set(["input"]);

export function timelineTab(data) {
  const rows = data.stages.filter((row) => !HIDDEN.has(row.stage)).map((row) => {
    const end = Date.parse(row.created_at);
    return { ...row, end, start: end - (row.latency_ms ?? 0) };
  });
  if (!rows.length) return empty("Nothing was recorded.");
  const first = Math.min(...rows.map((row) => row.start));
  const whole = Math.max(1, Math.max(...rows.map((row) => row.end)) - first, data.run.total_ms ?? 0);
  return h("div", { class: "ezr-stack" },
    h("p", { class: "ezr-soft" }, `${rows.length} records in ${ms(data.run.total_ms ?? whole)}`),
    h("ol", { class: "ezr-timeline" }, ...rows.map((row) => {
      const span = h("span", { class: `ezr-span ${row.error_type ? "failed" : ""} ${row.latency_ms === null ? "moment" : ""}` });
      span.style.left = `${((row.start - first) / whole) * 100}%`;
      span.style.width = `${Math.max(0.4, ((row.latency_ms ?? 0) / whole) * 100)}%`;
      return h("li", { "data-stage": row.stage },
        h("span", { class: "ezr-stage" }, row.stage, row.error_type ? badge(row.error_type, row.error_severity) : null),
        h("span", { class: "ezr-lane" }, span),
        h("span", { class: "ezr-ms" }, row.latency_ms === null ? "" : ms(row.latency_ms)));
    })));
}
