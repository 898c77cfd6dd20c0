import createClient, { type Client as FetchClient } from "openapi-fetch";

import { withRetries, type RetryPolicy } from "./retries.js";
import type { paths } from "./schema.js";

export type Client = FetchClient<paths>;

/** A session token of Clerk's or an API key, or how to get one: session tokens live a minute. */
export type Token = string | (() => Promise<string>);

export function connect(baseUrl: string, token: Token, retries?: Partial<RetryPolicy>): Client {
  const client = createClient<paths>({ baseUrl, fetch: withRetries(retries) });
  client.use({
    async onRequest({ request }) {
      const current = typeof token === "string" ? token : await token();
      request.headers.set("Authorization", `Bearer ${current}`);
      return request;
    },
  });
  return client;
}
