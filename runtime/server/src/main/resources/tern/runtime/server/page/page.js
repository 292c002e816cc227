// The chat. A conversation is a tree of messages: an edit or another answer is a new branch, and nothing that was said is lost.
import { showEngine } from '/engine.js';
import '/lab.js';

const $ = id => document.getElementById(id);
const STORE = 'tern.conversations', SETTINGS = ['system', 'temperature', 'top_p', 'top_k', 'min_p', 'max_tokens', 'seed'];
let all = load(), running = null;

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE));
    if (kept && kept.list && kept.list.length) return kept;
  } catch { /* what is damaged is no conversation */ }
  return { at: 0, list: [fresh()] };
}
function fresh() { return { nodes: [], last: null, settings: {} }; }
function current() { return all.list[all.at]; }
function save() {
  try { localStorage.setItem(STORE, JSON.stringify(all)); } catch { problem('The browser has no room to keep this conversation.'); }
}
export function problem(text) { $('problem').textContent = text; $('problem').hidden = !text; }
export function headers() {
  const key = sessionStorage.getItem('tern.key');
  return key ? { 'Content-Type': 'application/json', Authorization: 'Bearer ' + key } : { 'Content-Type': 'application/json' };
}

// ---- the tree ----

function node(id) { return current().nodes.find(one => one.id === id); }
function siblings(of) { return current().nodes.filter(one => one.parent === of.parent && one.role === of.role); }
function path(last = current().last) {
  const way = [];
  for (let at = node(last); at; at = node(at.parent)) way.unshift(at);
  return way;
}
function add(role, text, parent) {
  const one = { id: crypto.randomUUID ? crypto.randomUUID() : String(Math.random()), parent, role, text };
  current().nodes.push(one);
  current().last = one.id;
  return one;
}
function leaf(of) {
  for (let at = of; ;) {
    const next = current().nodes.filter(one => one.parent === at.id).at(-1);
    if (!next) return at;
    at = next;
  }
}

// ---- drawing ----

function markdown(into, text) {
  const html = marked.parse(text, { gfm: true, breaks: true });
  into.innerHTML = DOMPurify.sanitize(html, { FORBID_TAGS: ['style', 'form', 'input', 'button', 'img', 'audio', 'video'], FORBID_ATTR: ['style'] });
  for (const link of into.querySelectorAll('a[href]')) { link.target = '_blank'; link.rel = 'noopener noreferrer'; }
  for (const wide of into.querySelectorAll('pre, table')) wide.tabIndex = 0; // the keyboard moves what is wider than the page
}
function button(text, label, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.setAttribute('aria-label', label);
  made.onclick = act;
  return made;
}
function draw() {
  $('messages').replaceChildren(...path().map(item));
  $('conversations').replaceChildren(...all.list.map((one, i) => {
    const first = one.nodes.find(node => node.role === 'user');
    const option = new Option(first ? first.text.slice(0, 40) : 'new conversation', i);
    option.selected = i === all.at;
    return option;
  }));
  for (const name of SETTINGS) if (current().settings[name] !== undefined) $(name).value = current().settings[name];
}
function item(one) {
  const li = document.createElement('li'), text = document.createElement('div'), tools = document.createElement('div');
  li.className = one.role;
  li.dataset.id = one.id;
  text.className = 'text';
  tools.className = 'tools';
  li.setAttribute('aria-label', one.role === 'user' ? 'You' : 'Model');
  if (one.role === 'user') text.textContent = one.text; else markdown(text, one.text);
  const ways = siblings(one), at = ways.indexOf(one);
  if (ways.length > 1) {
    const go = by => { current().last = leaf(ways[at + by]).id; save(); draw(); };
    const back = button('‹', 'previous branch', () => go(-1)), on = button('›', 'next branch', () => go(1));
    back.disabled = at === 0;
    on.disabled = at === ways.length - 1;
    tools.append(back, `${at + 1} of ${ways.length}`, on);
  }
  if (one.role === 'user') tools.append(button('Edit', 'edit this message', () => edit(li, one)));
  else {
    tools.append(button('Again', 'another answer', () => answer(one.parent)), button('Copy', 'copy this answer', () => navigator.clipboard.writeText(one.text)));
    if (one.note) tools.append(one.note);
  }
  li.append(text, tools);
  return li;
}
function edit(li, one) {
  const area = document.createElement('textarea'), tools = document.createElement('div');
  area.className = 'edit';
  area.value = one.text;
  area.rows = 4;
  area.setAttribute('aria-label', 'the message, changed');
  tools.className = 'tools';
  tools.append(button('Send', 'send the changed message', () => { if (area.value.trim()) say(area.value, one.parent); }), button('Leave', 'leave it as it was', draw));
  li.replaceChildren(area, tools);
  area.focus();
}

// ---- talking ----

