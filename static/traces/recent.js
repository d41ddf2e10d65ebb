// Recent runs, newest first; words of the question find older ones.

import { fill, h } from "../web/dom.js";
import { comparePage, get, Refused, runPage } from "./config.js";
import { empty, link, when } from "./parts.js";

const PAUSE_MS = 250;

/** {node, refresh()}. `shown` gives the id of the run on the page, or null. */
export function recentRuns(shown) {
  let timer = null;
  let asking = null;
  const list = h("ul", { class: "ezr-plain ezr-recent-list", "data-part": "recent" });
  const words = h("input", { type: "search", class: "ezr-input", placeholder: "Words of a question", "aria-label": "Find a run", autocomplete: "off", oninput: typed });

  function typed() {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE_MS);
  }

  function row(one) {
    const here = shown();
    return h("li", {}, link(runPage(one.id), one.message),
      h("small", { class: "ezr-soft" }, ` ${one.status} · ${one.origin} · ${when(one.started_at)}`),
      here && here !== one.id ? h("small", {}, " · ", link(comparePage(here, one.id), "compare")) : null);
  }

  async function refresh() {
    asking?.abort();
    asking = new AbortController();
    try {
      const { runs } = await get("recent", { q: words.value.trim(), signal: asking.signal });
      fill(list, ...(runs.length ? runs.map(row) : [h("li", {}, empty(words.value.trim() ? "No run asks this." : "No runs yet."))]));
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Refused) && !(error instanceof TypeError)) throw error;
      fill(list, h("li", { class: "ezr-trouble" }, error.message));
    }
  }

  return { node: h("details", { class: "ezr-fold" }, h("summary", {}, "Recent runs"), words, list), refresh };
}
