'use strict';

// Whatever superd tells may come from a stranger: every text goes into the page as text (textContent), never as HTML.

const byId = (id) => document.getElementById(id);

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'data') Object.assign(made.dataset, value);
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Writes only what has changed, so that a screen reader and the selection are left alone.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function show(node, isShown) {
  if (node.hidden === isShown) node.hidden = !isShown;
}

const count = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

function timeText(ms) {
  if (ms === undefined) return '–';
  const units = [[1000, 's', 120], [60000, 'm', 120], [3600000, 'h', 48], [86400000, 'd', Infinity]];
  const [size, unit] = units.find(([unitMs, , most]) => ms < unitMs * most);
  return ms < 10000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / size)} ${unit}`;
}

function byteText(bytes) {
  if (bytes === undefined) return '–';
  let unit = -1;
  let value = bytes;
  for (; value >= 1024; value /= 1024) unit++;
  return unit < 0 ? `${bytes} B` : `${value < 10 ? value.toFixed(1) : Math.round(value)} ${'KMGTPE'[unit]}iB`;
}

// ── what superd tells ──

let state = null;
let mayWrite = false;
let token = null;

const kinds = { open: 'good', paused: 'warn', draining: 'warn', waiting: 'bad', failing: 'bad', broken: 'bad' };
const isBad = (service) => kinds[service.state] === 'bad' || service.outdated === true;

function showState() {
  const { server, services, connections } = state;
  const serving = server.phase === 'serving' ? '' : `${server.phase.replace('_', ' ')}, `;
  setText(byId('about'), `${server.version}, pid ${server.pid}, ${serving}up ${timeText(server.uptime_ms)}, ${server.config}`);
  document.title = server.not_ready ? 'superd: not ready' : 'superd';

  const enabled = services.filter((service) => service.state !== 'disabled');
  const open = enabled.filter((service) => service.state === 'open').length;
  const bad = services.filter(isBad).length;
  const refused = sum(services.flatMap((service) => Object.values(service.refused_lately ?? {}).map(sum)));
  byId('tile-services').replaceChildren(String(open), element('small', {}, ` of ${enabled.length}`));
  byId('tile-connections').replaceChildren(
    server.connections.toLocaleString('en'), ...(server.max_handlers ? [element('small', {}, ` of ${server.max_handlers}`)] : []));
  setText(byId('tile-refused'), refused.toLocaleString('en'));
  setText(byId('tile-problems'), String(bad));
  byId('tile-problems').parentElement.classList.toggle('alarm', bad > 0);

  const faults = [];
  if (server.not_ready) faults.push(`Not ready: ${server.not_ready}`);
  if (server.faults) faults.push(`A reload will fail while ${server.faults.files.join(', ')} has errors; “superd check” lists them.`);
  byId('faults').replaceChildren(...faults.map((text) => element('li', {}, text)));
  show(byId('faults'), faults.length > 0);

  showServices(services);
  showConnections(connections);
  showCharts(services);
}

// ── tables whose rows stay, so that a button keeps its focus ──

function fillRows(table, items, keyOf, make, update) {
  const body = table.tBodies[0];
  const focused = body.contains(document.activeElement) ? document.activeElement : null;
  const known = new Map(Array.from(body.rows, (row) => [row.dataset.key, row]));
  items.forEach((item, index) => {
    const key = String(keyOf(item));
    const row = known.get(key) ?? make(item);
    row.dataset.key = key;
    known.delete(key);
    update(row, item);
    if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null);
  });
  known.forEach((row) => row.remove());
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

const cell = (className, label) => element('td', { className, data: label ? { label } : {} });

function steering(text, label, act) {
  const button = element('button', { type: 'button', 'aria-label': label }, text);
  button.addEventListener('click', act);
  return button;
}

function makeService({ name }) {
  const row = element('tr');
  const pause = steering('Pause', `Pause ${name}`, () => steer(row.dataset.paused ? 'resume' : 'pause', name));
  const drain = steering('Drain', `Drain ${name}`, () => steer('drain', name));
  row.append(
    element('th', { scope: 'row' }, element('span', { className: 'mono' }, name), element('span', { className: 'problem' })),
    element('td', {}, element('span', { className: 'state' })),
    cell('number', 'live'), cell('number', 'accepted'), cell('number', 'refused'), cell('addresses'),
    element('td', { className: 'steer' }, element('div', { className: 'steerings' }, pause, drain)));
  return row;
}

function updateService(row, service) {
  const [name, word, live, accepted, refused, addresses, steer] = row.cells;
  const problem = service.problems?.[0];
  const where = problem?.line ? `${problem.file}:${problem.line}: ` : '';
  const more = service.problem_count > 1 ? ` (and ${service.problem_count - 1} more)` : '';
  setText(name.lastChild, problem ? `${where}${problem.message}${more}` : '');
  setText(word.firstChild, service.outdated ? `${service.state}, old` : service.state);
  word.firstChild.dataset.kind = isBad(service) ? 'bad' : kinds[service.state] ?? 'rest';
  setText(live, service.instances ? `${service.live}/${service.instances}` : String(service.live));
  setText(accepted, service.accepted.toLocaleString('en'));
  setText(refused, sum(Object.values(service.refused)).toLocaleString('en'));
  setText(addresses, service.listeners.map((listener) => listener.address).join(' '));
  const isSteered = service.mode === 'paused' || service.mode === 'draining';
  const [pause, drain] = steer.firstChild.children;
  row.dataset.paused = isSteered ? 'yes' : '';
  setText(pause, isSteered ? 'Resume' : 'Pause');
  pause.setAttribute('aria-label', `${isSteered ? 'Resume' : 'Pause'} ${service.name}`);
  show(steer.firstChild, service.mode !== 'off');
  show(drain, service.mode !== 'draining');
}

function showServices(services) {
  fillRows(byId('service-table'), services, (service) => service.name, makeService, updateService);
  setText(byId('service-more'), 'There are more; “superd status” lists them.');
  show(byId('service-more'), state.next_service !== undefined);
}

let order = { key: 'age_ms', isDescending: true };

function makeConnection({ id, service, peer }) {
  const row = element('tr');
  const end = steering('End', `End connection ${id} of ${service}`, () => ask(
    `End connection ${id}?`, `Of ${service}${peer ? `, from ${peer}` : ''}. Its processes get TERM, and after stop_grace KILL.`, 'End',
    () => command(`end/${id}`, `Connection ${id} is being ended.`)));
  row.append(
    element('th', { scope: 'row' }, element('span', { className: 'mono' }, service)), cell('addresses peer'), element('td', {}),
    cell('number', 'age'), cell('number', 'idle'), cell('number', 'in'), cell('number', 'out'), cell('number', 'cpu'),
    cell('number', 'memory'), element('td', { className: 'steer' }, end));
  return row;
}

function updateConnection(row, connection) {
  const [, peer, word, age, idle, bytesIn, bytesOut, cpu, memory] = row.cells;
  setText(peer, connection.peer ?? '');
  setText(word, connection.state);
  setText(age, timeText(connection.age_ms));
  setText(idle, timeText(connection.idle_ms));
  setText(bytesIn, byteText(connection.bytes_in));
  setText(bytesOut, byteText(connection.bytes_out));
  setText(cpu, timeText(connection.cpu_ms));
  setText(memory, connection.mem_kib === undefined ? '–' : byteText(connection.mem_kib * 1024));
}

function showConnections(connections) {
  const wanted = byId('connection-filter').value.toLowerCase();
  const fits = ({ service, peer }) => `${service} ${peer ?? ''}`.toLowerCase().includes(wanted);
  const shown = connections.filter(fits).sort((left, right) => {
    const [a, b] = order.isDescending ? [right[order.key], left[order.key]] : [left[order.key], right[order.key]];
    const compared = typeof (a ?? b) === 'string' ? (a ?? '').localeCompare(b ?? '') : (a ?? -1) - (b ?? -1);
    return compared || left.id - right.id;
  });
  fillRows(byId('connection-table'), shown, (connection) => connection.id, makeConnection, updateConnection);
  const hidden = connections.length - shown.length;
  setText(byId('connection-more'),
    state.next !== undefined ? `These are the first ${connections.length} of ${state.server.connections}; “superd ps” lists all.`
      : hidden > 0 ? `${count(hidden, 'other')} without “${byId('connection-filter').value}”.`
        : 'None.');
  show(byId('connection-more'), state.next !== undefined || hidden > 0 || connections.length === 0);
}

function sortBy(key) {
  order = { key, isDescending: order.key === key ? !order.isDescending : key !== 'service' && key !== 'peer' };
  for (const button of document.querySelectorAll('[data-sort]')) {
    const head = button.closest('th');
    if (button.dataset.sort === key) head.setAttribute('aria-sort', order.isDescending ? 'descending' : 'ascending');
    else head.removeAttribute('aria-sort');
  }
  if (state) showConnections(state.connections);
}

// ── charts ──

const drawn = 'http://www.w3.org/2000/svg';
const mostCharts = 24;

function chartText(service, reason, minutes) {
  const last = minutes.length - 1 - minutes.findLastIndex((one) => one > 0);
  const when = last === 0 ? 'in this minute' : `${count(last, 'minute')} ago`;
  return `${service} refused ${count(sum(minutes), 'connection')} for ${reason} in the last hour, `
    + `at most ${Math.max(...minutes)} in one minute, the last ${when}`;
}

function chart(minutes, text) {
  const svg = document.createElementNS(drawn, 'svg');
  const height = 40;
  const most = Math.max(...minutes);
  svg.setAttribute('viewBox', `0 0 ${minutes.length * 4} ${height}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', text);
  minutes.forEach((one, index) => {
    if (one > 0) {
      const bar = document.createElementNS(drawn, 'rect');
      const size = Math.max(2, (one / most) * height);
      for (const [name, value] of Object.entries({ x: index * 4 + 0.5, y: height - size, width: 3, height: size })) {
        bar.setAttribute(name, value);
      }
      svg.append(bar);
    }
  });
  return svg;
}

