// The debug runner: ask, watch the turn live, look into every stage, turn the knobs, ask again.

import { fill, h } from "../web/dom.js";
import { answerTab } from "./answer.js";
import { comparePage, config, get, Refused, root, runPage, streamed } from "./config.js";
import { errorsOf, errorsTab } from "./errors.js";
import { runnerForm } from "./form.js";
import { movedView } from "./moved.js";
import { badge, empty, link, ms, payloadOf, when, zoneOf } from "./parts.js";
import { promptTab } from "./prompt.js";
import { qualityTab } from "./quality.js";
import { rawTab } from "./raw.js";
import { recentRuns } from "./recent.js";
import { retrievalTab } from "./retrieval.js";
import { timelineTab } from "./timeline.js";
import { understandingTab } from "./understanding.js";
import { whyNotTab } from "./whynot.js";

const TABS = [
  ["answer", "Answer", answerTab], ["understanding", "Understanding", understandingTab], ["retrieval", "Retrieval", retrievalTab],
  ["why-not", "Why not", whyNotTab], ["prompt", "Prompt", promptTab], ["timeline", "Timeline", timelineTab],
  ["quality", "Response quality", qualityTab], ["errors", "Errors", errorsTab], ["raw", "Raw JSON", rawTab],
];
const NARROW = matchMedia("(max-width: 1179px)"); // the form lies above the run
const state = { data: null, tab: "answer", weights: null, asking: null, moved: null };

const head = h("header", { class: "ezr-head" });
const tabs = h("div", { class: "ezr-tabs", role: "tablist", "aria-label": "What the run recorded" });
const panel = h("div", { class: "ezr-panel", role: "tabpanel", id: "ezr-panel", tabindex: "0" });
const status = h("p", { class: "ezr-status", role: "status" });
const form = runnerForm({ onrun: () => run(form.body()), onstop: () => state.asking?.abort(), onweights: weighed });
const recent = recentRuns(() => state.data?.run.id || null);

root.replaceChildren(
  h("div", { class: "ezr-side" }, form.node, h("div", { class: "ezr-recent" }, recent.node)),
  h("div", { class: "ezr-main" }, status, head, tabs, panel),
);

function weighed(weights) {
  state.weights = weights;
  if (state.data && state.tab === "retrieval") showPanel();
}

const shownTabs = () => (state.data?.run.replay_of ? [...TABS, ["diff", "Diff", diffTab]] : TABS);

function diffTab() {
  const box = h("div", { class: "ezr-stack" }, h("p", { class: "ezr-soft" }, "Comparing…"));
  const { id, replay_of: original } = state.data.run;
  state.moved ??= get("diff", { a: original, b: id });
  state.moved.then((found) => fill(box, h("p", { class: "ezr-soft" }, "A is ", link(runPage(original), "the run of then"), ", B is this one."), movedView(found)),
    (error) => fill(box, h("p", { class: "ezr-trouble" }, error.message)));
  return box;
}

function showTabs() {
  const errors = state.data ? errorsOf(state.data).length : 0;
  const focused = tabs.contains(document.activeElement);
  fill(tabs, ...shownTabs().map(([name, label]) => h("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(name === state.tab), "aria-controls": "ezr-panel",
    tabindex: name === state.tab ? "0" : "-1", onclick: () => open(name), onkeydown: (event) => walk(event, name),
  }, label, name === "errors" && errors ? h("span", { class: "ezr-count", "data-part": "error-count" }, errors) : null)));
  if (focused) tabs.querySelector("[aria-selected=true]")?.focus(); // the keyboard stays where it was
}

function walk(event, name) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const names = shownTabs().map(([one]) => one);
  open(names[(names.indexOf(name) + by + names.length) % names.length]);
}

function open(name) {
  state.tab = name;
  showTabs();
  showPanel();
}

function showPanel() {
  const tab = shownTabs().find(([name]) => name === state.tab) ?? TABS[0];
  panel.setAttribute("aria-labelledby", `tab-${tab[0]}`);
  fill(panel, state.data ? tab[2](state.data, state.weights) : empty("Ask a question, or open one of the recent runs."));
}

