// What the engine does, asked once a second while it is looked at.
import { headers, problem } from '/page.js';

const $ = id => document.getElementById(id);
const history = [];
let timer = null, before = null;

export function showEngine(shown) {
  clearInterval(timer);
  if (!shown) return;
  look();
  timer = setInterval(look, 1000);
}
function list(into, entries) {
  into.replaceChildren(...entries.flatMap(([name, value]) => {
    const dt = document.createElement('dt'), dd = document.createElement('dd');
    dt.textContent = name;
    dd.textContent = value;
    return [dt, dd];
  }));
}
async function look() {
  const response = await fetch('/engine', { headers: headers() }).catch(() => null);
  if (!response?.ok) { problem(response?.status === 401 ? 'This server wants a key: open Settings under Chat.' : 'The server does not answer.'); return; }
  problem('');
  const props = await response.json(), c = props.counts, now = performance.now() / 1000;
  const seconds = before ? now - before.now : 0, of = name => before ? c[name] - before.c[name] : 0;
  const passes = of('passes'), busy = of('busy_seconds'), work = props.work;
  history.push(c.running);
  if (history.length > 120) history.shift();
  list($('gauges'), [
    ['Texts at once', `${c.running} of ${props.total_slots}`],
    ['Waiting', `${c.waiting} of ${props.queue}`],
    ['Tokens generated', `${c.generated}` + (seconds ? `, ${(of('generated') / seconds).toFixed(1)} a second now` : '')],
    ['Tokens of prompts', `${c.prompt} computed, ${c.shared} shared with texts before`],
    ['A pass', passes > 0 ? `${(1000 * busy / passes).toFixed(1)} ms now` : 'none now'],
    ['Mean batch', c.mean_batch.toFixed(2)],
    ['Longest pass', `${(1000 * c.longest_pass).toFixed(0)} ms`],
    ['Requests', `${c.requests}, ${c.refused} refused, ${c.cancelled} cancelled`],
  ]);
  list($('facts'), [['Model', props.model], ['Context', `${props.default_generation_settings.n_ctx} tokens`], ['Chat template', props.chat_template],
    ['Sequences kept', props.kept_sequences], ['Prompt tokens beside generation', props.prompt_chunk],
    ['Weights of a pass', `${(work.bytes_per_pass / 1e6).toFixed(work.bytes_per_pass < 1e7 ? 1 : 0)} MB`],
    ['Memory', work.bandwidth ? `${(work.bandwidth / 1e9).toFixed(1)} GB/s, measured` : 'not known'], ...Object.entries(props.facts)]);
  table($('products'), ['Product', 'Packing', 'One token', 'Several tokens', 'Code'], work.products.map(p => [p.name, p.packing, p.step, p.batch, p.code]), 5);
  parts(work, c);
  draw(props.total_slots);
  if (!before || passes > 0) before = { c, now };
  else before.now = now;
}
// Of all passes so far: what each part takes, and what it would take if reading its weights were all.
function parts(work, c) {
  const sums = new Map(); // one token and several are the same part
  for (const p of work.parts) {
    const sum = sums.get(p.name) ?? { name: p.name, seconds: 0, bytes: 0 };
    sums.set(p.name, { name: p.name, seconds: sum.seconds + p.seconds, bytes: sum.bytes + p.bytes });
  }
  const known = [...sums.values()].filter(p => p.seconds > 0).sort((a, b) => b.seconds - a.seconds);
  $('no-parts').hidden = known.length > 0;
  const digits = ms => ms.toFixed(ms < 0.1 ? 4 : ms < 10 ? 2 : 1), ms = seconds => digits(1000 * seconds / c.passes), all = known.reduce((sum, p) => sum + p.seconds, 0);
  const row = (name, seconds, bytes) => {
    const least = work.bandwidth ? bytes / work.bandwidth : 0;
    return [name, ms(seconds), `${(100 * seconds / all).toFixed(0)} %`, bytes ? ms(least) : '', bytes && least ? `${(100 * least / seconds).toFixed(0)} %` : ''];
  };
  const rows = known.map(p => row(p.schedule ? `${p.name}, ${p.schedule}` : p.name, p.seconds, p.bytes));
  if (rows.length) rows.push(row('all', all, known.reduce((sum, p) => sum + p.bytes, 0)));
  table($('parts'), rows.length ? ['Part', 'ms a pass', 'Share', 'ms to read', 'Bandwidth'] : [], rows, 1);
}
// The first columns hold words, as many as texts says; numbers stand to the right.
function table(into, heads, rows, texts) {
  const line = (cells, kind) => {
    const tr = document.createElement('tr');
    tr.replaceChildren(...cells.map((text, i) => {
      const cell = document.createElement(kind);
      cell.textContent = text;
      if (i >= texts) cell.className = 'number';
      return cell;
    }));
    return tr;
  };
  into.replaceChildren(...(heads.length ? [line(heads, 'th')] : []), ...rows.map(cells => line(cells, 'td')));
}
function draw(most) {
  const canvas = $('history'), g = canvas.getContext('2d'), style = getComputedStyle(document.body);
  g.clearRect(0, 0, canvas.width, canvas.height);
  g.fillStyle = style.getPropertyValue('--ink');
  g.font = '12px system-ui, sans-serif';
  g.fillText(`${most}`, 4, 14);
  g.fillText('0', 4, canvas.height - 4);
  g.fillStyle = style.getPropertyValue('--accent');
  const step = canvas.width / 120;
  history.forEach((running, i) => {
    const height = running / most * (canvas.height - 4);
    g.fillRect((120 - history.length + i) * step, canvas.height - height, step - 1, height);
  });
}
