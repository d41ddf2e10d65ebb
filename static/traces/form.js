// The question with all its knobs.

import { fill, h } from "../web/dom.js";
import { config, get } from "./config.js";
import { FACTORS } from "./rank.js";
import { profilesPanel } from "./profiles.js";

const PAUSE_MS = 160;
const STEP = 0.01;

const field = (label, input, hint, wide = false) => h("label", { class: wide ? "ezr-field wide" : "ezr-field" }, h("span", {}, label), input, hint ? h("small", {}, hint) : null);
const input = (name, props = {}) => h("input", { class: "ezr-input", name, autocomplete: "off", ...props });

function placeField(onpick) {
  let chosen = null;
  let timer = null;
  let asking = null;
  const list = h("ul", { class: "ezr-options", role: "listbox", id: "runner-places", "aria-label": "Places", hidden: true, onmousedown: (event) => event.preventDefault() });
  const text = input("place", { role: "combobox", "aria-expanded": "false", "aria-controls": "runner-places", placeholder: "Town or ZIP", oninput: typed, onkeydown: pressed });

  function typed() {
    chosen = null;
    clearTimeout(timer);
    timer = setTimeout(offer, PAUSE_MS);
  }

  async function offer() {
    asking?.abort();
    asking = new AbortController();
    const q = text.value.trim();
    try {
      const { places } = q.length > 1 ? await get("places", { q, signal: asking.signal }) : { places: [] };
      fill(list, ...places.map((place) => h("li", { role: "option" }, h("button", { type: "button", onclick: () => pick(place) }, place.label))));
      show(places.length > 0);
    } catch (error) {
      if (error.name !== "AbortError") show(false);
    }
  }

  function show(open) {
    list.hidden = !open;
    text.setAttribute("aria-expanded", String(open));
  }

  function pressed(event) {
    if (event.key === "Escape") show(false);
    if (event.key === "ArrowDown" && !list.hidden) list.querySelector("button")?.focus();
  }

  function left(event) {
    if (!event.currentTarget.contains(event.relatedTarget)) show(false);
  }

  function pick(place) {
    chosen = place;
    text.value = place.label;
    show(false);
    onpick(place);
  }

  return {
    node: h("div", { class: "ezr-combo", onfocusout: left }, text, list),
    value: () => ({ location_id: chosen?.id ?? null, location_text: chosen?.id ? null : text.value.trim() || null }),
    set: (id, label) => {
      chosen = id ? { id, label } : null;
      text.value = label ?? "";
    },
  };
}

function weightSliders(onchange) {
  const sum = h("output", { class: "ezr-sum", "data-part": "weights-sum" });
  const rows = Object.fromEntries(FACTORS.map((factor) => {
    const shown = h("output", {});
    const slider = h("input", { type: "range", name: `weight-${factor}`, min: 0, max: 1, step: STEP, "aria-label": `Weight of ${factor}`, oninput: () => moved(factor) });
    return [factor, { slider, shown, node: h("label", { class: "ezr-slider" }, h("span", {}, factor), slider, shown) }];
  }));
  const exact = {}; // a slider has steps; weights that were set and not moved stay as they are
  const value = () => ({ ...exact });

  function tell() {
    const now = value();
    for (const factor of FACTORS) rows[factor].shown.textContent = now[factor].toFixed(2);
    const total = FACTORS.reduce((all, factor) => all + now[factor], 0);
    sum.textContent = `Sum ${total.toFixed(2)}${Math.abs(total - 1) < 0.005 ? "" : ", used as shares of it"}`;
    sum.classList.toggle("off", total <= 0);
  }

  function moved(factor) {
    exact[factor] = Number(rows[factor].slider.value);
    tell();
    onchange(value());
  }

  return {
    node: h("div", { class: "ezr-sliders" }, ...FACTORS.map((factor) => rows[factor].node), sum),
    value,
    set(weights) {
      for (const factor of FACTORS) rows[factor].slider.value = exact[factor] = weights[factor];
      tell();
    },
  };
}