let chartsShown = '';

function showCharts(services) {
  const all = services.flatMap(({ name, refused_lately: lately }) =>
    Object.entries(lately ?? {}).map(([reason, minutes]) => ({ name, reason, minutes, total: sum(minutes) })));
  all.sort((left, right) => right.total - left.total || left.name.localeCompare(right.name));
  const shown = all.slice(0, mostCharts);
  const now = JSON.stringify(shown);
  if (now === chartsShown) return;
  chartsShown = now;
  byId('charts').replaceChildren(...shown.map(({ name, reason, minutes, total }) => element('li', {},
    element('p', { className: 'what' },
      element('span', { className: 'name' }, element('strong', { className: 'mono' }, name), ` ${reason}`),
      element('span', { className: 'number' }, total.toLocaleString('en'))),
    chart(minutes, chartText(name, reason, minutes)),
    element('p', { className: 'axis', 'aria-hidden': 'true' },
      element('span', {}, '1 h ago'), element('span', {}, `most ${Math.max(...minutes)}/min`), element('span', {}, 'now')))));
  const others = all.length - shown.length;
  setText(byId('refusals-none'), all.length === 0 ? 'None.' : `and ${count(others, 'other')} with fewer`);
  show(byId('refusals-none'), all.length === 0 || others > 0);
}

