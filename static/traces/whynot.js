// Why not: an event is typed, and the stage that dropped it is named.

import { fill, h } from "../web/dom.js";
import { get, post, Refused } from "./config.js";
import { badge, facts, link, when, zoneOf } from "./parts.js";

const PAUSE_MS = 180;
const MOMENT = /^\d{4}-\d\d-\d\dT/;

function told(value, zone) {
  if (typeof value === "number") return Number(value.toFixed(3));
  return MOMENT.test(value ?? "") ? when(value, zone) : value;
}

export function whyNotTab(data, weights) {
  let timer = null;
  let asking = null;
  const list = h("ul", { class: "ezr-options", role: "listbox", id: "why-not-events", "aria-label": "Events", hidden: true, onmousedown: (event) => event.preventDefault() });
  const result = h("div", { "aria-live": "polite", "data-part": "why-not" });
  const input = h("input", {
    type: "search", class: "ezr-input", role: "combobox", "aria-expanded": "false", "aria-controls": "why-not-events",
    "aria-label": "Event", placeholder: "A title, a venue, or an id", autocomplete: "off", oninput: typed, onkeydown: pressed,
  });

  function typed() {
    clearTimeout(timer);
    timer = setTimeout(offer, PAUSE_MS);
  }

  function pressed(event) {
    if (event.key === "Escape") list.hidden = true;
    if (event.key === "ArrowDown" && !list.hidden) list.querySelector("button")?.focus();
  }

  function left(event) {
    if (!event.currentTarget.contains(event.relatedTarget)) list.hidden = true;
  }

  async function offer() {
    asking?.abort();
    asking = new AbortController();
    const q = input.value.trim();
    try {
      const { events } = q ? await get("events", { q, signal: asking.signal }) : { events: [] };
      fill(list, ...events.map((event) => h("li", { role: "option" },
        h("button", { type: "button", onclick: () => explain(event) }, event.title, h("small", {}, ` ${[event.venue, event.start ? when(event.start, event.zone) : null, `#${event.id}`].filter(Boolean).join(" · ")}`)))));
      list.hidden = events.length === 0;
      input.setAttribute("aria-expanded", String(events.length > 0));
    } catch (error) {
      if (error.name !== "AbortError") fill(result, h("p", { class: "ezr-trouble" }, error.message));
    }
  }

  async function explain(event) {
    list.hidden = true;
    input.value = event.title;
    fill(result, h("p", { class: "ezr-soft" }, "Looking…"));
    try {
      const { why_not: why } = await post("why_not", { event_id: event.id, ...(weights ? { weights } : {}) }, { id: data.run.id });
      fill(result, h("div", { class: "ezr-finding info" },
        h("div", { class: "ezr-row" }, badge(why.stage, why.stage === "shown" ? "ok" : "warning"), h("strong", {}, event.title),
          link(event.admin, "open in the admin")),
        h("p", {}, why.reason),
        facts([["It has", told(why.value, zoneOf(data))], ["It needs", told(why.limit, zoneOf(data))], ["Tier", why.tier], ["Would fail too", why.also.join(", ")]])));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      fill(result, h("p", { class: "ezr-trouble" }, error.message));
    }
  }

  return h("div", { class: "ezr-stack" },
    h("p", { class: "ezr-soft" }, "Which event did you expect? The constraints and numbers that keep it out are those of this run, with the facts of its time."),
    h("div", { class: "ezr-combo", onfocusout: left }, input, list), result);
}
