// The formulas of api/rag/scoring.py and api/rag/tiering.py over stored factors. Pure.

export const FACTORS = ["semantic", "location", "time", "category", "popularity"];

const has = (row, factor) => row[factor] !== null && row[factor] !== undefined;
const asked = (row, factor) => has(row, factor) || (row.unknown ?? []).includes(factor);

/** Weighted mean over the factors the query asks about; unknown data counts 0. */
function weightedScore(row, weights) {
  const names = FACTORS.filter((factor) => asked(row, factor));
  const total = names.reduce((sum, factor) => sum + weights[factor], 0);
  if (total <= 0) return 0;
  return names.reduce((sum, factor) => sum + weights[factor] * (row[factor] ?? 0), 0) / total;
}

/** Best first; ties by start, then id. A light record has no starts: there the old rank decides. */
export function reranked(rows, weights) {
  const scored = rows.map((row) => ({ ...row, score: weightedScore(row, weights) }));
  const start = (row) => (row.start ? Date.parse(row.start) : row.rank ?? 0);
  return scored.sort((a, b) => b.score - a.score || start(a) - start(b) || a.event_id - b.event_id);
}

/** By factor: the value of that weight alone at which `b` passes `a`, and on which side of it. */
export function flips(a, b, weights) {
  const names = FACTORS.filter((factor) => asked(a, factor) || asked(b, factor));
  const gain = Object.fromEntries(names.map((factor) => [factor, (b[factor] ?? 0) - (a[factor] ?? 0)]));
  const found = {};
  for (const factor of names) {
    if (gain[factor] === 0) continue;
    const others = names.reduce((sum, name) => (name === factor ? sum : sum + weights[name] * gain[name]), 0);
    const at = -others / gain[factor];
    if (at > 0 && Number.isFinite(at)) found[factor] = { at, side: gain[factor] > 0 ? "above" : "below" };
  }
  return found;
}

const SMALL_WORDS = new Set(["a", "an", "and", "at", "in", "of", "on", "the", "with"]);

/** Titles of one series read alike: case, punctuation, numbers and small words do not tell them apart. */
export function titleKey(title) {
  const words = title.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  return words.filter((word) => !/^\p{Nd}+$/u.test(word) && !SMALL_WORDS.has(word)).join(" ");
}

const hasTopic = (row) => asked(row, "semantic");

function nearTopic(row, floor, p) {
  if (!hasTopic(row)) return true;
  const match = row.semantic ?? 0;
  return match >= floor || ((row.category ?? 0) >= p.topical_category && match >= p.topical_semantic_floor);
}

/** `best`: the best match among the rows. What is much weaker is something else. */
const weak = (row, best, p) =>
  row.score < p.recommended_floor ||
  !nearTopic(row, p.recommended_semantic_floor, p) ||
  (hasTopic(row) && (row.semantic ?? 0) < p.recommended_share_of_best * best);

function picked(rows, size, p, best) {
  const titles = new Set();
  const venues = new Map();
  const found = [];
  for (const row of rows) {
    const key = titleKey(row.title ?? "");
    const venue = row.venue_asked ? "" : (row.venue ?? "").toLowerCase();
    if (best !== null && weak(row, best, p)) continue;
    if (titles.has(key) || (venue && (venues.get(venue) ?? 0) >= p.max_per_venue) || found.length >= size) continue;
    found.push(row);
    titles.add(key);
    venues.set(venue, (venues.get(venue) ?? 0) + 1);
  }
  return found;
}

/** Event id -> id of the event shown in its place: of each happening the best of `rows` is shown. `same`: pairs of event ids. */
function standIns(rows, same) {
  const twins = new Map();
  for (const [a, b] of same) {
    twins.set(a, [...(twins.get(a) ?? []), b]);
    twins.set(b, [...(twins.get(b) ?? []), a]);
  }
  const shown = new Set();
  const found = new Map();
  for (const row of rows) {
    const other = twins.get(row.event_id)?.find((id) => shown.has(id));
    if (other === undefined) shown.add(row.event_id);
    else found.set(row.event_id, other);
  }
  return found;
}

const lookedAt = (sizes) => sizes.max_recommended * 4 + sizes.max_additional + sizes.max_context;

/** Rows with `tier` and `rank`, tier by tier and best first, as the pipeline places them; the others are left out. */
export function placed(rows, sizes, p, same = []) {
  const judged = rows.slice(0, lookedAt(sizes));
  const best = Math.max(0, ...judged.map((row) => row.semantic ?? 0));
  const merged = standIns(judged, same);
  const wanted = judged.filter((row) => !merged.has(row.event_id));
  const recommended = picked(wanted, sizes.max_recommended, p, best);
  const rest = wanted.filter((row) => !recommended.includes(row));
  const near = rest.filter((row) => nearTopic(row, p.additional_semantic_floor, p));
  let additional = picked(near, sizes.max_additional, p, null);
  const more = near.filter((row) => !additional.includes(row)).slice(0, sizes.max_additional - additional.length);
  additional = wanted.filter((row) => additional.includes(row) || more.includes(row));
  const below = rest.filter((row) => !additional.includes(row)).slice(0, sizes.max_context);
  const tiers = { recommended, additional, context: below };
  return Object.entries(tiers)
    .flatMap(([tier, members]) => members.map((row) => ({ ...row, tier })))
    .map((row, index) => ({ ...row, rank: index + 1 }));
}

const normalised = (weights) => {
  const total = FACTORS.reduce((sum, factor) => sum + weights[factor], 0);
  return total > 0 ? Object.fromEntries(FACTORS.map((factor) => [factor, weights[factor] / total])) : { ...weights };
};

export function sameWeights(a, b) {
  const [x, y] = [normalised(a), normalised(b)];
  return FACTORS.every((factor) => Math.abs(x[factor] - y[factor]) < 1e-6);
}
