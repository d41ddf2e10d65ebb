// What the page was given, and its requests. Names in addresses come from the server.

export const root = document.getElementById("runner");
export const config = JSON.parse(document.getElementById("runner-config").textContent);
const NOWHERE = "00000000-0000-0000-0000-000000000000";

export class Refused extends Error {}

export function address(name, id = null) {
  const url = config.urls[name];
  return id === null ? url : url.replace(NOWHERE, encodeURIComponent(id));
}

const SIGNED_OUT = "You are signed out. Sign in again in another tab, then repeat this.";
const NO_RIGHT = "Your account has no right to do this.";

/** The admin sends who is signed out to its login page, which would read as an answer. */
const isLogin = (response) => response.redirected && new URL(response.url).pathname.includes("/login");

async function answered(response) {
  if (isLogin(response)) throw new Refused(SIGNED_OUT);
  let body = null;
  try {
    body = await response.json();
  } catch {
    body = null;
  }
  if (!response.ok || body === null) throw new Refused(body?.message || (response.status === 403 ? NO_RIGHT : `The server answered ${response.status}.`));
  return body;
}

export async function get(name, { id = null, signal, ...query } = {}) {
  const asked = new URLSearchParams(query).toString();
  const url = address(name, id) + (asked ? `?${asked}` : "");
  return answered(await fetch(url, { headers: { Accept: "application/json" }, signal }));
}

function posted(name, body, id, signal) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": root.dataset.csrf };
  return fetch(address(name, id), { method: "POST", headers, body: JSON.stringify(body), signal });
}

export async function post(name, body, { id = null } = {}) {
  return answered(await posted(name, body, id));
}

/** The lines of a live run, one object each. Throws Refused, and AbortError when `signal` says stop. */
export async function* streamed(body, signal) {
  const response = await posted("stream", body, null, signal);
  if (!response.ok || isLogin(response)) await answered(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) yield JSON.parse(line);
  }
}

export const runPage = (id) => `${config.urls.runner}?run=${encodeURIComponent(id)}`;
export const comparePage = (a, b) => `${config.urls.compare}?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`;
