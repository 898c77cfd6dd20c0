/** The assistant's replies as they are written: the events of `POST /chat/send`. */

import type { Client } from "./connection.js";
import { checked, UnexpectedResponseError } from "./problems.js";
import type { components } from "./schema.js";

type Schemas = components["schemas"];

interface Kinds {
  message_created: Schemas["MessageCreated"];
  start: Schemas["Start"];
  token: Schemas["RunEvent_TokenData_"];
  tool_call: Schemas["RunEvent_ToolCallData_"];
  tool_result: Schemas["RunEvent_ToolResultData_"];
  done: Schemas["RunEvent_DoneData_"];
  error: Schemas["RunEvent_ErrorData_"];
}

export type ChatEvent = { [Name in keyof Kinds]: { event: Name; data: Kinds[Name] } }[keyof Kinds];

export interface ReplyOptions {
  idempotencyKey?: string;
  signal?: AbortSignal;
}

const NAMES: ReadonlySet<string> = new Set<keyof Kinds>([
  "message_created",
  "start",
  "token",
  "tool_call",
  "tool_result",
  "done",
  "error",
]);
const LAST: ReadonlySet<string> = new Set<keyof Kinds>(["done", "error"]);

/**
 * The stream ended before the reply did. The same question under the same Idempotency-Key is
 * charged once, and gets the same reply.
 */
export class StreamInterruptedError extends Error {
  override readonly name = "StreamInterruptedError";
}

/** Asks a question, and yields the events of its reply; the last one is `done` or `error`. */
export async function* streamReply(
  client: Client,
  body: Schemas["SendBody"],
  { idempotencyKey, signal }: ReplyOptions = {},
): AsyncGenerator<ChatEvent, void, undefined> {
  const header = idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey };
  const stream = checked(
    await client.POST("/api/v1/chat/send", {
      body,
      params: { header },
      parseAs: "stream",
      ...(signal && { signal }),
    }),
  );
  if (!stream) {
    throw new UnexpectedResponseError("The response has no body.");
  }
  let last = "";
  for await (const event of events(stream)) {
    last = event.event;
    yield event;
  }
  if (!LAST.has(last)) {
    throw new StreamInterruptedError("The connection was lost before the reply was complete.");
  }
}

/** Yields the events of a stream, but no heartbeat and none of unknown names. */
export async function* events(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<ChatEvent, void, undefined> {
  let name = "";
  for await (const line of lines(stream)) {
    const [field, value] = [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)];
    if (field === "event") {
      name = value;
    } else if (field === "data" && NAMES.has(name)) {
      yield { event: name, data: JSON.parse(value) } as ChatEvent;
    }
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      const read = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = read.pop() ?? "";
      yield* read.map((line) => line.replace(/\r$/, ""));
    }
  } finally {
    await reader.cancel();
  }
}
