/** One message of the assistant or of staff as elements: text, sheet, cautions, details, sources, hint, buttons. */

import { el, paragraphs, webAddress, webLink } from './dom.js';

const TRUST = new Map([
  ['official', '官方文件'],
  ['secondary', '非官方网页，以当地窗口答复为准'],
  ['old', '较早的文件，可能已经修改'],
  ['seed', '省里的工作方案，各地还要出细则'],
]);

const CALL = '要找人问，可以直接拨打 12345。';
// Said by the page, beside what the services say: how far it goes, and how to go on from here.
const HINTS = new Map([
  ['points_estimated', '这是按您填的情况估算的，不是官方评分，以窗口认定为准。'],
  ['eligibility_decided', '这是按您填的情况判断的，不是官方决定，以窗口答复为准。'],
  ['clarify_region', '也可以直接打字写地名，比如“义乌”“宁波鄞州”。'],
  ['declined_no_source', CALL],
  ['declined_out_of_scope', CALL],
  ['error_points', CALL],
  ['error_eligibility', CALL],
  ['error_knowledge', CALL],
  ['handoff_requested', CALL],
]);

// Sums and ranges of points, such as 15, 10～12, 37.75 分; an empty cell does not break a column of them.
// 暂不能算 stands where no source gives points; the column is one of amounts all the same.
const AMOUNT = /^(?:[-+\d.,/~～〜—–至到少 ]*分?|暂不能算|不计)$/;
const ROLES = { col: 'columnheader', row: 'rowheader', td: 'cell' };

/**
 * Builds the parts of one message.
 * @param message as the front door gives it.
 * @param press called with a button's {title, payload}; must ignore what it cannot take.
 */
export function messageParts(message, press) {
  const outcome = typeof message.outcome === 'string' ? message.outcome : message.outcome?.outcome;
  return [
    message.role === 'staff' ? el('p', { class: 'who' }, '工作人员') : null,
    progress(message.progress),
    message.text ? el('div', { class: 'text' }, paragraphs(message.text)) : null,
    sheet(message.sheet),
    notes(message.notes),
    details(message.details),
    sources(message.sources),
    hint(outcome, message.text),
    buttons(message.buttons, press),
  ].filter(Boolean);
}

function progress(value) {
  if (!Number.isFinite(value?.number)) return null;
  const about = Number.isFinite(value.about) ? Math.max(value.about, value.number) : null;
  return el(
    'div',
    { class: 'progress' },
    el('p', {}, about ? `第 ${value.number} 题，共约 ${about} 题` : `第 ${value.number} 题`),
    about ? el('progress', { max: about, value: value.number, 'aria-hidden': 'true' }) : null,
  );
}

function sheet(value) {
  if (!value || !Array.isArray(value.rows)) return null;
  const rows = value.rows.map((row) => list(row).map(words));
  const columns = list(value.columns).map(words);
  const width = Math.max(1, columns.length, ...rows.map((row) => row.length));
  const amounts = Array.from({ length: width }, (_, i) => i > 0 && rows.every((row) => AMOUNT.test(row[i] ?? '')));
  const cell = (name, scope) => (text, i) => el(name, { scope, role: ROLES[scope ?? name], class: amounts[i] ? 'number' : null }, text);
  const line = (cells) => el('tr', { role: 'row' }, cells);
  const head = cell('th', 'col');
  const first = cell('th', 'row');
  const other = cell('td');
  const total = el('td', { colspan: width, role: 'cell' }, words(value.total));
  // Roles said again: on a phone the rows are folded by style sheet, which makes browsers forget them.
  const table = el(
    'table',
    { role: 'table', 'data-amounts': amounts.filter(Boolean).length },
    value.title ? el('caption', {}, words(value.title)) : null,
    columns.length ? el('thead', { role: 'rowgroup' }, line(columns.map(head))) : null,
    el('tbody', { role: 'rowgroup' }, rows.map((row) => line(row.map((text, i) => (i ? other : first)(text, i))))),
    value.total ? el('tfoot', { role: 'rowgroup' }, line([total])) : null,
  );
  // Wide sheets scroll on their own, and by keyboard too, so that the page never scrolls sideways.
  const scroller = el('div', { class: 'sheet', role: 'region', tabindex: '0', 'aria-label': words(value.title) || '表格' }, table);
  return el('div', { class: 'stack' }, scroller, notes(value.notes));
}

function words(value) {
  return value === null || value === undefined ? '' : String(value);
}

function notes(value) {
  const texts = list(value).filter(Boolean);
  if (!texts.length) return null;
  return el('ul', { class: 'notes', 'aria-label': '请注意' }, texts.map((text) => el('li', {}, String(text))));
}

function details(value) {
  if (!value) return null;
  return el('details', { class: 'fold' }, el('summary', {}, '详细'), el('div', { class: 'text' }, paragraphs(value)));
}

function sources(value) {
  const records = list(value).filter((record) => record?.title);
  if (!records.length) return null;
  return el(
    'details',
    { class: 'fold sources' },
    el('summary', {}, `来源 ${records.length} 条`),
    el('ol', {}, records.map(source)),
  );
}

function source(record) {
  const address = webAddress(record.url);
  const facts = [
    record.number ? `文号 ${record.number}` : null,
    record.published ? `发布日期 ${record.published}` : '来源没有写日期',
    TRUST.get(record.trust),
  ].filter(Boolean);
  return el(
    'li',
    {},
    el('span', { class: 'source-title' }, String(record.title)),
    el('span', { class: 'source-facts' }, facts.join(' · ')),
    address ? webLink(address, `打开原文（${new URL(address).host}）`) : null,
  );
}

function hint(outcome, text) {
  const words = HINTS.get(outcome);
  // The services' own sentence often names the hotline already: once is enough.
  if (!words || (words === CALL && String(text ?? '').includes('12345'))) return null;
  return el('div', { class: 'hint' }, paragraphs(words));
}

function buttons(value, press) {
  const choices = list(value).filter((choice) => choice?.title && choice.payload);
  if (!choices.length) return null;
  const group = el('div', { class: 'choices', role: 'group', 'aria-label': '可以点选' });
  for (const choice of choices) {
    const button = el('button', { type: 'button', class: 'choice' }, String(choice.title));
    button.addEventListener('click', () => {
      if (group.getAttribute('aria-disabled') !== 'true') press({ title: String(choice.title), payload: choice.payload });
    });
    group.append(button);
  }
  return group;
}

function list(value) {
  return Array.isArray(value) ? value : [];
}
