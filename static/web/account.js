// Coming in: guest, sign in, register, forgotten password, and the two pages that letters link to.

import { ApiError, call, forgetTokens, isSignedIn, keepTokens } from "./api.js";
import { announce, fill, h, icon } from "./dom.js";

const ASKED = [
  ["people", "What can I do with a 4-year-old this weekend?"],
  ["spark", "Live music tonight"],
  ["tag", "Comedy tomorrow night under $20"],
];

function input(label, name, type, more = {}) {
  return h("label", { class: "input" }, h("span", {}, label), h("input", { name, type, required: true, ...more }));
}

const EMAIL = () => input("E-mail", "email", "email", { autocomplete: "email", maxlength: 150 });
const NEW_PASSWORD = () => input("Password, at least 10 characters", "password", "password", { autocomplete: "new-password", minlength: 10, maxlength: 128 });

/** A form whose work may fail with words; `work` gets the values and may return a message to show instead of the form. */
function form({ title, lead, fields, button, work, links = [] }) {
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button primary wide" }, button);
  const node = h("form", { class: "panel-form" }, h("h2", {}, title), lead ? h("p", { class: "lead" }, lead) : null, fields, problem, submit, h("div", { class: "links" }, links));
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    submit.disabled = true;
    try {
      const message = await work(Object.fromEntries(new FormData(node)));
      if (message) fill(node, h("h2", {}, title), h("p", { class: "lead", role: "status" }, message), h("div", { class: "links" }, links));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.textContent = wordsOf(error);
      problem.hidden = false;
    } finally {
      submit.disabled = false;
    }
  });
  return node;
}

function wordsOf(error) {
  const named = Object.values(error.problems).flat().filter((words) => typeof words === "string");
  if (named.length) return named.join(" ");
  if (error.code === "rate_limited" && error.retryAfter) return `Too many tries. Please wait ${Math.ceil(error.retryAfter / 60)} min and try again.`;
  return error.message;
}

const link = (words, onclick) => h("button", { type: "button", class: "link", onclick }, words);

/** The panels before the conversation; `onenter` is called once somebody is signed in. */
export function entrance({ onenter, note }) {
  const panel = h("div", { class: "panel" });
  const problem = h("p", { class: "problem", role: "alert", hidden: !note }, note || "");

  async function asGuest(button, draft) {
    button.disabled = true;
    try {
      forgetTokens();
      keepTokens(await call("POST", "/auth/guest", { open: true }));
      onenter(draft);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.textContent = wordsOf(error);
      problem.hidden = false;
      button.disabled = false;
    }
  }

  const back = () => link("Back", choose);

  function choose() {
    panel.parentElement?.classList.remove("has-form");
    fill(panel, problem, h("button", { type: "button", class: "button primary wide big", id: "guest", onclick: (event) => asGuest(event.currentTarget) }, "Start as a guest"),
      h("p", { class: "fine" }, "One click, no account. Your conversations stay yours if you register later."),
      h("div", { class: "row" }, h("button", { type: "button", class: "button wide", onclick: () => open(signIn(onenter, choose, open)) }, "Sign in"),
        h("button", { type: "button", class: "button wide", onclick: () => open(register(back())) }, "Register")));
  }

  function open(node) {
    fill(panel, node);
    panel.parentElement.classList.add("has-form");
    node.querySelector("input")?.focus();
  }

  choose();
  return h("div", { class: "entrance" },
    h("div", { class: "entrance-words" }, h("p", { class: "eyebrow" }, "Real events, true facts"), h("h1", {}, "What’s on", h("br"), "near you?"),
      h("p", { class: "lead" }, "Ask in your own words. Get answers made of real local events, each with its right day, time, place and price."),
      h("ul", { class: "asked", "aria-label": "Start with one of these" }, ASKED.map(([sign, words]) =>
        h("li", {}, h("button", { type: "button", class: "asked-ticket", onclick: (event) => asGuest(event.currentTarget, words) },
          h("span", { class: "asked-stub" }, icon(sign)), h("span", {}, words)))))),
    panel);
}

function signIn(onenter, choose, open) {
  return form({
    title: "Sign in", button: "Sign in",
    fields: [input("E-mail or user name", "username", "text", { autocomplete: "username", maxlength: 150 }), input("Password", "password", "password", { autocomplete: "current-password", maxlength: 128 })],
    work: async (values) => {
      const pair = await call("POST", "/token", { body: values, open: true });
      keepTokens(pair);
      onenter();
    },
    links: [link("Forgotten your password?", () => open(forgotten(link("Back", choose)))), link("No letter to confirm your address?", () => open(resend(link("Back", choose)))), link("Back", choose)],
  });
}

export function register(...links) {
  return form({
    title: "Register", button: "Send me a link", lead: isSignedIn() ? "Your conversations come along." : "", fields: [EMAIL(), NEW_PASSWORD()], links,
    work: async (values) => (await call("POST", "/users", { body: values, open: true })).message,
  });
}

function forgotten(...links) {
  return form({ title: "Choose a new password", lead: "We send a link to your address.", button: "Send me a link", fields: [EMAIL()], links,
    work: async (values) => (await call("POST", "/reset", { body: values, open: true })).message });
}

function resend(...links) {
  return form({ title: "Confirm your address", lead: "We send the link again.", button: "Send it again", fields: [EMAIL()], links,
    work: async (values) => (await call("POST", "/users/resend-verification", { body: values, open: true })).message });
}

/** /reset-password?token= */
export function resetPage(token) {
  return h("div", { class: "entrance single" }, resetPanel(token));
}

function resetPanel(token, lead = "") {
  const home = h("a", { class: "link", href: "/" }, "To the start page");
  return h("div", { class: "panel" }, form({
    title: "Choose a new password", lead, button: "Save the password", fields: [NEW_PASSWORD()], links: [home],
    work: async ({ password }) => {
      const { message } = await call("POST", "/reset/confirm", { body: { token, password }, open: true });
      forgetTokens();
      return message;
    },
  }));
}

/** /verify-email?token= ; the account is confirmed by a click, not by whatever opens the link first. */
export function verifyPage(token) {
  const home = h("a", { class: "link", href: "/" }, "To the start page");
  const panel = h("div", { class: "panel" }, form({
    title: "Confirm your e-mail address", button: "Confirm", fields: [], links: [home],
    work: async () => {
      const { message, reset_token } = await call("POST", `/users/verify/${encodeURIComponent(token)}`, { open: true });
      forgetTokens();
      announce(message);
      if (reset_token) {
        panel.replaceWith(resetPanel(reset_token, message));
        return;
      }
      return message;
    },
  }));
  return h("div", { class: "entrance single" }, panel);
}