function showHead() {
  const { run, links, related } = state.data;
  const share = h("button", { type: "button", class: "ezr-button quiet", onclick: copy }, "Copy link");
  async function copy() {
    const url = new URL(runPage(run.id), location.href).href;
    try {
      await navigator.clipboard.writeText(url);
      share.textContent = "Copied";
    } catch {
      status.replaceChildren(url); // a page on a host's plain address has no clipboard
    }
  }
  const again = (body) => runAgain({ replay_of: run.id, ...body });
  fill(head,
    h("h2", {}, run.message),
    h("p", { class: "ezr-row" }, badge(run.status, run.status), badge(run.origin), run.full ? null : badge("light record"), h("span", { class: "ezr-soft" }, `${ms(run.total_ms)} · as of ${when(run.as_of, zoneOf(state.data))}`, zoneOf(state.data) ? ` (${zoneOf(state.data)})` : "")),
    recordsOfThen(run.summary.records),
    h("p", { class: "ezr-row" },
      h("button", { type: "button", class: "ezr-button", disabled: !config.may.ask, onclick: () => again({}) }, "Replay as then"),
      h("button", { type: "button", class: "ezr-button quiet", disabled: !config.may.ask, onclick: () => again(changes()) }, "Replay with these settings"),
      share, link(links.run, "Record"), links.session ? link(links.session, "Session") : null, links.location ? link(links.location, "Place") : null),
    related.length ? h("details", { class: "ezr-fold" }, h("summary", {}, `Related runs (${related.length})`), h("ul", { class: "ezr-plain", "data-part": "related" },
      ...related.map((one) => h("li", {}, link(runPage(one.id), one.message), h("span", { class: "ezr-soft" }, ` ${one.origin}, ${when(one.started_at)} · `), link(comparePage(run.id, one.id), "compare"))))) : null);
}

/** What was undone to read the facts of then, where the run did. */
function recordsOfThen(then) {
  if (!then) return null;
  const told = [
    then.changed ? `${then.changed.toLocaleString("en-US")} changed since are taken as they were` : null,
    then.added_since ? `${then.added_since.toLocaleString("en-US")} entered since are left out` : null,
    then.stale_vectors ? `${then.stale_vectors.toLocaleString("en-US")} keep the vectors of today` : null,
  ].filter(Boolean);
  return h("p", { class: "ezr-note", "data-part": "records" }, `Facts of ${when(then.moment, zoneOf(state.data))}: `, told.length ? `of the events, ${told.join("; ")}.` : "no event has changed since.");
}

/** What the form changes of the run shown; an empty clock leaves the one of then. */
function changes() {
  return { ...form.body(), weights: form.weights() };
}

function show(data, { fillForm = false } = {}) {
  Object.assign(state, { data, moved: null });
  if (fillForm) form.fillFrom(data, payloadOf(data, "rerank"), payloadOf(data, "location_resolution").label);
  state.weights = form.weights();
  showHead();
  showTabs();
  showPanel();
}

/** A run that is still going on, in the shape of a stored one. */
function unfinished(body) {
  return {
    run: { id: "", message: body.message ?? state.data?.run.message ?? "", status: "running", origin: body.replay_of ? "replay" : "runner", full: true, as_of: null, total_ms: null, replay_of: null, summary: {}, answer: "" },
    stages: [], findings: [], events: {}, links: {}, related: [],
  };
}

const runAgain = (body) => run(body, "diff");

async function run(body, tab = null) {
  state.asking?.abort();
  const asking = new AbortController();
  state.asking = asking;
  form.busy(true);
  const live = unfinished(body);
  Object.assign(state, { data: live, tab: "answer", moved: null });
  fill(head, h("h2", {}, live.run.message));
  fill(status, "Asking…");
  if (NARROW.matches) head.scrollIntoView({ block: "start" });
  let id = null;
  try {
    for await (const line of streamed(body, asking.signal)) {
      if (line.type === "run") id = line.id;
      else hear(live, line);
    }
    fill(status, "");
  } catch (error) {
    if (error.name !== "AbortError" && !(error instanceof Refused) && !(error instanceof TypeError)) throw error;
    fill(status, asking.signal.aborted ? "Stopped." : error.message);
  } finally {
    if (state.asking === asking) form.busy(false);
  }
  if (id && state.asking === asking) await opened(id, { tab, patient: asking.signal.aborted });
  await recent.refresh();
}

function hear(live, line) {
  if (line.type === "stage") live.stages.push(line);
  else if (line.type === "token" && line.model === "A") live.run.answer += line.token;
  else if (line.type !== "finished") return;
  showTabs();
  if (["answer", "timeline", "errors"].includes(state.tab)) showPanel();
}

const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function opened(id, { tab = null, fillForm = false, patient = false } = {}) {
  let data = await get("run", { id });
  for (let tries = 0; patient && data.run.status === "running" && tries < 10; tries += 1) {
    await wait(200);
    data = await get("run", { id });
  }
  if (tab) state.tab = tab;
  history.replaceState(null, "", runPage(id));
  show(data, { fillForm });
}

showTabs();
showPanel();
if (config.run) await opened(config.run, { fillForm: true });
else form.prefill(new URLSearchParams(location.search));
await recent.refresh();