/** {node, body(), weights(), fillFrom(run), setWeights(), busy(bool)} */
export function runnerForm({ onrun, onstop, onweights }) {
  let book = config.book;
  let touched = false;
  const message = h("textarea", { class: "ezr-input", name: "message", rows: 2, maxlength: 4000, "aria-label": "Question", placeholder: "What would a user ask?", onkeydown: sent });
  const clock = input("now", { type: "datetime-local", step: 60 });
  const zone = input("zone", { value: config.zone });
  const place = placeField((picked) => {
    if (picked.zone) zone.value = picked.zone; // the clock is meant there
  });
  const model = h("select", { class: "ezr-input", name: "model" }, h("option", { value: "" }, "as the product decides"), ...config.models.map((name) => h("option", { value: name }, name)));
  const temperature = input("temperature", { type: "number", min: 0, max: 2, step: 0.1, placeholder: String(config.temperature) });
  const radius = input("radius", { type: "number", min: 1, max: config.radius.max, step: 1, placeholder: String(config.radius.default) });
  const from = input("date_from", { type: "date" });
  const to = input("date_to", { type: "date" });
  const sizes = Object.fromEntries(Object.entries(config.sizes).map(([name, size]) => [name, input(name, { type: "number", min: 0, max: 200, value: size })]));
  const records = h("select", { class: "ezr-input", name: "records" }, h("option", { value: "then" }, "as at the clock's time"), h("option", { value: "now" }, "as today"));
  const sliders = weightSliders((weights) => {
    touched = true;
    onweights(weights);
  });
  sliders.set(book.in_use);

  function setWeights(weights, mark = true) {
    touched = mark;
    sliders.set(weights);
    onweights(sliders.value());
  }

  const panel = profilesPanel({ book, weights: sliders.value, onpick: (weights) => setWeights(weights), onbook: (changed) => (book = changed) });
  const run = h("button", { type: "submit", class: "ezr-button primary", disabled: !config.may.ask }, "Run");
  const stop = h("button", { type: "button", class: "ezr-button danger", hidden: true, onclick: () => onstop() }, "Stop");

  const node = h(
    "form",
    { class: "ezr-form", onsubmit: submitted, "aria-label": "Question and settings" },
    field("Question", message),
    field("Place", place.node),
    h("div", { class: "ezr-row" }, run, stop, config.may.ask ? null : h("small", {}, "Your account may look at runs, but not ask.")),
    h("details", { class: "ezr-fold" }, h("summary", {}, "Settings"),
      h("div", { class: "ezr-grid" },
        field("Clock (as of)", clock, "Empty: now, and for a replay the clock of then.", true), field("Time zone", zone, null, true),
        field("Records", records, "What was known of the events.", true), field("From", from), field("To", to),
        field("Radius, miles", radius), field("Temperature", temperature), field("Model", model, null, true)),
      h("fieldset", { class: "ezr-sizes" }, h("legend", {}, "Events at most"),
        ...Object.entries(sizes).map(([name, box]) => field(name.replace("max_", ""), box)))),
    h("details", { class: "ezr-fold", "data-part": "weights" }, h("summary", {}, "Scoring Weights (Advanced)"), sliders.node,
      h("p", { class: "ezr-row" }, h("button", { type: "button", class: "ezr-button quiet", onclick: () => setWeights(book.in_use, false) }, "Reset to those in use")),
      panel.node),
  );

  function sent(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!run.disabled && !run.hidden) node.requestSubmit(run);
    }
  }

  function submitted(event) {
    event.preventDefault();
    onrun();
  }

  function body() {
    const { location_id, location_text } = place.value();
    return {
      message: message.value, location_id, location_text, zone: zone.value.trim(), now: clock.value, records: records.value,
      model: model.value, temperature: temperature.value, max_distance_miles: radius.value, date_from: from.value, date_to: to.value,
      sizes: Object.fromEntries(Object.entries(sizes).map(([name, box]) => [name, Math.trunc(Number(box.value))])),
      weights: touched ? sliders.value() : null,
    };
  }

  function fillFrom(data, rerank, placeLabel) {
    const asked = data.run.request?.asked;
    message.value = data.run.message;
    if (!asked) return;
    place.set(asked.context.location_id, asked.context.location_id ? placeLabel ?? asked.context.location_text ?? `#${asked.context.location_id}` : asked.context.location_text ?? "");
    zone.value = asked.zone;
    model.value = config.models.includes(asked.model) ? asked.model : "";
    temperature.value = asked.temperature ?? "";
    radius.value = asked.context.max_distance_miles ?? "";
    from.value = asked.context.date_from ?? "";
    to.value = asked.context.date_to ?? "";
    for (const [name, box] of Object.entries(sizes)) box.value = (rerank.sizes ?? asked.tiers ?? config.sizes)[name];
    if (rerank.weights) {
      touched = Boolean(asked.weights);
      sliders.set(rerank.weights);
    }
  }

  return {
    node, body, fillFrom, setWeights, weights: sliders.value,
    prefill(query) {
      message.value = query.get("ask") ?? "";
      place.set(null, query.get("place") ?? "");
      message.focus();
    },
    busy(on) {
      run.hidden = on;
      stop.hidden = !on;
    },
  };
}
