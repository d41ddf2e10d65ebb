// One turn over server-sent events, read from a fetch: a POST cannot be an EventSource.

import { ApiError, authorised, CHAT_BASE } from "./api.js";

const RESUME_WAITS_MS = [400, 1200, 3000];

/** {id, data} of each event of the body; comments and heartbeats are skipped. */
async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let data = [];
  let id = null;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const raw of lines) {
      const line = raw.replace(/\r$/, "");
      if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
      else if (line.startsWith("id:")) id = line.slice(3).trim();
      else if (line === "" && data.length) {
        yield { id, data: data.join("\n") };
        data = [];
      }
    }
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** randomUUID exists on secure origins only; a page opened by a host's name on a home network has none. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Chunks of the answer in order; throws ApiError where there is none, or when a cut in mid-answer cannot be resumed. */
export async function* askStream(body, { signal }) {
  const headers = { "Content-Type": "application/json", Accept: "text/event-stream", "Idempotency-Key": randomKey() };
  const response = await authorised(`${CHAT_BASE}/api/v1/chat/stream`, {
    method: "POST", headers, body: JSON.stringify(body), signal,
  });
  yield* chunksOf(response, null, signal);
}

/** All chunks of a turn that was asked before, also of one that still runs. */
export async function* turnStream(turn, { signal }) {
  yield* chunksOf(await resume(turn, null, signal), turn, signal);
}

/** A cut is resumed where it was. */
async function* chunksOf(response, turn, signal) {
  let last = null;
  let told = false;
  for (let tries = 0; ; tries += 1) {
    try {
      for await (const event of eventsOf(response)) {
        const chunk = parsed(event.data);
        if (chunk === null || chunk.type === "ping") continue;
        last = event.id ?? last;
        turn = chunk.turn_id ?? turn;
        tries = 0;
        told ||= chunk.model === "A" && chunk.done === true;
        yield chunk;
        if (chunk.type === "system" || chunk.model === "SYSTEM" || chunk.error) return;
      }
    } catch (error) {
      if (signal.aborted || error instanceof ApiError) throw error;
    }
    if (told) return;
    if (signal.aborted || turn === null || tries >= RESUME_WAITS_MS.length) throw lost();
    await wait(RESUME_WAITS_MS[tries]);
    response = await resume(turn, last, signal);
  }
}

async function resume(turn, last, signal) {
  const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
  return authorised(`${CHAT_BASE}/api/v1/chat/turns/${turn}/stream`, { headers, signal });
}

function lost() {
  return new ApiError(0, { code: "broken_off", message: "The answer broke off on the way." });
}

export function stopTurn(turn) {
  return authorised(`${CHAT_BASE}/api/v1/chat/turns/${turn}/stop`, { method: "POST" }).catch(() => null);
}
