// What was understood, one chip each. A chip opens a small menu: other readings, common changes, or leave it out.

import { h, icon } from "./dom.js";
import { shortPlace } from "./format.js";

const ICONS = { when: "clock", place: "pin", radius: "pin", audience: "people", price: "tag" };
const SPOKEN = {
  when: "When", place: "Where", radius: "Distance", audience: "Who", price: "Price", interest: "Looking for",
  exclude: "Without", attendance: "How", setting: "Setting", access: "Access",
};
const PRESETS = {
  when: ["today", "tomorrow", "this weekend", "the next 7 days"].map((words) => [words, { when: words }]),
  audience: ["toddlers", "kids", "teens", "adults"].map((words) => [words, { audience: words }]),
  price: [["free", { price: "free" }], ["up to $20", { price: 20 }], ["up to $50", { price: 50 }]],
  radius: [5, 10, 25, 50].map((miles) => [`within ${miles} miles`, { radius: miles }]),
};

/** `onchange(ledger, words)` asks the question again with these overrides. */
export function understoodChips(understood, onchange) {
  const rows = (understood.constraints || []).filter((one) => one.label && one.field !== "place");
  const chips = rows.map((one) => chip(one, menuOf(one, understood), onchange));
  if (understood.place) chips.unshift(placeChip(understood, onchange));
  return chips.length ? h("div", { class: "chips", role: "group", "aria-label": "What I understood" }, chips) : null;
}

function menuOf(constraint, understood) {
  const readings = constraint.field === "when" ? understood.when?.alternatives || [] : [];
  const items = readings.map((one) => [`or ${one.label}`, one.override]);
  const others = (PRESETS[constraint.field] || []).filter(([words]) => words !== constraint.label);
  return { items: [...items, ...others], remove: constraint.remove };
}

function placeChip(understood, onchange) {
  const { place } = understood;
  const items = (place.alternatives || []).map((one) => [one.label, one.override]);
  items.push(...PRESETS.radius.filter(([, change]) => change.radius !== understood.radius_miles));
  const source = (understood.constraints || []).find((one) => one.field === "place");
  const label = `${shortPlace(place.label)}${place.kind === "city" && place.radius_miles ? ` · ${Math.round(place.radius_miles)} mi` : ""}`;
  return chip({ field: "place", label, words: place.words, hard: true }, { items, remove: source?.remove }, onchange);
}

function chip(constraint, menu, onchange) {
  const name = SPOKEN[constraint.field] || constraint.field;
  const from = constraint.words ? ` (from “${constraint.words}”)` : "";
  const shown = constraint.field === "exclude" ? `No ${constraint.label}` : constraint.label;
  const label = [icon(ICONS[constraint.field] || "spark"), h("span", {}, shown.replace(/^./u, (letter) => letter.toUpperCase()))];
  const look = `chip${constraint.hard ? "" : " is-soft"}`;
  const remove = menu.remove
    ? h("button", { type: "button", class: "chip-remove", "aria-label": `Leave out: ${constraint.label}`, onclick: () => onchange(menu.remove, `without “${constraint.label}”`) }, icon("close"))
    : null;
  if (!menu.items.length) return h("span", { class: look, title: `${name}${from}` }, h("span", { class: "chip-text" }, label), remove);
  const list = h("ul", { class: "chip-menu", hidden: true });
  const opener = h("button", { type: "button", class: "chip-text", title: `${name}${from}`, "aria-label": `${name}: ${constraint.label}. Change`, "aria-expanded": "false" }, label, icon("down"));
  const toggle = (open) => {
    list.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
  };
  list.append(...menu.items.map(([words, change]) => h("li", {}, h("button", { type: "button", onclick: () => { toggle(false); onchange(change, words); } }, words))));
  opener.addEventListener("click", () => toggle(list.hidden));
  const node = h("span", { class: look }, opener, remove, list);
  node.addEventListener("focusout", (event) => node.contains(event.relatedTarget) || toggle(false));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    toggle(false);
    opener.focus();
  });
  return node;
}
