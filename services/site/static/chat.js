/** The page's chat: joins the conversation with the view, and with the few controls around them. */

import { postRating } from './api.js';
import { Conversation } from './conversation.js';
import { el } from './dom.js';
import { messageParts } from './message.js';
import { Rating, isRated } from './rating.js';
import { openView } from './view.js';

const LOST = '连接中断，正在重新连接……';
const BACK = '已重新连接。';
const BACK_MS = 4000;
// Only a slow answer needs words; before that the dots are enough.
const SLOW = '还在查，请稍等……';
const SLOW_MS = 4000;

const host = document.getElementById('chat');
const status = document.getElementById('status');
const restart = document.getElementById('restart');
const dialog = document.getElementById('restart-dialog');

let view = null;
let choices = null; // the group of buttons that can be used now
const ratings = new Map(); // by the seq of the answer
let connected = true;
let slow = 0;

const conversation = new Conversation({
  message(message) {
    if (message.role === 'user') {
      retire();
      view.addUser(message.text || '');
      return;
    }
    const parts = messageParts(message, press);
    if (isRated(message)) {
      const rating = new Rating(message.rating, (chosen) => postRating({ seq: message.seq, ...chosen }));
      ratings.set(message.seq, rating);
      parts.push(rating.element);
    }
    const element = view.addParts(parts, message.role === 'staff' ? 'staff' : 'assistant');
    // While questions are asked, the next thing is to type again.
    if (!message.progress) view.rest();
    const group = element.querySelector('.choices');
    if (!group) return;
    retire();
    choices = group;
  },
  delivered(handle, message, known) {
    handle.bubble.classList.remove('pending');
    if (known) handle.bubble.closest('.outer-message-container').remove();
    // What is kept may differ from what was typed: numbers of IDs and cards are masked.
    else if (message?.text && message.text !== handle.title) handle.bubble.textContent = message.text;
  },
  refused(handle, text) {
    handle.bubble.classList.remove('pending');
    const again = el('button', { type: 'button', class: 'again' }, '再发一次');
    const note = el('div', { class: 'unsent' }, el('p', {}, `没有发出：${text}`), again);
    again.addEventListener('click', () => {
      note.remove();
      pending(handle.bubble);
      conversation.send(handle.body, handle);
    });
    handle.bubble.append(note);
    view.toEnd();
  },
  queued: (handle) => ({ ...handle, bubble: pending(view.addUser(handle.title)) }),
  rated: (seq, rating) => ratings.get(seq)?.show(rating),
  cleared(why) {
    choices = null;
    ratings.clear();
    view.clear();
    if (why) view.addParts([el('p', {}, why)], 'page');
  },
  untouched: offerExamples,
  connected(is) {
    if (is === connected) return;
    connected = is;
    say(is ? BACK : LOST, is ? '' : 'lost');
    if (is) setTimeout(() => status.textContent === BACK && say(''), BACK_MS);
  },
  waiting(is) {
    host.dataset.waiting = is;
    view.waiting(is);
    clearTimeout(slow);
    if (is) slow = setTimeout(() => connected && say(SLOW), SLOW_MS);
    else if (status.textContent === SLOW) say('');
  },
  stuck: (text) => say(text, 'lost'),
});

function typed(text, bubble) {
  retire();
  const body = { text };
  conversation.send(body, { bubble: pending(bubble), title: text, body });
}

function press({ title, payload }) {
  retire();
  const body = payload ? { payload } : { text: title };
  conversation.send(body, { bubble: pending(view.addUser(title)), title, body });
}

function pending(bubble) {
  bubble.classList.add('pending');
  return bubble;
}

/** Ends the present buttons: they stay readable, and keep the focus where the resident left it. */
function retire() {
  if (!choices) return;
  choices.setAttribute('aria-disabled', 'true');
  for (const button of choices.querySelectorAll('button')) {
    button.setAttribute('aria-disabled', 'true');
    button.setAttribute('tabindex', '-1');
  }
  choices = null;
}

function offerExamples() {
  const texts = Array.from(document.querySelectorAll('#examples li'), (item) => item.textContent.trim());
  const buttons = texts.map((title) =>
    el('button', { type: 'button', class: 'choice example', onclick: () => press({ title }) }, title),
  );
  const group = el('div', { class: 'choices examples', role: 'group', 'aria-label': '可以这样问' }, buttons);
  view.addParts([el('p', {}, '也可以这样问，点一个试试：'), group], 'page');
}

function say(text, kind = '') {
  status.textContent = text;
  status.dataset.kind = kind;
}

function confirmed() {
  // Browsers from before 2022 may lack dialogs.
  if (!dialog.showModal) return Promise.resolve(window.confirm('重新开始？现在这段对话会从屏幕上清掉。'));
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

restart.addEventListener('click', async () => {
  if (await confirmed()) await conversation.restart('');
});

openView(host, typed).then((opened) => {
  view = opened;
  document.getElementById('opening').remove();
  host.classList.add('is-open');
  // The chat itself offers the examples, to tap.
  document.getElementById('asking').hidden = true;
  restart.hidden = false;
  return conversation.start();
});
