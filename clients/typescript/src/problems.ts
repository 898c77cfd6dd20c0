import type { components } from "./schema.js";

export type Problem = components["schemas"]["Problem"];

/** The API has refused a request; `problem` says why. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(readonly problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
  }
}

/** The response is none that the API describes: something on the way to it has answered. */
export class UnexpectedResponseError extends Error {
  override readonly name = "UnexpectedResponseError";
}

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Returns the data of a call's result; throws its problem if it is one. */
export function checked<T>(result: Result<T>): T {
  if (isProblem(result.error)) {
    throw new ProblemError(result.error);
  }
  if (!result.response.ok) {
    throw new UnexpectedResponseError(`${result.response.status} ${result.response.statusText}`);
  }
  return result.data as T;
}

function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "detail" in error;
}
