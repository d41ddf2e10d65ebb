// Small pieces of the page.

import { h } from "../web/dom.js";

export const number = (value, digits = 2) => (typeof value === "number" ? value.toFixed(digits) : "–");

export function ms(value) {
  if (typeof value !== "number") return "–";
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

export function when(iso, zone) {
  if (!iso) return "–";
  const options = { dateStyle: "medium", timeStyle: "short", ...(zone ? { timeZone: zone } : {}) };
  return new Intl.DateTimeFormat("en-US", options).format(new Date(iso));
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

export const asText = (value) =>
  value === null || value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);

export function stageOf(data, name) {
  return data.stages.filter((row) => row.stage === name).at(-1) ?? null;
}

export const payloadOf = (data, name) => stageOf(data, name)?.payload ?? {};
