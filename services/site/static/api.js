/** The front door's HTTP calls, with two kinds of failure: to try again, or to tell the resident. */

// Longer than the front door's own limit for a turn, so that we never give up before it does.
const TIMEOUT_MS = 15000;
// Statuses that say "not now": the same request may work in a moment.
const AWAY = new Set([408, 502, 503, 504]);

/** The server could not be reached, or is away for the moment: the same request may be sent again. */
export class Unreachable extends Error {}

/** The server understood and refused. `message` is for the resident. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const openSession = () => call('POST', '/chat/sessions', {});
export const postMessage = (body) => call('POST', '/chat/messages', body);
export const postRating = (body) => call('POST', '/chat/ratings', body);
export const messagesAfter = (seq) => call('GET', `/chat/messages?after=${seq}`);
export const eventsAfter = (seq) => new EventSource(`/chat/events?after=${seq}`);

async function call(method, path, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(path, {
      method,
      body: body && JSON.stringify(body),
      headers: body ? { 'Content-Type': 'application/json' } : {},
      credentials: 'same-origin',
      cache: 'no-store',
      signal: abort.signal,
    });
    const answer = await response.json().catch(() => null);
    if (response.ok && answer) return answer;
    if (response.ok || AWAY.has(response.status)) throw new Unreachable(`${method} ${path}: ${response.status}`);
    throw new Refused(response.status, answer?.error?.message || '没有发送成功，请再试一次。');
  } catch (error) {
    if (error instanceof Unreachable || error instanceof Refused) throw error;
    throw new Unreachable(`${method} ${path}: ${error.message}`);
  } finally {
    clearTimeout(timer);
  }
}
