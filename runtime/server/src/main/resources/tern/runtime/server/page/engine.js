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
  const response = await fetch('/props', { headers: headers() }).catch(() => null);
  if (!response?.ok) { problem(response?.status === 401 ? 'This server wants a key: open Settings under Chat.' : 'The server does not answer.'); return; }
  problem('');
  const props = await response.json(), c = props.counts, now = performance.now() / 1000;
  const seconds = before ? now - before.now : 0, of = name => before ? c[name] - before.c[name] : 0;
  const passes = of('passes'), busy = of('busy_seconds');
  history.push(c.running);
  if (history.length > 120) history.shift();
  list($('gauges'), [
    ['Texts at once', `${c.running} of ${props.total_slots}`],
    ['Waiting', `${c.waiting} of ${props.queue}`],
    ['Tokens generated', `${c.generated}` + (seconds ? `, ${(of('generated') / seconds).toFixed(1)} a second now` : '')],
    ['Tokens of prompts', `${c.prompt} computed, ${c.shared} shared with texts before`],
    ['A pass', passes > 0 ? `${(1000 * busy / passes).toFixed(1)} ms now` : 'none now'],
    ['Weights read', passes > 0 && props.facts.read_bytes_per_pass ? `${(props.facts.read_bytes_per_pass * passes / busy / 1e9).toFixed(1)} GB/s while it computes` : 'none now'],
    ['Mean batch', c.mean_batch.toFixed(2)],
    ['Longest pass', `${(1000 * c.longest_pass).toFixed(0)} ms`],
    ['Requests', `${c.requests}, ${c.refused} refused, ${c.cancelled} cancelled`],
  ]);
  list($('facts'), [['Model', props.model], ['Context', `${props.default_generation_settings.n_ctx} tokens`], ['Chat template', props.chat_template],
    ['Sequences kept', props.kept_sequences], ['Prompt tokens beside generation', props.prompt_chunk], ...Object.entries(props.facts)]);
  draw(props.total_slots);
  before = { c, now };
}
function draw(most) {
  const canvas = $('history'), g = canvas.getContext('2d'), style = getComputedStyle(document.body);
  g.clearRect(0, 0, canvas.width, canvas.height);
  g.fillStyle = style.getPropertyValue('--accent');
  const step = canvas.width / 120;
  history.forEach((running, i) => {
    const height = running / most * (canvas.height - 4);
    g.fillRect((120 - history.length + i) * step, canvas.height - height, step - 1, height);
  });
}
