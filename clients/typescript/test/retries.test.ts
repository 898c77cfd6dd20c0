import assert from "node:assert/strict";
import { test } from "node:test";

import { secondsOf, withRetries } from "../src/retries.js";
import { events } from "../src/streaming.js";

interface Answer {
  status: number;
  retryAfter?: string;
  code?: string;
}

/** Sends a request to a server with these answers; returns the last status, and the waits. */
async function sent(answers: Answer[], init: RequestInit = {}): Promise<[number, number[]]> {
  const waits: number[] = [];
  const bodies: string[] = [];
  const send = withRetries(
    { tries: 3, maxWait: 60 },
    async (request) => {
      bodies.push(await request.text());
      const { status, retryAfter, code } = answers.shift() ?? { status: 200 };
      const headers: HeadersInit = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
      return Response.json({ code }, { status, headers });
    },
    async (seconds) => void waits.push(seconds),
  );
  const { status } = await send(new Request("http://127.0.0.1/", init));
  assert.deepEqual(new Set(bodies), new Set([init.body ?? ""]));
  return [status, waits];
}

const UNAVAILABLE = { status: 503, retryAfter: "5" };
const KEYED = { method: "POST", body: "{}", headers: { "Idempotency-Key": "1" } };

test("a read is repeated after the time that the server names", async () => {
  assert.deepEqual(await sent([UNAVAILABLE, { status: 429, retryAfter: "7" }]), [200, [5, 7]]);
});

test("a write is repeated under an idempotency key only", async () => {
  assert.deepEqual(await sent([UNAVAILABLE], KEYED), [200, [5]]);
  assert.deepEqual(await sent([UNAVAILABLE], { method: "POST", body: "{}" }), [503, []]);
});

test("tries and waits have an end", async () => {
  assert.deepEqual(await sent([UNAVAILABLE, UNAVAILABLE, UNAVAILABLE]), [503, [5, 5]]);
  const slow = { status: 503, retryAfter: "40" };
  assert.deepEqual(await sent([slow, slow]), [503, [40]]);
});

test("a spent quota is not waited for", async () => {
  const spent = { status: 429, retryAfter: "9", code: "ai_limit_reached" };
  assert.deepEqual(await sent([spent], KEYED), [429, []]);
});

test("a refusal that names no time is final", async () => {
  assert.deepEqual(await sent([{ status: 503 }]), [503, []]);
  assert.deepEqual(await sent([{ status: 503, retryAfter: "soon" }]), [503, []]);
});

test("a date is a time, too", () => {
  assert.equal(secondsOf("Wed, 21 Oct 2015 07:28:00 GMT"), 0);
});

test("events are read wherever the stream is cut", async () => {
  const text = 'event: heartbeat\ndata: {}\n\nevent: token\ndata: {"data": {"delta": "é\u2028"}}\n\n';
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, cut));
        controller.enqueue(bytes.slice(cut));
        controller.close();
      },
    });
    const read = [];
    for await (const event of events(stream)) read.push(event);
    assert.deepEqual(read, [{ event: "token", data: { data: { delta: "é\u2028" } } }]);
  }
});