// ── the log ──

const mostLines = 500;
let held = [];

function lineOf({ time, level, message, dropped }) {
  if (dropped !== undefined) return element('p', { className: 'warn' }, `${dropped} lines were lost here: they came too fast`);
  const clock = time.split('T')[1]?.slice(0, 12) ?? time;
  return element('p', { className: level }, element('time', { dateTime: time }, clock), ` ${level.padEnd(5)} ${message}`);
}

function fitsLog(line) {
  return line.textContent.toLowerCase().includes(byId('log-filter').value.toLowerCase());
}

function addLines(lines) {
  const box = byId('log-lines');
  const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  for (const line of lines) line.hidden = !fitsLog(line);
  box.append(...lines);
  while (box.childElementCount > mostLines) box.firstElementChild.remove();
  if (isAtEnd) box.scrollTop = box.scrollHeight;
}

function holdLog() {
  const button = byId('log-hold');
  const isHeld = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(isHeld));
  if (!isHeld) {
    addLines(held);
    held = [];
  }
}

// ── steering ──

let message = null;

function say(text) {
  clearTimeout(message);
  setText(byId('message'), text);
  show(byId('message'), true);
  message = setTimeout(() => show(byId('message'), false), 8000);
}

let onYes = null;

function ask(title, text, yes, act, wantsToken = false) {
  setText(byId('ask-title'), title);
  setText(byId('ask-text'), text);
  setText(byId('ask-yes'), yes);
  show(byId('ask-label'), wantsToken);
  byId('ask-token').value = '';
  onYes = act;
  byId('ask').showModal();
  (wantsToken ? byId('ask-token') : byId('ask-no')).focus();
}

