// Ask one question and print the answer: node chat.mjs http://localhost:8002 TOKEN "live music tonight"
// Node 20 or newer; without the last lines, a page over https in a browser that iterates streams. A cut on the way is resumed where it was.

const WAITS_MS = [400, 1200, 3000];

async function* events(response) {
  const decoder = new TextDecoder();
  let rest = "";
  let id = null;
  let data = "";
  for await (const bytes of response.body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("id:")) id = line.slice(3).trim();
      else if (line.startsWith("data:")) data = line.slice(5).trim();
      else if (line === "" && data) {
        yield { id, chunk: JSON.parse(data) };
        data = "";
      }
    }
  }
}

/** The chunks of one turn, once each, until SYSTEM. Throws the error body, which has `code` and `retryable`. */
export async function* ask(base, token, message, body = {}) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
  let turn = null;
  let last = null;
  for (let tries = 0; ; tries += 1) {
    try {
      const response = turn
        ? await fetch(`${base}/api/v1/chat/turns/${turn}/stream`, { headers: { ...headers, ...(last ? { "Last-Event-ID": last } : {}) } })
        : await fetch(`${base}/api/v1/chat/stream`, { method: "POST", headers, body: JSON.stringify({ message, ...body }) });
      if (!response.ok) throw Object.assign(new Error("refused"), { refusal: await response.json() });
      for await (const { id, chunk } of events(response)) {
        if (chunk.type === "ping" || chunk.code === "resume") continue;
        turn = chunk.turn_id ?? turn;
        last = id ?? last;
        tries = 0;
        yield chunk;
        if (chunk.type === "system") return;
      }
    } catch (error) {
      if (error.refusal) throw error.refusal;
    }
    if (tries >= WAITS_MS.length) throw new Error("the answer broke off on the way");
    await new Promise((resolve) => setTimeout(resolve, WAITS_MS[tries]));
  }
}

// By it "tonight" is meant while no place is named.
const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const [base, token, message] = process.argv.slice(2);
try {
  for await (const chunk of ask(base, token, message, { timezone })) {
    if (chunk.type === "token") process.stdout.write(chunk.token);
    else if (chunk.type === "notice") process.stderr.write(`[${chunk.code}] ${chunk.message}\n`);
    else if (chunk.type === "done") process.stderr.write(`events: ${JSON.stringify(chunk.suggested_event_ids)}\n`);
    else if (chunk.type === "error") throw { code: chunk.error_code, message: chunk.error };
  }
  process.stdout.write("\n");
} catch (error) {
  process.stderr.write(`${error.code ?? "error"}: ${error.message}\n`);
  process.exitCode = 1;
}
