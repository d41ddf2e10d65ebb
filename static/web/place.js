// A combobox over the place suggestions (the ARIA "list autocomplete" pattern).

import { call } from "./api.js";
import { announce, fill, h, icon } from "./dom.js";
import { shortPlace } from "./format.js";

const PAUSE_MS = 160;
const LIMIT = 8;
let count = 0;
let hint = null;

/** Roughly where the browser is, from its time zone ("America/Los_Angeles"), so that the nearer Santa Rosa comes first. */
async function zoneHint() {
  const city = /^(?:America|Europe|Asia|Africa|Australia|Pacific|Atlantic|Indian)\/(?:.*\/)?(.+)$/.exec(Intl.DateTimeFormat().resolvedOptions().timeZone)?.[1];
  if (!city) return "";
  const { results } = await call("GET", `/locations/suggest?limit=1&q=${encodeURIComponent(city.replaceAll("_", " "))}`, { open: true });
  return results.length ? nearOf(results[0]) : "";
}

const nearOf = ({ lat, lng }) => `&near=${lat},${lng}`;

export function placePicker({ place, onpick }) {
  const listId = `places-${(count += 1)}`;
  let options = [];
  let active = -1;
  let timer = null;
  let asking = null;
  let chosen = place;

  const list = h("ul", { class: "options", role: "listbox", id: listId, "aria-label": "Places", hidden: true });
  const input = h("input", {
    class: "place-input", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", maxlength: 100,
    "aria-label": "Near which place", "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list",
    placeholder: "Town or ZIP", value: chosen ? shortPlace(chosen.label) : "",
  });
  const box = h("div", { class: "place" }, icon("pin"), input, list);

  function close() {
    options = [];
    active = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function show(message) {
    const rows = options.map((option, index) =>
      h("li", { role: "option", id: `${listId}-${index}`, "aria-selected": String(index === active), onmousedown: (event) => event.preventDefault(), onclick: () => pick(option) }, option.label),
    );
    fill(list, rows.length ? rows : h("li", { class: "options-empty", role: "presentation" }, message));
    if (!rows.length) announce(message);
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    if (active >= 0) input.setAttribute("aria-activedescendant", `${listId}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function pick(option) {
    chosen = option;
    hint = nearOf(option);
    input.value = shortPlace(option.label);
    close();
    announce(`Place: ${option.label}`);
    onpick(option);
  }

  async function look() {
    const q = input.value.trim();
    asking?.abort();
    if (q.length < 2) return close();
    const mine = (asking = new AbortController()); // a later look may begin while this one waits for the hint
    try {
      hint ??= chosen?.lat ? nearOf(chosen) : await zoneHint().catch(() => "");
      const path = `/locations/suggest?limit=${LIMIT}&q=${encodeURIComponent(q)}${hint}`;
      options = (await call("GET", path, { open: true, signal: mine.signal })).results;
      active = options.length ? 0 : -1;
      show("No place by that name.");
    } catch (error) {
      if (error.name === "AbortError") return;
      options = [];
      active = -1;
      show(error.status === 400 ? "No place by that name." : "Places could not be loaded. Type again to retry.");
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => {
    asking?.abort();
    clearTimeout(timer);
    close();
    input.value = chosen ? shortPlace(chosen.label) : "";
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (!list.hidden) event.preventDefault();
      return close();
    }
    if (event.key === "Enter") {
      event.preventDefault();
      return active >= 0 ? pick(options[active]) : undefined;
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length;
      show("");
    }
  });

  return {
    node: box,
    focus: () => input.focus(),
    set(next) {
      chosen = next;
      if (document.activeElement !== input) input.value = next ? shortPlace(next.label) : "";
    },
  };
}
