// The second of two answers: a column of its own beside the first, and which of the two is the better one.

import { ApiError, call } from "./api.js";
import { answerText } from "./answer.js";
import { announce, h } from "./dom.js";

export function secondAnswer({ columns, first, onmark, turn }) {
  const text = answerText(onmark);
  const buttons = { A: chooser("A"), B: chooser("B") };
  const column = (slot, node, label) => h("section", { class: "answer-column", "aria-label": label }, h("h3", { class: "answer-name" }, label), node, buttons[slot]);
  let ends = 0;
  let over = false;
  columns.classList.add("are-two");
  columns.replaceChildren(column("A", first, "Answer A"), column("B", text.node, "Answer B"));

  function chooser(slot) {
    return h("button", { type: "button", class: "choose", "aria-pressed": "false", hidden: true, onclick: () => choose(slot) }, "This one is better");
  }

  async function choose(slot) {
    try {
      await call("POST", `/turns/${turn()}/preference`, { body: { chosen: slot } });
      mark(slot);
      announce(`Answer ${slot} is your choice`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      announce(error.message);
    }
  }

  function mark(slot) {
    for (const [name, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(name === slot));
  }

  /** There is a choice once both have ended and both have said something. */
  function end() {
    ends += 1;
    const choice = ends === 2 && text.text.trim() !== "";
    for (const button of Object.values(buttons)) button.hidden = !choice;
  }

  return {
    add: text.add,
    notice: (message) => text.node.after(h("p", { class: "notice" }, message)),
    firstIsDone: end,
    chosen: mark,
    finish(isKnown, status) {
      if (over) return;
      over = true;
      text.finish(isKnown);
      if (status === "failed" && !text.text) text.node.replaceChildren(h("p", { class: "answer-none" }, "There is no second answer this time."));
      end();
    },
  };
}