function say(text, parent) {
  if (running) return;
  answer(add('user', text, parent).id);
}
function request(messages) {
  const body = { messages, stream: true, stream_options: { include_usage: true } };
  for (const name of SETTINGS) if (name !== 'system' && $(name).value !== '') body[name] = Number($(name).value);
  return body;
}
async function answer(parent) {
  if (running) return;
  problem('');
  running = new AbortController();
  $('send').hidden = true;
  $('stop').hidden = false;
  const messages = path(parent).map(one => ({ role: one.role, content: one.text }));
  if ($('system').value.trim()) messages.unshift({ role: 'system', content: $('system').value });
  const one = add('assistant', '', parent);
  draw();
  const shown = document.querySelector(`[data-id="${one.id}"] .text`), start = performance.now();
  let first = 0, tokens = 0;
  $('status').textContent = 'waiting';
  $('told').textContent = 'The model answers.';
  try {
    for await (const event of events('/v1/chat/completions', request(messages), running.signal)) {
      if (event.error) throw new Error(event.error.message);
      if (event.usage) tokens = event.usage.completion_tokens;
      const more = event.choices?.[0]?.delta?.content;
      if (!more) continue;
      first ||= performance.now();
      one.text += more;
      tokens++;
      paint(shown, one);
      $('status').textContent = speed(tokens, first);
    }
    one.note = speed(tokens, first) + `, first after ${((first - start) / 1000).toFixed(2)} s`;
  } catch (e) {
    if (e.name === 'AbortError') one.note = 'stopped';
    else problem(e.message);
  }
  if (!one.text) { current().nodes.splice(current().nodes.indexOf(one), 1); current().last = parent; }
  running = null;
  $('send').hidden = false;
  $('stop').hidden = true;
  $('status').textContent = '';
  $('told').textContent = one.note ? `${one.text} ${one.note}` : '';
  save();
  draw();
  $('prompt').focus();
}
function speed(tokens, first) {
  const seconds = (performance.now() - first) / 1000;
  return tokens > 1 && seconds > 0 ? `${tokens} tokens, ${((tokens - 1) / seconds).toFixed(1)}/s` : `${tokens} tokens`;
}
let painting = false;
function paint(shown, one) { // once a frame, however fast tokens come
  if (painting) return;
  painting = true;
  requestAnimationFrame(() => {
    painting = false;
    const atEnd = innerHeight + scrollY >= document.body.scrollHeight - 80;
    markdown(shown, one.text);
    if (atEnd) scrollTo(0, document.body.scrollHeight);
  });
}
async function* events(url, body, signal) {
  const response = await fetch(url, { method: 'POST', headers: headers(), body: JSON.stringify(body), signal });
  if (!response.ok) {
    const told = await response.json().catch(() => null);
    throw new Error(told?.error?.message ?? `The server answers ${response.status}.`);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines) if (line.startsWith('data:') && !line.includes('[DONE]')) yield JSON.parse(line.slice(5));
  }
}

// ---- what is pressed ----

$('form').onsubmit = event => {
  event.preventDefault();
  const text = $('prompt').value;
  if (!text.trim() || running) return;
  $('prompt').value = '';
  say(text, current().last);
};
$('prompt').onkeydown = event => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); $('form').requestSubmit(); }
};
document.onkeydown = event => { if (event.key === 'Escape' && running) running.abort(); };
$('stop').onclick = () => running?.abort();
$('new').onclick = () => { if (running) return; all.list.push(fresh()); all.at = all.list.length - 1; save(); draw(); $('prompt').focus(); };
$('forget').onclick = () => {
  if (running) return;
  all.list.splice(all.at, 1);
  if (!all.list.length) all.list.push(fresh());
  all.at = Math.max(0, all.at - 1);
  save();
  draw();
};
$('conversations').onchange = event => { if (!running) { all.at = Number(event.target.value); save(); draw(); } };
for (const name of SETTINGS) $(name).onchange = () => { current().settings[name] = $(name).value; save(); };
$('key').onchange = () => { sessionStorage.setItem('tern.key', $('key').value); begin(); };

const tabs = ['chat', 'engine', 'lab'], shown = () => tabs.filter(name => !$('tab-' + name).hidden);
for (const name of tabs) {
  $('tab-' + name).onclick = () => view(name);
  $('tab-' + name).onkeydown = event => {
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
    const all = shown(), next = all[(all.indexOf(name) + (event.key === 'ArrowRight' ? 1 : all.length - 1)) % all.length];
    view(next);
    $('tab-' + next).focus();
  };
}
function view(name) {
  for (const one of tabs) {
    $(one).hidden = one !== name;
    $('tab-' + one).setAttribute('aria-selected', one === name);
    $('tab-' + one).tabIndex = one === name ? 0 : -1;
  }
  showEngine(name === 'engine');
}
async function begin() {
  problem('');
  const response = await fetch('/v1/models', { headers: headers() }).catch(() => null);
  const props = response?.ok ? await fetch('/props', { headers: headers() }).then(told => told.json(), () => null) : null;
  $('tab-lab').hidden = !props?.lab;
  if (response?.ok) $('model').textContent = (await response.json()).data[0].id;
  else problem(response?.status === 401 ? 'This server wants a key: open Settings.' : 'The server does not answer.');
}
view('chat');
draw();
begin();
