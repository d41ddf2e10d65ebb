// Retrieval: the ranked events with their factors, ranked anew whenever a weight moves.

import { h } from "../web/dom.js";
import { config } from "./config.js";
import { badge, empty, link, number, payloadOf, when, zoneOf } from "./parts.js";
import { FACTORS, flips, placed, reranked, sameWeights } from "./rank.js";

/** All that the run looked at, with titles and venues filled in from the records. */
function candidatesOf(data) {
  const rerank = payloadOf(data, "rerank");
  const known = new Map((rerank.events ?? []).map((row) => [row.event_id, row]));
  const rows = rerank.candidates?.length ? rerank.candidates : rerank.events ?? [];
  return rows.map((row) => {
    const now = data.events[row.event_id] ?? {};
    const was = known.get(row.event_id);
    return {
      ...row,
      title: row.title ?? was?.title ?? now.title ?? `#${row.event_id}`,
      venue: row.venue ?? now.venue ?? "",
      why: was?.why ?? [],
      tier: was?.tier ?? null,
      rank: was?.rank ?? null,
    };
  });
}

/** {rows, changed}: as recorded, or as these weights would rank. `was` is the recorded rank, null where it had none. */
function rankedBy(data, weights) {
  const rerank = payloadOf(data, "rerank");
  const candidates = candidatesOf(data);
  const recorded = rerank.weights;
  if (!weights || !recorded || sameWeights(weights, recorded)) {
    const order = new Map((rerank.events ?? []).map((row, index) => [row.event_id, index]));
    const rows = candidates.filter((row) => order.has(row.event_id)).sort((a, b) => order.get(a.event_id) - order.get(b.event_id));
    const scores = new Map((rerank.events ?? []).map((row) => [row.event_id, row.score]));
    return { rows: rows.map((row) => ({ ...row, score: scores.get(row.event_id), was: row.rank })), changed: false };
  }
  const ranks = new Map(candidates.map((row) => [row.event_id, row.rank]));
  const rows = placed(reranked(candidates, weights), rerank.sizes ?? config.sizes, config.tiering, rerank.same);
  return { rows: rows.map((row) => ({ ...row, was: ranks.get(row.event_id) })), changed: true };
}

function arrow(row) {
  if (row.was === null || row.was === undefined) return h("span", { class: "ezr-move up", title: "was in no tier" }, "new");
  const by = row.was - row.rank;
  if (by === 0) return h("span", { class: "ezr-move" }, "=");
  const text = by > 0 ? `▲ ${by}` : `▼ ${-by}`;
  return h("span", { class: `ezr-move ${by > 0 ? "up" : "down"}`, title: `was ${row.was}` }, text);
}

function factorBars(row) {
  return h("div", { class: "ezr-factors" }, ...FACTORS.map((factor) => {
    const value = row[factor];
    const unknown = (row.unknown ?? []).includes(factor);
    const told = typeof value === "number" ? number(value) : unknown ? "unknown" : "not asked";
    const fill = h("span", { class: `ezr-bar-fill f-${factor}` });
    fill.style.width = `${(value ?? 0) * 100}%`;
    return h("div", { class: "ezr-factor", title: `${factor}: ${told}` },
      h("span", { class: "ezr-factor-name" }, factor), h("span", { class: "ezr-bar" }, fill), h("span", { class: "ezr-factor-value" }, typeof value === "number" ? number(value) : unknown ? "?" : "–"));
  }));
}

function flipList(row, ahead, weights) {
  if (!ahead || !weights) return null;
  const found = Object.entries(flips(ahead, row, weights));
  const passes = found.filter(([factor, flip]) => (flip.side === "above" ? flip.at >= weights[factor] : flip.at <= weights[factor]));
  if (!passes.length) return h("p", {}, `No single weight lifts it above “${ahead.title}”.`);
  return h("p", { "data-part": "flips" }, `Passes “${ahead.title}” when `, passes
    .map(([factor, flip]) => `${factor} is ${flip.side} ${number(flip.at, 3)} (now ${number(weights[factor], 2)})`).join(", or "), ".");
}

function eventRow(row, ahead, data, weights, changed) {
  const page = data.events[row.event_id];
  const days = typeof row.days_until_event === "number" ? `in ${number(row.days_until_event, 1)} days` : null;
  const miles = typeof row.distance_miles === "number" ? `${number(row.distance_miles, 1)} mi` : null;
  return h(
    "li",
    { class: `ezr-event tier-${row.tier}`, "data-event": row.event_id, "data-rank": row.rank, "data-tier": row.tier },
    h("div", { class: "ezr-rank" }, h("b", {}, row.rank), changed ? arrow(row) : null),
    h("div", { class: "ezr-event-main" },
      h("div", { class: "ezr-row" }, h("strong", {}, row.title), badge(row.tier, `tier-${row.tier}`),
        row.status && row.status !== "scheduled" ? badge(row.status, "error") : null),
      h("p", { class: "ezr-soft" }, [row.start ? when(row.start, zoneOf(data)) : null, days, miles].filter(Boolean).join(" · ")),
      h("p", { class: "ezr-soft" }, page?.venue ? link(page.venue_admin, page.venue) : null,
        h("span", {}, page ? link(page.admin, `Event ${row.event_id} in the admin`, { class: "ezr-admin" }) : `event ${row.event_id}, deleted since`)),
      row.why?.length ? h("p", { class: "ezr-why" }, row.why.join(" · ")) : null,
      h("details", { class: "ezr-fold" }, h("summary", {}, "What would move it"), flipList(row, ahead, weights) ?? h("p", {}, "It is first."))),
    h("div", { class: "ezr-score" }, h("b", {}, number(row.score, 3)), h("small", {}, "score")),
    factorBars(row),
  );
}

export function retrievalTab(data, weights) {
  const retrieval = payloadOf(data, "retrieval");
  const { rows, changed } = rankedBy(data, weights);
  const using = weights ?? payloadOf(data, "rerank").weights;
  const head = h("p", { class: "ezr-soft" }, `${retrieval.candidates ?? 0} events inside the constraints`,
    retrieval.plan ? ` · ${retrieval.plan}, ${retrieval.recall}` : "");
  if (!rows.length) return h("div", { class: "ezr-stack" }, head, waysOut(data), empty("No event was ranked."));
  return h(
    "div",
    { class: "ezr-stack" },
    head,
    changed ? h("p", { class: "ezr-note", role: "status" }, "Ranked anew by the sliders, without asking again. The arrows count from the recorded rank.") : null,
    waysOut(data),
    h("ol", { class: "ezr-events" }, ...rows.map((row, index) => eventRow(row, rows[index - 1], data, using, changed))),
  );
}

function waysOut(data) {
  const ways = payloadOf(data, "relaxation").ways ?? [];
  return ways.length ? h("p", { class: "ezr-row" }, "Ways out: ", ...ways.map((way) => badge(way.label))) : null;
}
