/** Elements without HTML strings: whatever a text holds, it can only become text. */

/**
 * Makes an element. `attributes` whose value is null, undefined or false are left out; `on…` ones are
 * listeners. Children are nodes or strings; null ones are left out.
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Gives the address if it is http or https with a host, else null: no javascript:, data: or relative ones. */
export function webAddress(value) {
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value.trim())) return null;
  try {
    const url = new URL(value.trim());
    return ['http:', 'https:'].includes(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/** Makes a link that opens beside the chat, and tells the other side nothing of it. */
export function webLink(address, ...children) {
  return el('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, ...children);
}

// Chinese punctuation ends an address; a trailing full stop or bracket is the sentence's.
const ADDRESS = /https?:\/\/[^\s<>"'，。；：！？、（）【】《》“”‘’]+/gi;
const HOTLINE = /(^|[^0-9])(12345|12333)(?![0-9])/g;

/** Turns a text into nodes: paragraphs at blank lines, breaks at line ends, links for addresses and hotlines. */
export function paragraphs(text) {
  return String(text).trim().split(/\n\s*\n/).map((block) => el('p', {}, lines(block)));
}

function lines(block) {
  return block.split('\n').flatMap((line, index) => (index ? [el('br'), ...linked(line)] : linked(line)));
}

function linked(line) {
  const nodes = [];
  let end = 0;
  for (const match of line.matchAll(ADDRESS)) {
    const shown = match[0].replace(/[.,;:!?)]+$/, '');
    const address = webAddress(shown);
    if (!address) continue;
    nodes.push(...called(line.slice(end, match.index)), webLink(address, shown));
    end = match.index + shown.length;
  }
  return [...nodes, ...called(line.slice(end))];
}

function called(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(HOTLINE)) {
    const start = match.index + match[1].length;
    nodes.push(text.slice(end, start), el('a', { href: `tel:${match[2]}` }, match[2]));
    end = start + match[2].length;
  }
  return [...nodes, text.slice(end)].filter((node) => node !== '');
}
