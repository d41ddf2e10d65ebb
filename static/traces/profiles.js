// Weight profiles: named versions, one of them in use, every change kept.

import { ask, fill, h } from "../web/dom.js";
import { config, get, post, Refused } from "./config.js";
import { badge, fold, number, when } from "./parts.js";
import { FACTORS } from "./rank.js";

export function profilesPanel({ book, weights, onpick, onbook }) {
  const box = h("div", { class: "ezr-profiles" });
  const trouble = h("p", { class: "ezr-trouble", role: "alert", hidden: true });

  async function change(work) {
    trouble.hidden = true;
    try {
      book = await work();
      onbook(book);
      render();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  }

  async function save() {
    const name = await ask({ title: "Save as profile", text: "A new version of this name; production uses it when you say so.", value: "", confirm: "Save" });
    if (name) await change(() => post("profiles", { name, weights: weights() }));
  }

  async function use(profile) {
    const label = profile ? profile.label : "the built-in weights";
    const sure = await ask({ title: `Use ${label} in production?`, text: "Every new answer ranks by it within seconds.", confirm: "Use it" });
    if (sure) await change(() => post("use_profile", { profile: profile?.id ?? null }));
  }

  function row(profile) {
    const told = FACTORS.map((factor) => `${factor} ${number(profile.weights[factor])}`).join(" · ");
    return h("li", { class: "ezr-profile", "data-profile": profile.label },
      h("div", { class: "ezr-row" }, h("strong", {}, profile.label), profile.active ? badge("in use", "ok") : null),
      h("p", { class: "ezr-soft" }, told),
      h("div", { class: "ezr-row" },
        h("button", { type: "button", class: "ezr-button quiet", onclick: () => onpick(profile.weights) }, "Load"),
        profile.active || !config.may.weigh ? null : h("button", { type: "button", class: "ezr-button quiet", onclick: () => use(profile) }, "Use in production")));
  }

  function render() {
    const latest = book.profiles;
    fill(box,
      !config.may.weigh ? h("p", { class: "ezr-soft" }, "Your account may try weights here, but not save them or change what production uses.") : h("div", { class: "ezr-row" },
        h("button", { type: "button", class: "ezr-button quiet", onclick: save }, "Save as profile"),
        h("button", { type: "button", class: "ezr-button quiet", disabled: book.changes.length === 0, onclick: () => change(() => post("use_profile", { back: true })) }, "Back to the one before"),
        book.active_id === null ? null : h("button", { type: "button", class: "ezr-button quiet", onclick: () => use(null) }, "Use the built-in")),
      trouble,
      latest.length ? fold(`Profiles (${latest.length})`, h("ul", { class: "ezr-plain ezr-stack" }, ...latest.map(row))) : null,
      book.changes.length ? fold("What was in use when", h("ul", { class: "ezr-plain" }, ...book.changes.map((one) =>
        h("li", {}, `${when(one.at)}: ${one.from} → ${one.to}${one.by ? `, by ${one.by}` : ""}`)))) : null);
  }

  render();
  return { node: box, refresh: () => change(() => get("profiles")) };
}
