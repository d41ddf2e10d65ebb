import { ApiError, call } from "./api.js";
import { announce, ask, fill, h, icon } from "./dom.js";
import { agoOf } from "./format.js";

/** The list beside the conversation. */
export function sessionsView(node, { onopen, onnew }) {
  let current = null;
  let sessions = [];
  const list = h("ul", { class: "sessions" });
  fill(node, h("button", { type: "button", class: "button new", onclick: () => { current = null; draw(); onnew(); } }, icon("plus"), "New conversation"), list);

  function draw() {
    fill(list, sessions.length ? sessions.map(row) : h("li", { class: "sessions-empty" }, "Your conversations will be kept here."));
  }

  function row(session) {
    const menu = h("div", { class: "session-menu", hidden: true, role: "group", "aria-label": `Actions for ${session.title}` },
      action("Rename", () => rename(session)), action("Archive", () => change(session, { archived: true })),
      action("Save as Markdown", () => save(session, "markdown", "md")), action("Save as JSON", () => save(session, "json", "json")),
      action("Delete", () => remove(session), "danger"));
    const more = h("button", { type: "button", class: "icon-button small", "aria-label": `More about ${session.title}`, "aria-expanded": "false", onclick: () => { menu.hidden = !menu.hidden; more.setAttribute("aria-expanded", String(!menu.hidden)); } }, icon("dots"));
    const item = h("li", { class: session.id === current ? "is-current" : "" },
      h("button", { type: "button", class: "session", "aria-current": session.id === current ? "true" : null, onclick: () => show(session) },
        h("span", { class: "session-title" }, session.title || "Conversation"), h("span", { class: "session-ago" }, agoOf(session.updated_at))),
      more, menu);
    item.addEventListener("focusout", (event) => { if (!item.contains(event.relatedTarget)) { menu.hidden = true; more.setAttribute("aria-expanded", "false"); } });
    return item;
  }

  const action = (words, onclick, look = "") => h("button", { type: "button", class: look, onclick }, words);

  async function attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      announce(error.message);
    }
    await refresh();
  }

  const show = (session) => attempt(async () => {
    await onopen(session.id);
    current = session.id;
  });

  const change = (session, changes) => attempt(() => call("PATCH", `/sessions/${session.id}`, { body: changes }));

  async function rename(session) {
    const title = await ask({ title: "Rename the conversation", value: session.title, confirm: "Rename" });
    if (title) await change(session, { title });
  }

  async function remove(session) {
    const sure = await ask({ title: "Delete this conversation?", text: `“${session.title}” and its answers are removed for good.`, confirm: "Delete", danger: true });
    if (!sure) return;
    await attempt(() => call("DELETE", `/sessions/${session.id}`));
    if (session.id === current) onnew();
  }

  const save = (session, kind, ending) => attempt(async () => {
    const content = await call("GET", `/sessions/${session.id}/export?kind=${kind}`);
    const blob = content instanceof Blob ? content : new Blob([JSON.stringify(content, null, 2)], { type: "application/json" });
    const link = h("a", { href: URL.createObjectURL(blob), download: `conversation.${ending}` });
    link.click();
    URL.revokeObjectURL(link.href);
  });

  async function refresh() {
    try {
      sessions = (await call("GET", "/sessions?limit=50")).results;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    draw();
  }

  draw();
  return {
    refresh,
    adopt(session) {
      current = session.id;
      return refresh();
    },
  };
}
