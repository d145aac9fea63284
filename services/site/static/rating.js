/** 有用 / 没用 under an answer, then why; what was chosen before can be changed at any time. */

import { el } from './dom.js';

// What is rated: answers, and refusals of one. Not talk, and not the questions that we ask.
const RATED = new Set([
  'answered',
  'points_estimated',
  'eligibility_decided',
  'declined_no_source',
  'declined_out_of_scope',
]);
const REASONS = new Map([
  ['not_my_case', '和我的情况不符'],
  ['wrong', '内容有误'],
  ['outdated', '内容过时'],
  ['off_topic', '答非所问'],
  ['unclear', '看不懂'],
  ['other', '其他'],
]);
const WHY = '哪里不好？点一个告诉我们：';
const THANKS = '谢谢，记下来了。';
const FAILED = '没有记下来，请再点一次。';

/** Tells whether a message of the front door is an answer that residents may rate. */
export function isRated(message) {
  const outcome = typeof message.outcome === 'string' ? message.outcome : message.outcome?.outcome;
  // Whoever is in danger is asked for nothing.
  return message.role === 'assistant' && RATED.has(outcome) && !message.outcome?.urgent;
}

export class Rating {
  #give;
  #now;
  #sending = Promise.resolve();
  #up = button('有用', '这条回答有用', () => this.#choose({ value: 'up' }, false));
  #down = button('没用', '这条回答没用', () => this.#choose(this.#now.value === 'down' ? this.#now : { value: 'down' }, true));
  #why = el('p', {}, WHY);
  #reasons = Array.from(REASONS, ([reason, title]) => [
    reason,
    button(title, null, () => this.#choose({ value: 'down', reason }, false)),
  ]);
  #fold = el(
    'div',
    { class: 'why', role: 'group', 'aria-label': '这条回答哪里不好' },
    this.#why,
    el('div', { class: 'rates' }, this.#reasons.map(([, reason]) => reason)),
  );
  #said = el('p', { class: 'said' });

  /**
   * @param now the rating so far: {value, reason?}, or nothing.
   * @param give called with {value, reason?} when the resident chose; resolves when it is kept.
   */
  constructor(now, give) {
    this.#give = give;
    this.element = el(
      'div',
      { class: 'rating' },
      el('div', { class: 'rates', role: 'group', 'aria-label': '评价这条回答' }, this.#up, this.#down),
    );
    this.show(now ?? {});
  }

  /** Shows a rating that is kept, such as one given in words. */
  show(now) {
    this.#now = now;
    this.#draw();
    this.#fold.remove();
    this.#said.remove();
  }

  #choose(chosen, asks) {
    const before = this.#now;
    this.#now = chosen;
    this.#draw();
    if (asks) {
      this.#say('');
      this.element.append(this.#fold);
      this.#fold.scrollIntoView({ block: 'nearest' });
    } else {
      // The focus must not be lost with the button that had it.
      if (this.#fold.contains(this.element.getRootNode().activeElement)) this.#down.focus();
      this.#fold.remove();
      this.#say('');
    }
    const same = chosen.value === before.value && chosen.reason === before.reason;
    // One after the other, so that the last one chosen is the one that stays; thanks only for what is kept.
    this.#sending = this.#sending
      .then(() => (same ? null : this.#give(chosen)))
      .then(() => {
        if (this.#now === chosen && !asks) this.#say(THANKS);
      })
      .catch(() => {
        if (this.#now !== chosen) return;
        this.#now = before;
        this.#draw();
        this.#say(FAILED);
      });
  }

  #draw() {
    this.#up.setAttribute('aria-pressed', this.#now.value === 'up');
    this.#down.setAttribute('aria-pressed', this.#now.value === 'down');
    for (const [reason, shown] of this.#reasons) shown.setAttribute('aria-pressed', this.#now.reason === reason);
  }

  /** Inside the log, which screen readers read out as it grows. */
  #say(words) {
    this.#said.remove();
    this.#said.textContent = words;
    if (!words) return;
    this.element.append(this.#said);
    this.#said.scrollIntoView({ block: 'nearest' });
  }
}

function button(title, name, onclick) {
  return el('button', { type: 'button', class: 'rate', 'aria-label': name, 'aria-pressed': 'false', onclick }, title);
}
