// Tokens and requests. An access token that has run out is refreshed once, whoever asks first; the others wait for it.

export const CHAT_BASE = document.querySelector('meta[name="chat-base"]').content;
const REST = "/api/v1";
const SOON_MS = 10_000;

export class ApiError extends Error {
  constructor(status, body) {
    super(body?.message || "Something went wrong.");
    this.status = status;
    this.code = body?.code || (status === 0 ? "network" : "server_error");
    this.field = body?.field || null;
    this.problems = body?.problems || {};
    this.retryAfter = body?.retry_after || null;
  }
}

const kept = (name) => localStorage.getItem(`ez.${name}`);
let signedOut = () => {};
let refreshing = null;

export function onSignedOut(listener) {
  signedOut = listener;
}

export function isSignedIn() {
  return Boolean(kept("refresh"));
}

export function keepTokens({ access, refresh }) {
  localStorage.setItem("ez.access", access);
  if (refresh) localStorage.setItem("ez.refresh", refresh);
}

export function forgetTokens() {
  for (const name of ["access", "refresh"]) localStorage.removeItem(`ez.${name}`);
}

function expiry(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(payload)).exp * 1000;
  } catch {
    return 0;
  }
}

async function refresh() {
  const response = await send(`${REST}/token/refresh`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ refresh: kept("refresh") }),
  });
  if (response.ok) {
    keepTokens(await response.json());
    return;
  }
  const error = await errorOf(response);
  if (response.status === 400 || response.status === 401) {
    forgetTokens();
    signedOut("Your sign-in has ended. Please sign in again.");
  }
  throw error;
}

function refreshOnce() {
  refreshing ??= refresh().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function send(url, init) {
  try {
    return await fetch(url, { credentials: "omit", cache: "no-store", ...init });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { message: "The service cannot be reached. Check your connection and try again." });
  }
}

async function errorOf(response) {
  const body = await response.json().catch(() => null);
  return new ApiError(response.status, body);
}

/** A response with a good status, asked for as whoever is signed in. Throws ApiError. */
export async function authorised(url, { headers = {}, ...init } = {}) {
  const attempt = () => send(url, { ...init, headers: { ...headers, Authorization: `Bearer ${kept("access")}` } });
  if (expiry(kept("access") || "") < Date.now() + SOON_MS) await refreshOnce();
  let response = await attempt();
  if (response.status === 401) {
    await refreshOnce();
    response = await attempt();
  }
  if (response.ok) return response;
  const error = await errorOf(response);
  if (error.status === 401 || error.code === "auth_failed") {
    forgetTokens();
    signedOut("Please sign in again.");
  }
  throw error;
}

/** A REST call; `open` needs no sign-in (a guest's token still goes along, so that registering keeps the guest's conversations). */
export async function call(method, path, { body, open = false, signal } = {}) {
  const init = { method, signal, headers: {} };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers["Content-Type"] = "application/json";
  }
  if (!open) return read(await authorised(REST + path, init));
  if (kept("refresh") && expiry(kept("access") || "") < Date.now() + SOON_MS) await refreshOnce().catch(() => null);
  if (kept("access")) init.headers.Authorization = `Bearer ${kept("access")}`;
  const response = await send(REST + path, init);
  if (!response.ok) throw await errorOf(response);
  return read(response);
}

async function read(response) {
  if (response.status === 204) return null;
  const json = response.headers.get("Content-Type")?.includes("json");
  return json ? response.json() : response.blob();
}

export async function signOut() {
  const body = { refresh: kept("refresh") };
  await call("POST", "/logout", { body, open: true }).catch(() => null);
  forgetTokens();
}
