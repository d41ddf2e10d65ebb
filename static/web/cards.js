import { call } from "./api.js";
import { h, icon, safeUrl } from "./dom.js";
import { agesOf, priceOf, whenOf, whereOf } from "./format.js";

const STATUS = { cancelled: "Cancelled", postponed: "Postponed", rescheduled: "New time" };
const WHY_SHOWN = 3;
const SEEN_ANYWAY = /^fits |^0\.0 (?:mi|km) |unknown$|^free$/; // the ticket shows the day and the price itself

/** A ticket: the day on its stub, the facts beside it. */
export function eventCard(event, { why = [], prefix = "" } = {}) {
  const when = whenOf(event);
  const url = safeUrl(event.url);
  const status = STATUS[event.event_status];
  const title = url
    ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer", onclick: () => opened(event.id) }, event.title, h("span", { class: "unseen" }, " (opens the listing in a new tab)"))
    : event.title;
  return h(
    "article",
    { class: `ticket${event.event_status === "cancelled" ? " is-off" : ""}`, id: `${prefix}event-${event.id}`, tabindex: "-1" },
    when ? stub(when) : null,
    h(
      "div",
      { class: "ticket-body" },
      status ? h("span", { class: `badge ${event.event_status}` }, status) : null,
      h("h3", {}, title),
      when ? h("p", { class: "ticket-when" }, h("time", { datetime: event.start_time }, h("span", { class: "unseen" }, `${when.long}, `), when.time)) : null,
      h("p", { class: "ticket-where" }, whereOf(event)),
      h("p", { class: "ticket-facts" }, ...factsOf(event)),
      whyLine(why),
      url ? h("span", { class: "ticket-out", "aria-hidden": "true" }, icon("out")) : null,
    ),
  );
}

/** Counts towards the event's popularity; nothing depends on it. */
function opened(id) {
  call("POST", `/events/${id}/opened`).catch(() => null);
}

function stub(when) {
  return h(
    "div",
    { class: "stub", "aria-hidden": "true" },
    h("span", { class: "stub-weekday" }, when.weekday),
    h("span", { class: "stub-day" }, when.day),
    h("span", { class: "stub-month" }, when.month),
  );
}

function factsOf(event) {
  const price = priceOf(event);
  const facts = [price ? h("span", { class: `fact${price === "Free" ? " free" : ""}` }, price) : null];
  if (agesOf(event)) facts.push(h("span", { class: "fact" }, agesOf(event)));
  if (event.event_attendance_mode === "mixed") facts.push(h("span", { class: "fact" }, "Also online"));
  return facts;
}

function whyLine(why) {
  const reasons = why.filter((reason) => !SEEN_ANYWAY.test(reason)).slice(0, WHY_SHOWN);
  return reasons.length ? h("p", { class: "ticket-why" }, reasons.join(" · ")) : null;
}
