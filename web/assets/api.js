/** Calls the REST API of this origin. Whatever goes wrong arrives as an ApiError. */

const TIMEOUT_MS = 30_000;

/** An answer that is not a success; status 0 when there was no answer at all. */
export class ApiError extends Error {
  constructor(status, { detail = "", errors = [] } = {}, retryAfterS = null) {
    super(detail || `HTTP status ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.detail = detail;
    this.fields = Array.isArray(errors) ? errors : [];
    this.retryAfterS = retryAfterS;
  }
}

/**
 * Send a request and return its body and the address of the next page, if there is one.
 * An abort through `signal` rejects with the browser's AbortError.
 */
export async function call(method, path, { body, signal } = {}) {
  const response = await send(method, path, body, signal);
  const data = await parse(response);
  if (!response.ok) {
    throw new ApiError(response.status, data ?? {}, retryAfter(response.headers.get("Retry-After")));
  }
  return { data, next: nextPage(response.headers.get("Link")) };
}

async function send(method, path, body, signal) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const headers = { Accept: "application/json, application/problem+json" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  try {
    return await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }
    throw new ApiError(0);
  }
}

async function parse(response) {
  if (!/^application\/([a-z.+-]+\+)?json\b/i.test(response.headers.get("Content-Type") ?? "")) {
    return null;
  }
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** Seconds to wait, from either form of Retry-After (RFC 9110 section 10.2.3). */
function retryAfter(value) {
  if (!value) {
    return null;
  }
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? Math.max(seconds, 0) : null;
}

/** The path and query of `rel="next"` (RFC 8288), never another origin. */
function nextPage(link) {
  const match = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? "");
  if (!match) {
    return null;
  }
  const url = new URL(match[1], location.origin);
  return url.origin === location.origin ? url.pathname + url.search : null;
}
