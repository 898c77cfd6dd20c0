/** A client of SigmaSight's API: typed by its OpenAPI document. */

export { connect, type Client } from "./connection.js";
export { checked, ProblemError, UnexpectedResponseError, type Problem } from "./problems.js";
export { withRetries, type RetryPolicy } from "./retries.js";
export { streamReply, StreamInterruptedError, type ChatEvent } from "./streaming.js";
export type { components, operations, paths } from "./schema.js";
