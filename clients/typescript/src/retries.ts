/** Requests that are repeated after the time that Retry-After names (RFC 9110, § 10.2.3). */

/** How patient a client is; a longer Retry-After is left to the caller. */
export interface RetryPolicy {
  /** How often a request is sent at most. */
  tries: number;
  /** How many seconds the waits of one request may take together. */
  maxWait: number;
}

export type Send = (request: Request) => Promise<Response>;

const USUAL: RetryPolicy = { tries: 4, maxWait: 60 };
/** Methods that change nothing; others are repeated only under an Idempotency-Key. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);
const REFUSALS = new Set([429, 503]);
/** Codes of refusals that last until the end of the month, or until the plan is another. */
const QUOTAS = new Set<unknown>(["ai_limit_reached"]);

export function withRetries(
  policy: Partial<RetryPolicy> = {},
  send: Send = (request) => fetch(request),
  sleep: (seconds: number) => Promise<void> = pause,
): Send {
  const { tries, maxWait } = { ...USUAL, ...policy };
  return async (request) => {
    let left = maxWait;
    for (let sent = 1; ; sent++) {
      const mayRepeat = sent < tries && isRepeatable(request);
      const response = await send(mayRepeat ? request.clone() : request);
      if (!mayRepeat || !REFUSALS.has(response.status)) {
        return response;
      }
      const wait = secondsOf(response.headers.get("Retry-After") ?? "");
      if (wait === undefined || wait > left || QUOTAS.has(await codeOf(response))) {
        return response;
      }
      await response.body?.cancel();
      left -= wait;
      await sleep(wait);
    }
  };
}

/** Returns the seconds that a Retry-After names, if it is a number or a date. */
export function secondsOf(retryAfter: string): number | undefined {
  if (/^\d+$/.test(retryAfter)) {
    return Number(retryAfter);
  }
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

function isRepeatable(request: Request): boolean {
  return REPEATABLE.has(request.method) || request.headers.has("Idempotency-Key");
}

async function codeOf(response: Response): Promise<unknown> {
  try {
    return ((await response.clone().json()) as { code?: unknown } | null)?.code;
  } catch {
    return undefined; // a proxy's page
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
