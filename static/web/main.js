import { call, isSignedIn, onSignedOut, signOut } from "./api.js";
import { entrance, register, resetPage, verifyPage } from "./account.js";
import { chatView } from "./chat.js";
import { $, fill, h, icon } from "./dom.js";
import { sessionsView } from "./sessions.js";

const main = $("main");
const side = $("side");
const opener = $("open-side");
let turnTo = () => {}; // what the address names, once somebody is in

function themeButton() {
  const dark = () => {
    const kept = document.documentElement.dataset.theme;
    return kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  fill($("theme"), icon("sun")).addEventListener("click", () => {
    const next = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem("ez.theme", next);
  });
}

function openSide(open) {
  document.body.classList.toggle("side-open", open);
  opener.setAttribute("aria-expanded", String(open));
  if (open) side.querySelector("button")?.focus();
  else if (side.contains(document.activeElement) && opener.offsetParent) opener.focus(); // what had the focus is out of sight
}

function accountMenu(user) {
  const who = user.is_guest ? "Guest" : user.first_name || user.email || user.username;
  const leave = h("button", { type: "button", id: "sign-out", onclick: async () => { await signOut(); address(null); showEntrance(); } }, "Sign out");
  const keep = user.is_guest ? h("button", { type: "button", onclick: () => { toggle(false); keepConversations(); } }, "Register to keep your conversations") : null;
  const menu = h("div", { class: "session-menu", hidden: true }, keep, leave);
  const toggler = h("button", { type: "button", class: "button quiet", id: "account-menu", "aria-expanded": "false", onclick: () => toggle(menu.hidden) }, icon("person"), h("span", { class: "who" }, who), icon("down"));
  const toggle = (open) => {
    menu.hidden = !open;
    toggler.setAttribute("aria-expanded", String(open));
  };
  const box = fill($("account"), toggler, menu);
  box.onkeydown = (event) => event.key === "Escape" && toggle(false);
  box.onfocusout = (event) => box.contains(event.relatedTarget) || toggle(false);
}

function keepConversations() {
  const close = h("button", { type: "button", class: "link", onclick: () => dialog.close() }, "Close");
  const dialog = h("dialog", { class: "dialog", "aria-label": "Register", onclose: () => dialog.remove() }, register(close));
  document.body.append(dialog);
  dialog.showModal();
}

/** The open conversation stands in the address, so that a reload, the back button and a bookmark lead to it. */
const named = () => /^#([0-9a-f-]{36})$/.exec(location.hash)?.[1] ?? null;

function address(id, { replace = false } = {}) {
  if (id === named()) return;
  history[replace ? "replaceState" : "pushState"](null, "", id ? `/#${id}` : "/");
}

function showEntrance(note) {
  turnTo = () => {};
  openSide(false);
  side.hidden = true;
  opener.hidden = true;
  document.body.classList.remove("is-in");
  fill($("account"));
  fill(main, entrance({ onenter: showChat, note }));
}

async function showChat(draft) {
  const user = await call("GET", "/users/me").catch(() => null);
  if (!user) {
    if (isSignedIn()) showEntrance("The service cannot be reached right now. Please try again.");
    return;
  }
  document.body.classList.add("is-in");
  accountMenu(user);
  side.hidden = false;
  opener.hidden = false;
  const chat = chatView({ draft, name: user.first_name, onsession: (session) => { address(session.id); sessions.adopt(session); } });
  const sessions = sessionsView(side, {
    onopen: async (id) => { await chat.open(id); address(id); openSide(false); },
    onnew: () => { chat.start(); address(null); openSide(false); },
  });
  turnTo = async (id) => {
    if (id && await sessions.show(id)) return;
    if (id) address(null, { replace: true });
    sessions.begin();
  };
  fill(main, chat.node);
  sessions.refresh();
  if (named()) turnTo(named());
  else chat.focus();
}

themeButton();
fill(opener, icon("menu")).addEventListener("click", () => openSide(!document.body.classList.contains("side-open")));
document.addEventListener("keydown", (event) => event.key === "Escape" && openSide(false));
main.addEventListener("click", () => openSide(false));
addEventListener("popstate", () => turnTo(named()));
onSignedOut((note) => showEntrance(note));

const token = new URLSearchParams(location.search).get("token") || "";
if (location.pathname === "/verify-email") fill(main, verifyPage(token));
else if (location.pathname === "/reset-password") fill(main, resetPage(token));
else if (isSignedIn()) showChat();
else showEntrance();
