// One question with everything that comes back: chips, text, cards, ways out, follow-ups, and what went wrong.

import { ApiError, call } from "./api.js";
import { answerText } from "./answer.js";
import { eventCard } from "./cards.js";
import { understoodChips } from "./chips.js";
import { secondAnswer } from "./second.js";
import { announce, fill, h, icon } from "./dom.js";

const PLAIN_NOTICES = new Set(["ambiguous_place", "several_places", "unknown_place", "unknown_spot", "stopped"]);
const PLAIN = {
  network: "I could not reach the service. Check your connection and try again.",
  rate_limited: "That was a lot of questions at once. Please try again in a moment.",
  llm_unavailable: "The writer of the answers is unavailable right now. Please try again in a moment.",
  llm_timeout: "The answer took too long to write. Please try again.",
  rag_error: "The event search is unavailable right now. Please try again in a moment.",
  server_error: "Something went wrong on our side. Please try again.",
  turn_in_progress: "The last question is still being answered. Give it a moment, then try again.",
  session_error: "This conversation cannot be found any more. Start a new one.",
};
let turns = 0;

export function turnView({ question, change, onask, onretry }) {
  const prefix = `t${(turns += 1)}-`;
  const facts = new Map();
  let metadata = {};
  let sources = [];
  let ways = [];
  const text = answerText((n) => showCard(sources[n - 1]));
  const columns = h("div", { class: "answers" }, text.node);
  let second = null;
  let turnId = null;
  let drawn = [];
  const chips = h("div", { class: "turn-chips" });
  const status = h("p", { class: "thinking" }, h("span", { class: "pulse", "aria-hidden": "true" }), h("span", {}, "Thinking"));
  const notices = h("div", { class: "notices" });
  const cards = h("div", { class: "tickets", role: "group", "aria-label": "Events" });
  const after = h("div", { class: "after" });
  const answer = h("div", { class: "answer", "aria-busy": "true" }, chips, status, columns, notices, cards, after);
  const node = h(
    "section",
    { class: "turn", "aria-label": `Question: ${question}` },
    h("div", { class: "question" }, h("h2", {}, question), change ? h("p", { class: "question-change" }, change) : null),
    answer,
  );

  function showCard(id) {
    const card = document.getElementById(`${prefix}event-${id}`);
    card?.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth", block: "center" });
    card?.focus({ preventScroll: true });
  }

  function say(words) {
    status.lastChild.textContent = words;
  }

  function notice(message, code = "") {
    const look = PLAIN_NOTICES.has(code) ? "notice is-plain" : "notice";
    notices.append(h("p", { class: look }, icon("note"), h("span", {}, message)));
  }

  /** A notice that the answer's own words already give is not said twice. */
  function dropRepeated() {
    for (const one of [...notices.children]) if (text.text.includes(one.textContent)) one.remove();
  }

  function understood(chunk) {
    fill(chips, understoodChips(chunk, (ledger, words) => onask(question, { ledger, change: words })));
    say("Looking through the listings");
  }

  function events(chunk) {
    for (const event of chunk.events || []) facts.set(event.id, event);
    metadata = chunk.event_metadata || {};
    sources = chunk.all_event_ids || [];
    ways = chunk.relaxations || [];
    if ((chunk.answers || []).includes("B")) beside();
    const found = (chunk.recommended_event_ids || []).length;
    say(found ? "Writing the answer" : "Looking a little further");
  }

  /** A second column; `text` stays the first one. */
  function beside() {
    second ??= secondAnswer({ columns, first: text.node, onmark: (n) => showCard(sources[n - 1]), turn: () => turnId });
    return second;
  }

  async function done(chunk) {
    const ids = chunk.suggested_event_ids || [];
    status.remove();
    dropRepeated();
    if (chunk.status === "cancelled") notice("Stopped. What was said so far is kept.", "stopped");
    followUps(chunk.follow_up_questions || []);
    await fetchMissing(ids);
    for (const [n, id] of Object.entries(chunk.citations || {})) sources[n - 1] ??= id;
    const shown = ids.filter((id) => facts.has(id));
    drawn = [...shown, ...drawn.filter((id) => !shown.includes(id))];
    drawCards();
    text.finish((n) => shown.includes(sources[n - 1]));
    second?.firstIsDone();
    answer.setAttribute("aria-busy", "false");
    announce(`Answer ready${shown.length ? `, ${shown.length} ${shown.length === 1 ? "event" : "events"}` : ""}. ${text.text.split("\n")[0]}`);
  }

  /** What the second answer shows and the first does not stands below the first one's cards. */
  async function moreCards(chunk) {
    const ids = chunk.suggested_event_ids || [];
    for (const [n, id] of Object.entries(chunk.citations || {})) sources[n - 1] ??= id;
    await fetchMissing(ids);
    drawn = [...drawn, ...ids.filter((id) => facts.has(id) && !drawn.includes(id))];
    drawCards();
    beside().finish((n) => ids.includes(sources[n - 1]) && facts.has(sources[n - 1]), chunk.status);
  }

  function drawCards() {
    fill(cards, drawn.map((id) => eventCard(facts.get(id), { why: metadata[id]?.why, prefix })));
  }

  async function fetchMissing(ids) {
    const missing = ids.filter((id) => !facts.has(id));
    if (!missing.length) return;
    try {
      const found = await call("GET", `/events?${missing.map((id) => `ids=${id}`).join("&")}`);
      for (const event of found) facts.set(event.id, event);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notice("The details of some events could not be loaded.");
    }
  }

  function followUps(questions) {
    const offers = ways.filter((way) => way.count > 0).map((way) =>
      h("button", { type: "button", class: "way", onclick: () => onask(question, { ledger: way.change, change: way.label }) }, h("strong", {}, String(way.count)), ` ${way.label}`),
    );
    // The service words its ways out as questions too; as buttons with their counts they are enough.
    const further = offers.length ? questions.filter((words) => !words.startsWith("What is there ")) : questions;
    const more = further.map((words) => h("button", { type: "button", class: "follow", onclick: () => onask(words) }, words));
    fill(
      after,
      offers.length ? h("div", { class: "ways", role: "group", "aria-label": "Other options" }, offers) : null,
      more.length ? h("div", { class: "follows", role: "group", "aria-label": "Ask next" }, more) : null,
    );
  }

  function failed(error) {
    status.remove();
    answer.setAttribute("aria-busy", "false");
    text.finish(() => false);
    second?.finish(() => false, "failed");
    const stated = error.status >= 400 && error.status < 500 && error.code === "invalid_request";
    const words = stated ? error.message : PLAIN[error.code] || error.message;
    const wait = error.retryAfter ? `in ${error.retryAfter} ${error.retryAfter === 1 ? "second" : "seconds"}` : "in a moment";
    fill(after, h("div", { class: "failure", role: "alert" }, icon("note"), h("p", {}, words.replace("in a moment", wait)), h("button", { type: "button", class: "button quiet", onclick: onretry }, "Try again")));
  }

  function stopped() {
    if (answer.getAttribute("aria-busy") === "false") return;
    status.remove();
    answer.setAttribute("aria-busy", "false");
    text.finish(() => false);
    second?.finish(() => false, "failed");
    notice("Stopped. What was said so far is kept.", "stopped");
  }

  const handlers = {
    understood,
    events,
    turn: (chunk) => (turnId = chunk.turn_id),
    token: (chunk) => {
      if (chunk.token) say("Writing the answer");
      (chunk.model === "B" ? beside() : text).add(chunk.token || "");
    },
    notice: (chunk) => (chunk.model === "B" ? beside().notice(chunk.message) : notice(chunk.message, chunk.code)),
    done: (chunk) => (chunk.model === "B" ? moreCards(chunk) : done(chunk)),
    error: (chunk) => failed(new ApiError(503, { code: chunk.error_code, message: chunk.error })),
  };

  return {
    node,
    failed,
    stopped,
    /** Draws one chunk; unknown kinds are passed over. */
    take: (chunk) => handlers[chunk.type]?.(chunk),
    /** The stream is over; a second answer that got no end of its own will get none. */
    ended: () => second?.finish(() => false, "failed"),
    /** An answer of an older conversation, with the facts as they were told then. */
    async restore(message) {
      turnId = message.turn_id;
      for (const event of message.facts || []) facts.set(event.id, event);
      const told = { suggested_event_ids: message.event_ids, status: message.status, citations: message.citations };
      if (message.model === "B") {
        beside().add(message.content);
        await moreCards(told);
        if (message.chosen !== null) second.chosen(message.chosen ? "B" : "A");
        return;
      }
      text.add(message.content);
      await done(told);
      if (message.status === "failed") notice("This answer was not finished.");
    },
  };
}
