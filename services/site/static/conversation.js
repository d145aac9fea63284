/**
 * One conversation with the front door: opens or resumes it, sends each message once and in order,
 * receives by Server-Sent Events (or by asking, where these do not get through), and survives outages.
 * Knows nothing of what the page looks like.
 */

import { Refused, Unreachable, eventsAfter, messagesAfter, openSession, postMessage } from './api.js';
import { Patience } from './patience.js';

// The session itself is a cookie that scripts cannot read; this says only that there is one.
const REMEMBERED = 'anju.conversation';
const EXPIRED = '上次的对话已经过期，这里重新开始。';

export class Conversation {
  #page;
  #life = 0; // grows with each new session, so that late answers of an old one are dropped
  #seen = new Set();
  #cursor = 0; // the last seq of history and events; replies to a POST may run ahead of it
  #queue = [];
  #held = []; // events that arrived while a POST was on its way
  #pumping = false;
  #posting = false;
  #ready = false;
  #hangUp = () => {};
  #sending = new Patience();
  #receiving = new Patience();

  /**
   * @param page what the resident sees. `handle`s are its own, for messages on their way.
   *   message(m); delivered(handle, m, known); refused(handle, text); queued(handle) → handle, to show it again;
   *   rated(seq, {value, reason}), by a button after a complaint; cleared(why); untouched(); connected(is); waiting(is); stuck(text).
   */
  constructor(page) {
    this.#page = page;
    window.addEventListener('online', () => this.#retryNow());
    document.addEventListener('visibilitychange', () => document.hidden || this.#retryNow());
  }

  /** Resumes the conversation of this browser, else opens one; keeps trying while the server is away. */
  async start() {
    if (!remembered()) return this.restart('');
    const life = this.#life;
    const history = await this.#until(() => messagesAfter(0), life);
    if (life !== this.#life) return undefined;
    if (!history) return this.restart(EXPIRED);
    return this.#begin(history.messages ?? []);
  }

  /** Opens a new conversation in place of this one; with `keep`, what is queued will be sent in the new one. */
  async restart(why, keep = false) {
    this.#life += 1;
    const life = this.#life;
    this.#ready = false;
    if (!keep) this.#queue = [];
    this.#hangUp();
    const session = await this.#until(openSession, life);
    if (life !== this.#life) return;
    if (!session) {
      this.#page.stuck('现在打不开对话，请刷新页面再试；一直不行请拨打 12345。');
      return;
    }
    remember();
    this.#seen.clear();
    this.#cursor = 0;
    this.#held = [];
    this.#page.cleared(why);
    this.#begin(session.messages ?? []);
  }

  /** Sends {text}, or {payload} of a button; `handle` comes back with `delivered` or `refused`. */
  send(body, handle) {
    this.#queue.push({ body: { ...body, id: newId() }, handle });
    this.#pump();
  }

  #begin(messages) {
    this.#ready = true;
    for (const message of messages) this.#take(message, true);
    if (!messages.some((message) => message.role === 'user')) this.#page.untouched();
    for (const item of this.#queue) item.handle = this.#page.queued(item.handle);
    this.#reached();
    this.#listen(this.#life);
    this.#pump();
  }

  async #pump() {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#queue.length && this.#ready) {
      this.#page.waiting(true);
      await this.#post(this.#queue[0], this.#life);
    }
    this.#pumping = false;
    this.#page.waiting(false);
  }

  async #post(item, life) {
    this.#posting = true;
    let failure = null;
    try {
      const { messages } = await postMessage(item.body);
      if (life === this.#life) this.#deliver(item, messages ?? []);
    } catch (error) {
      failure = error;
    }
    this.#posting = false;
    if (life !== this.#life) return;
    for (const message of this.#held.splice(0)) this.#take(message, true);
    if (failure) await this.#failed(item, failure);
  }

  #deliver(item, messages) {
    this.#queue.shift();
    this.#reached();
    this.#page.waiting(this.#queue.length > 0);
    const own = messages.find((message) => message.role === 'user');
    // Known when an event showed it before: its first reply was lost, or another tab shares the conversation.
    const known = Boolean(own) && this.#seen.has(own.seq);
    if (own) this.#seen.add(own.seq);
    this.#page.delivered(item.handle, own, known);
    for (const message of messages) {
      this.#take(message, false);
      // Only here: history shows a rating at its answer, as it is by then.
      const outcome = message.outcome;
      if (outcome?.outcome === 'rated') this.#page.rated(outcome.seq, { value: outcome.value, reason: outcome.reason });
    }
  }

  async #failed(item, error) {
    if (error instanceof Unreachable) {
      // The same id again: the server knows whether it has this message already.
      this.#page.connected(false);
      await this.#sending.wait();
    } else if (error instanceof Refused && error.status === 401) {
      await this.restart(EXPIRED, true);
    } else {
      this.#queue.shift();
      this.#page.refused(item.handle, error instanceof Refused ? error.message : '没有发送成功，请再试一次。');
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Shows a message once. `ordered` ones come in sequence, so the next request may start behind them. */
  #take(message, ordered) {
    if (ordered && message.seq > this.#cursor) this.#cursor = message.seq;
    if (this.#seen.has(message.seq)) return;
    this.#seen.add(message.seq);
    this.#page.message(message);
  }

  async #listen(life) {
    while (life === this.#life) {
      await this.#stream();
      if (life === this.#life) await this.#receiving.wait();
      if (life === this.#life) await this.#catchUp(life);
    }
  }

  /** Receives events until the stream breaks, or is hung up. */
  #stream() {
    return new Promise((resolve) => {
      const events = eventsAfter(this.#cursor);
      this.#hangUp = () => {
        events.close();
        resolve();
      };
      events.onopen = () => this.#reached();
      // Our own waiting in place of the browser's, which would ask again for what we have.
      events.onerror = () => this.#hangUp();
      events.onmessage = (event) => this.#receive(JSON.parse(event.data));
    });
  }

  #receive(message) {
    if (this.#posting) this.#held.push(message);
    else this.#take(message, true);
  }

  async #catchUp(life) {
    try {
      const { messages } = await messagesAfter(this.#cursor);
      if (life !== this.#life) return;
      this.#page.connected(true);
      this.#sending.hurry();
      for (const message of messages ?? []) this.#receive(message);
    } catch (error) {
      if (life !== this.#life) return;
      if (error instanceof Refused && [401, 404].includes(error.status)) await this.restart(EXPIRED, true);
      else this.#page.connected(false);
    }
  }

  /** Repeats a request until the server answers; null when it refuses, or when a newer session began. */
  async #until(request, life) {
    for (;;) {
      try {
        return await request();
      } catch (error) {
        const refused = error instanceof Refused && error.status < 500 && error.status !== 429;
        if (life !== this.#life || refused) return null;
        this.#page.connected(false);
        await this.#sending.wait();
      }
    }
  }

  #reached() {
    this.#page.connected(true);
    this.#receiving.reset();
    this.#sending.reset();
    this.#sending.hurry();
  }

  #retryNow() {
    this.#sending.hurry();
    this.#receiving.hurry();
    // A phone that slept may hold a connection that is dead without knowing: a new one costs little.
    this.#hangUp();
  }
}

function newId() {
  // randomUUID is missing on pages that are not https, such as a first trial on a local network.
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// Browsers may forbid storage (private windows): then each visit is a new conversation.
function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) === 'yes';
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(REMEMBERED, 'yes');
  } catch {
    // Nothing to do: the conversation works, only a reload starts a new one.
  }
}
