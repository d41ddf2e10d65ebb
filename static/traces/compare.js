// Two runs side by side, and what moved between them.

import { fill, h } from "../web/dom.js";
import { config, get, Refused, root, runPage } from "./config.js";
import { movedView } from "./moved.js";
import { badge, isolated, link, ms, pre, when } from "./parts.js";

const box = h("div", { class: "ezr-main" });
root.replaceChildren(box);

function side(name, run, answer) {
  return h("section", { class: "ezr-side-run" },
    h("h2", {}, `${name}: `, link(runPage(run.id), run.message)),
    h("p", { class: "ezr-row" }, badge(run.status, run.status), badge(run.origin), h("span", { class: "ezr-soft" }, `${ms(run.total_ms)} · as of ${when(run.as_of)}`)),
    pre(answer ?? "(no answer was kept)"));
}

/** `shown`: the runs on the page, which need not be recent ones. */
async function picker(shown = []) {
  const { runs: recent } = await get("recent");
  const runs = [...shown.filter((run) => !recent.some((one) => one.id === run.id)), ...recent];
  const select = (name, chosen) => h("label", { class: "ezr-field wide" }, h("span", {}, `Run ${name.toUpperCase()}`), h("select", { class: "ezr-input", name },
    ...runs.map((run) => h("option", { value: run.id, selected: run.id === chosen }, `${isolated(run.message.slice(0, 60))} · ${run.origin} · ${when(run.started_at)}`))));
  return h("form", { class: "ezr-row", method: "get" }, select("a", config.a), select("b", config.b), h("button", { class: "ezr-button primary" }, "Compare"));
}

async function show() {
  if (!config.a || !config.b) {
    fill(box, await picker());
    return;
  }
  const found = await get("diff", { a: config.a, b: config.b });
  fill(box, await picker([found.a, found.b]), h("div", { class: "ezr-two" }, side("A", found.a, found.answers[0]), side("B", found.b, found.answers[1])), h("h2", {}, "What moved"), movedView(found));
}

try {
  await show();
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  fill(box, await picker(), h("p", { class: "ezr-trouble", role: "alert" }, error.message));
}