function setToken(text) {
  token = text;
  document.body.classList.toggle('steers', token !== null);
  show(byId('reload'), token !== null);
  setText(byId('unlock'), token === null ? 'Unlock' : 'Lock');
}

async function command(what, done) {
  try {
    const response = await fetch(`api/${what}`, { method: 'POST', headers: { 'X-Superd-Token': token ?? '' } });
    const text = (await response.text()).trim();
    if (response.status === 403) setToken(null);
    say(response.ok ? done : text);
  } catch {
    say('superd does not answer.');
  }
}

function steer(verb, service) {
  const doing = { pause: 'Pause', resume: 'Resume', drain: 'Drain' }[verb];
  const meaning = {
    pause: 'New clients wait in the kernel’s queue until it is resumed.',
    resume: 'It accepts new clients again.',
    drain: 'New clients are refused; live ones finish.',
  }[verb];
  ask(`${doing} ${service}?`, meaning, doing, () => command(`${verb}/${encodeURIComponent(service)}`, `${doing} ${service}: done.`));
}

// ── the stream ──

function setLink(kind, text) {
  byId('link').dataset.state = kind;
  setText(byId('link'), text);
}

function connect() {
  const stream = new EventSource('api/events');
  stream.addEventListener('hello', (event) => {
    mayWrite = JSON.parse(event.data).write;
    show(byId('unlock'), mayWrite);
    if (!mayWrite) setToken(null);
    byId('log-lines').replaceChildren();
    held = [];
    setLink('live', 'live');
  });
  stream.addEventListener('state', (event) => {
    state = JSON.parse(event.data);
    showState();
  });
  let waiting = [];
  stream.addEventListener('log', (event) => {
    const line = lineOf(JSON.parse(event.data));
    if (byId('log-hold').getAttribute('aria-pressed') === 'true') {
      held = [...held, line].slice(-mostLines);
      return;
    }
    if (waiting.push(line) === 1) {
      requestAnimationFrame(() => {
        addLines(waiting);
        waiting = [];
      });
    }
  });
  stream.addEventListener('over', (event) => setLink('lost', `${JSON.parse(event.data).error}; trying again`));
  stream.addEventListener('error', () => {
    if (byId('link').dataset.state !== 'lost') setLink('lost', 'superd does not answer; trying again');
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

byId('connection-filter').addEventListener('input', () => state && showConnections(state.connections));
byId('log-filter').addEventListener('input', () => {
  for (const line of byId('log-lines').children) line.hidden = !fitsLog(line);
});
byId('log-hold').addEventListener('click', holdLog);
for (const button of document.querySelectorAll('[data-sort]')) button.addEventListener('click', () => sortBy(button.dataset.sort));
document.querySelector('[data-sort="age_ms"]').closest('th').setAttribute('aria-sort', 'descending');
byId('reload').addEventListener('click', () => ask('Reload?', 'superd reads its configuration again and applies it, all or nothing.', 'Reload',
  () => command('reload', 'The configuration is reloaded.')));
byId('unlock').addEventListener('click', () => {
  if (token !== null) setToken(null);
  else ask('Unlock', 'The token is in the file of web.write. This page keeps it until it is closed.', 'Unlock', () => setToken(byId('ask-token').value), true);
});
byId('ask-no').addEventListener('click', () => byId('ask').close());
byId('ask-form').addEventListener('submit', (event) => {
  event.preventDefault();
  byId('ask').close();
  onYes?.();
});
connect();
