// A small client of EventZombie for Node 18+ and browsers: sign in as a guest, ask, print the answer as it streams.
//
//     node client.mjs "live music in Davis tonight"

const WEB = process.env.EVENTZOMBIE_WEB ?? "http://localhost:8000";
const CHAT = process.env.EVENTZOMBIE_CHAT ?? "http://localhost:8002";

async function post(url, body = {}, token = "") {
  const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (response.ok) return response;
  const { code, message } = await response.json();
  throw new Error(`${code}: ${message}`);
}

/** One JSON object per event; comments, ids and heartbeats are passed over. */
async function* chunks(response) {
  let rest = "";
  let data = [];
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const raw of lines) {
      const line = raw.replace(/\r$/, "");
      if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
      else if (line === "" && data.length) {
        yield JSON.parse(data.join("\n"));
        data = [];
      }
    }
  }
}

const question = process.argv.slice(2).join(" ") || "What is on this weekend in Santa Rosa, CA?";
const { access } = await (await post(`${WEB}/api/v1/auth/guest`)).json();
for await (const chunk of chunks(await post(`${CHAT}/api/v1/chat/stream`, { message: question }, access))) {
  if (chunk.error) throw new Error(`${chunk.error_code}: ${chunk.error}`);
  if (chunk.type === "token") process.stdout.write(chunk.token);
  else if (chunk.model === "A" && chunk.done) process.stdout.write(`\n\nEvents: ${JSON.stringify(chunk.suggested_event_ids)}\n`);
}
