/**
 * The message view and the input, made of deep-chat. Only this module knows deep-chat, so that another
 * view can take its place: keep what `openView` gives.
 *
 * deep-chat is kept from showing any text as Markdown or HTML, from loading a font of a foreign host,
 * and from sending anything itself.
 */

const FONTS = 'system-ui, -apple-system, "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const PLACEHOLDER = '请输入您的问题';
// deep-chat cuts longer texts silently; the front door, whose limit is lower, says so.
const MOST_CHARACTERS = 5000;
// How near to its end a reader counts as reading the end, in CSS pixels.
const NEAR_PX = 80;

/**
 * Puts the chat into `host` (its data-bundle and data-style are addresses) and waits until it can be used.
 * @param typed called with (text, bubble) after a resident sent a text; the bubble shows it already.
 */
export async function openView(host, typed) {
  // The way deep-chat gives to change its Markdown: here, to switch it off.
  window.remarkable_plugins = [{ plugin: (markdown) => Object.assign(markdown, { render: asPlainText }) }];
  await import(host.dataset.bundle);
  const chat = document.createElement('deep-chat');
  // A font of our own before it is attached: else deep-chat links a font of a foreign host.
  chat.style.fontFamily = FONTS;
  Object.assign(chat.style, { width: '100%', height: '100%', border: 'none', backgroundColor: 'transparent', fontSize: '1rem' });
  chat.textInput = { placeholder: { text: PLACEHOLDER }, characterLimit: MOST_CHARACTERS };
  chat.submitButtonStyles = {
    position: 'outside-end',
    // Pressed with nothing typed it does nothing; a grey button that comes and goes only distracts.
    alwaysEnabled: true,
    submit: { text: { content: '发送' }, svg: { content: '' } },
  };
  chat.displayLoadingBubble = { toggle: () => {} };
  chat.errorMessages = { displayServiceErrorMessages: false, overrides: { default: '暂时出了点问题，请再发一次。' } };
  chat.connect = {
    // The mode in which deep-chat never waits for a reply: messages can be typed while the server is away.
    websocket: true,
    handler: (_, signals) => {
      signals.newUserMessage.listener = (body) => typed(lastText(body), last(chat, '.user-message-text'));
      signals.onOpen();
    },
  };
  await Promise.all([styled(chat, host.dataset.style), rendered(chat, host)]);
  label(chat);
  return new View(chat);
}

class View {
  #chat;
  #waiting = false;
  #log;

  constructor(chat) {
    this.#chat = chat;
    this.#log = chat.shadowRoot.getElementById('messages');
  }

  /** Shows a resident's text and gives its bubble. */
  addUser(text) {
    this.#chat.addMessage({ role: 'user', text });
    this.toEnd();
    return last(this.#chat, '.user-message-text');
  }

  /** Shows a message of the assistant made of these nodes and gives its element. */
  addParts(parts, kind = 'assistant') {
    const follows = this.#waiting || this.#atEnd();
    this.#chat.addMessage({ role: 'ai', html: `<div class="message message-${kind}"></div>` });
    const element = last(this.#chat, '.message');
    element.append(...parts);
    if (follows) this.toEnd();
    return element;
  }

  /** Shows or hides the dots that say "looking it up". */
  waiting(is) {
    if (is === this.#waiting) return;
    this.#waiting = is;
    this.#chat.displayLoadingBubble.toggle();
    if (is) this.toEnd();
  }

  clear() {
    this.waiting(false);
    this.#chat.clearMessages(false);
  }

  /** Lets go of the input, so that a phone's keyboard gives its half of the screen to the answer. */
  rest() {
    if (window.matchMedia('(pointer: coarse)').matches) this.#chat.shadowRoot.getElementById('text-input').blur();
  }

  /** Scrolls to the end, but not so far that the resident's last message leaves at the top. */
  toEnd() {
    // After deep-chat's own scrolling, which it does in a timer of its own.
    setTimeout(() => {
      const bubbles = this.#chat.shadowRoot.querySelectorAll('.user-message-text');
      const asked = bubbles[bubbles.length - 1];
      const end = this.#log.scrollHeight - this.#log.clientHeight;
      const top = asked
        ? this.#log.scrollTop + asked.getBoundingClientRect().top - this.#log.getBoundingClientRect().top - 12
        : 0;
      this.#log.scrollTop = Math.min(end, top);
    }, 20);
  }

  #atEnd() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_PX;
  }
}

function asPlainText(text) {
  const holder = document.createElement('p');
  holder.textContent = text;
  return holder.outerHTML;
}

function lastText(body) {
  const messages = body?.messages ?? [];
  return messages.length ? messages[messages.length - 1].text : body?.text ?? '';
}

function last(chat, selector) {
  const found = chat.shadowRoot.querySelectorAll(selector);
  return found[found.length - 1];
}

function styled(chat, address) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = address;
  return new Promise((resolve) => {
    link.onload = resolve;
    link.onerror = resolve;
    chat.shadowRoot.append(link);
  });
}

/**
 * Attaches the chat and waits until it is drawn for good. On a busy machine two of deep-chat's timers may each
 * draw it, the second in place of the first; only its own two fields tell that no drawing is left.
 */
function rendered(chat, host) {
  host.append(chat);
  return new Promise((resolve) => {
    const look = () => (chat._hasBeenRendered && !chat._waitingToRender_ ? resolve() : setTimeout(look, 10));
    look();
  });
}

/** Gives names and roles where deep-chat has none, and makes Enter and the space key do what people expect. */
function label(chat) {
  const root = chat.shadowRoot;
  const log = root.getElementById('messages');
  log.setAttribute('role', 'log');
  log.setAttribute('aria-live', 'polite');
  log.setAttribute('aria-label', '对话记录');
  log.setAttribute('tabindex', '0');
  const input = root.getElementById('text-input');
  input.setAttribute('aria-multiline', 'true');
  input.setAttribute('enterkeyhint', 'send');
  const send = root.querySelector('.input-button');
  send.setAttribute('aria-label', '发送');
  send.addEventListener('keydown', (event) => {
    if (event.key !== ' ') return;
    event.preventDefault();
    send.click();
  });
  // deep-chat ignores Enter on phones, and takes the Enter that accepts a Chinese word in browsers that report
  // it after the word has ended (by this old code alone).
  const enters = (event) => event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && event.target === input;
  const accepts = (event) => event.isComposing || event.keyCode === 229;
  root.addEventListener(
    'keydown',
    (event) => {
      if (!enters(event)) return;
      event.stopPropagation();
      if (accepts(event)) return;
      event.preventDefault();
      send.click();
    },
    true,
  );
}
