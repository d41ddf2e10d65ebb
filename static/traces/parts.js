// Small pieces of the page.

import { h } from "../web/dom.js";

export const number = (value, digits = 2) => (typeof value === "number" ? value.toFixed(digits) : "–");

export function ms(value) {
  if (typeof value !== "number") return "–";
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

export function when(iso, zone) {
  if (!iso) return "–";
  const options = { dateStyle: "medium", timeStyle: "short" };
  try {
    return new Intl.DateTimeFormat("en-US", zone ? { ...options, timeZone: zone } : options).format(new Date(iso));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return iso; // a zone that the browser does not know
  }
}

export const badge = (text, kind = "") => h("span", { class: `ezr-badge ${kind}` }, text);
export const link = (href, text, props = {}) => (href ? h("a", { href, ...props }, text) : h("span", {}, text));
export const empty = (text) => h("p", { class: "ezr-empty" }, text);

/** [[name, value or node], ...] as a description list; nothing for values that are missing. */
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "ezr-facts" }, ...shown.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

export function bar(share, label, kind = "") {
  const fill = h("span", { class: `ezr-bar-fill ${kind}` });
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return h("span", { class: "ezr-bar", role: "img", "aria-label": label }, fill);
}

export function fold(summary, ...body) {
  return h("details", { class: "ezr-fold" }, h("summary", {}, summary), ...body);
}

export const pre = (text) => h("pre", { class: "ezr-pre", tabindex: "0" }, text);

/** For text inside other text that cannot be an element of its own: marks of direction end where it ends. */
export const isolated = (text) => `\u2068${text}\u2069`;

export const asText = (value) =>
  value === null || value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);

export function stageOf(data, name) {
  return data.stages.filter((row) => row.stage === name).at(-1) ?? null;
}

/** The time zone of the question: what its words about time meant. */
export const zoneOf = (data) => payloadOf(data, "understanding").understood?.zone ?? data.run.request?.asked?.zone;

export const payloadOf = (data, name) => stageOf(data, name)?.payload ?? {};
