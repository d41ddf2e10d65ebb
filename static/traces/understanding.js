// Understanding: what was read from the question, and where each constraint came from.

import { h } from "../web/dom.js";
import { badge, empty, facts, fold, link, pre, payloadOf, when } from "./parts.js";

export function understandingTab(data) {
  const understood = payloadOf(data, "understanding").understood;
  if (!understood) return empty("The turn ended before the question was understood.");
  const place = payloadOf(data, "location_resolution");
  const at = understood.when;
  const sure = typeof place.confidence === "number" ? ` · ${Math.round(place.confidence * 100)} % sure` : "";
  return h(
    "div",
    { class: "ezr-stack" },
    facts([
      ["Intent", understood.intent],
      ["Place", place.label ? h("span", {}, link(data.links.location, place.label), ` · ${place.radius_miles} mi${sure}`) : "none"],
      ["Read from", place.why],
      ["When", at ? `${at.label}: ${at.ranges.map(([start, end]) => `${when(start, understood.zone)} – ${when(end, understood.zone)}`).join("; ")}` : "any time"],
      ["Audience", understood.audience?.label],
      ["Price", understood.price?.label],
      ["Topic searched", understood.search_text || "none"],
      ["Topics", (understood.interests ?? []).join(", ")],
      ["Refused", (understood.excluded ?? []).join(", ")],
      ["Clock", `${when(understood.now, understood.zone)} (${understood.zone})`],
    ]),
    h("h3", {}, "Constraints"),
    (understood.constraints ?? []).length
      ? h("ul", { class: "ezr-plain ezr-row" }, ...understood.constraints.map((one) =>
          h("li", {}, badge(`${one.field}: ${one.label}`, one.hard ? "hard" : ""), h("small", {}, ` ${one.hard ? "filters" : "ranks"} · ${one.source}`))))
      : empty("None."),
    (understood.notices ?? []).length
      ? h("section", {}, h("h3", {}, "Notices"), h("ul", {}, ...understood.notices.map((one) => h("li", {}, h("code", {}, one.code), ` ${one.message}`))))
      : null,
    (place.alternatives ?? []).length
      ? h("p", {}, "Could also be: ", place.alternatives.map((one) => one.label).join("; "))
      : null,
    fold("As JSON", pre(JSON.stringify(understood, null, 2))),
  );
}
