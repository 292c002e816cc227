// The laboratory: a text of packings is checked and drawn, then timed.
import { headers, problem } from '/page.js';

const $ = id => document.getElementById(id);
const EXAMPLE = `// Three weights are a number from 0 to 26, in 5 bits; a word of 16 bits has three such numbers of a row.
codec three = base3(3) in 5 bits

packing mine {
    tile rows 16, k 9;
    word i16;
    codec three;
    digit k%3;
    code at row*16 + k/3*5;
}
`;

async function ask(path, text) {
  const response = await fetch(path, { method: 'POST', headers: headers(), body: JSON.stringify({ text }) });
  const told = await response.json().catch(() => null);
  if (!response.ok) throw new Error(told?.error?.message ?? `The server answers ${response.status}.`);
  return told;
}
function row(cells, kind) {
  const tr = document.createElement('tr');
  for (const cell of cells) {
    const made = document.createElement(kind);
    made.textContent = cell;
    tr.append(made);
  }
  return tr;
}
// Bits beside what no packing of three equally likely weights can go below.
function table(found) {
  const bound = Math.log2(3), giga = value => value == null ? '–' : (value / 1e9).toFixed(1);
  const rows = found.packings.flatMap(one => one.problem || !one.points.length
    ? [row([one.packing, one.bits_per_weight.toFixed(3), `${(100 * bound / one.bits_per_weight).toFixed(0)} %`, one.problem ?? 'not measured', '', '', ''], 'td')]
    : one.points.map(point => row([one.packing, one.bits_per_weight.toFixed(3), `${(100 * bound / one.bits_per_weight).toFixed(0)} %`, point.threads,
      giga(point.predicted_weights_per_second), point.failed ?? giga(point.weights_per_second), point.candidate], 'td')));
  $('lab-rows').replaceChildren(row(['packing', 'bits a weight', `of ${bound.toFixed(3)} bits`, 'threads', 'predicted Gw/s', 'measured Gw/s', 'kernel'], 'th'), ...rows);
  $('lab-where').textContent = `${found.processor}; a matrix of ${found.m} x ${found.k} times a vector, weights cold; Gw/s: billion weights a second.`;
}
async function run(event) {
  event.preventDefault();
  const text = $('lab-text').value;
  problem('');
  $('lab-run').disabled = true;
  $('lab-result').hidden = true;
  $('lab-speed').hidden = true;
  $('lab-tile').hidden = true;
  try {
    $('lab-status').textContent = 'checking';
    const checked = await ask('/lab/check', text);
    $('lab-report').textContent = checked.report;
    $('lab-tile').hidden = !checked.picture;
    if (checked.picture) $('lab-picture').src = 'data:image/svg+xml,' + encodeURIComponent(checked.picture);
    $('lab-result').hidden = false;
    if (!checked.sound) { $('lab-status').textContent = 'not sound'; return; }
    $('lab-status').textContent = 'sound; now it is timed, which takes some seconds for each packing';
    const timed = await ask('/lab/speed', text);
    if (!timed.sound) { $('lab-status').textContent = 'sound, but not timed: ' + timed.report; return; }
    table(timed.report);
    $('lab-speed').hidden = false;
    $('lab-status').textContent = 'done';
  } catch (e) {
    problem(e.message);
    $('lab-status').textContent = '';
  } finally {
    $('lab-run').disabled = false;
  }
}
$('lab-text').value = EXAMPLE;
$('lab-form').onsubmit = run;
