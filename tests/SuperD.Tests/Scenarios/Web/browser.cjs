// Drives superd's page in Chromium. Arguments: the page's address, its token, a directory for the profile and the screenshots, and the
// command line that upgrades superd. Prints a line for each part: its name, and "good" or what is wrong.
'use strict';

const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { chromium } = require('playwright-core');

const [address, token, directory, ...upgrade] = process.argv.slice(2);
const patience = 60000;
const complaints = [];

function check(isGood, what) {
  if (!isGood) throw new Error(what);
}

async function part(name, act) {
  try {
    await act();
    console.log(`${name}: good`);
  } catch (wrong) {
    console.log(`${name}: ${String(wrong.stack ?? wrong).replaceAll('\n', ' | ')}`);
  }
}

// axe runs in a world of its own beside the page, whose policy lets no other script in.
async function axe(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8') });
  const { violations, passes } = await page.evaluate(() => window.axe.run(document));
  check(passes.length > 20, `axe has checked only ${passes.length} rules`);
  check(violations.length === 0, violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.failureSummary).join('; ')}`).join(' || '));
}

const live = (page) => page.waitForSelector('#link[data-state=live]');
const row = (service) => `#service-table tr[data-key="${service}"]`;

async function looks(page) {
  await page.goto(address);
  await live(page);
  await page.waitForSelector(row('broken'));
  check(await page.textContent(`${row('talk')} .state`) === 'open', 'talk is not open');
  check(await page.textContent(`${row('broken')} .state`) === 'broken', 'broken is not broken');
  check((await page.textContent(`${row('broken')} .problem`)).includes('instances must be 1 or more, found 0'), 'its problem is missing');
  check(await page.textContent('#tile-problems') === '1', 'one service has a problem');
  await page.waitForSelector('#connection-table tr:has-text("talk")');
  const chart = await page.getAttribute('#charts svg', 'aria-label');
  check(/^talk refused \d connections? for per_source in the last hour, at most \d in one minute/.test(chart), `the chart says: ${chart}`);
  check(await page.locator('#charts rect').count() > 0, 'the chart is empty');
  check(await page.locator('button:visible:has-text("Unlock")').count() === 1, 'there is no Unlock');
  check(await page.locator('button:visible:has-text("Pause")').count() === 0, 'it steers without a token');
}

async function isText(page) {
  await page.waitForSelector('#log-lines p:has-text("<img src=x onerror=")');
  check(await page.locator('#log-lines img, #log-lines b, #log-lines script').count() === 0, 'a log line has become HTML');
  check(await page.evaluate(() => window.isTaken) === undefined, 'a log line has run');
}

async function isReadable(page) {
  for (const [name, width, colorScheme] of [['dark', 1280, 'dark'], ['light', 1280, 'light'], ['phone', 360, 'dark']]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: path.join(directory, `${name}.png`), fullPage: true });
    await axe(page);
    const wide = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    check(wide[0] <= wide[1], `${name}: ${wide[0]} wide in ${wide[1]}`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

// By keyboard alone: unlock with the token, pause a service, lock.
async function byKeyboard(page) {
  const press = async (key, isThere, most = 80) => {
    for (let i = 0; i < most; i++) {
      await page.keyboard.press(key);
      if (await page.evaluate(isThere)) {
        const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
        check(outline !== 'none', 'the focus is not visible');
        return;
      }
    }
    throw new Error(`${key} does not lead to ${isThere}`);
  };
  await page.evaluate(() => document.activeElement.blur());
  await press('Tab', () => document.activeElement.textContent === 'Skip to the services', 1);
  await press('Tab', () => document.activeElement.id === 'unlock');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.type(token);
  await axe(page);
  await page.keyboard.press('Enter');
  await page.waitForSelector('body.steers');
  await axe(page);
  await press('Tab', () => document.activeElement.getAttribute('aria-label') === 'Pause talk');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open] #ask-no:focus');
  await press('Shift+Tab', () => document.activeElement.id === 'ask-yes', 3);
  await page.keyboard.press('Enter');
  await page.waitForSelector(`${row('talk')} .state:text("paused")`);
  await press('Tab', () => document.activeElement.getAttribute('aria-label') === 'Resume talk');
  await page.waitForTimeout(1500); // two updates of the table
  check(await page.evaluate(() => document.activeElement.getAttribute('aria-label')) === 'Resume talk', 'an update takes the focus away');
  await page.fill('#connection-filter', 'nobody');
  await page.waitForSelector('#connection-more:has-text("without “nobody”")');
  await page.fill('#connection-filter', '');
  await page.click('[data-sort=service]');
  await page.waitForSelector('th[aria-sort=ascending] [data-sort=service]');
}

async function comesBack(page) {
  await page.evaluate(() => {
    window.links = [];
    new MutationObserver(() => window.links.push(document.getElementById('link').dataset.state))
      .observe(document.getElementById('link'), { attributes: true });
  });
  execFileSync(upgrade[0], upgrade.slice(1), { stdio: 'pipe' });
  await page.waitForFunction(() => window.links.includes('lost') && window.links.at(-1) === 'live');
  check(!(await page.isHidden('#unlock')), 'Unlock is gone');
}

// A page of a stranger, of another server on this machine: none of its requests may get through.
async function isAlone(browser) {
  const heard = [];
  const server = http.createServer((request, response) => {
    heard.push(request.url);
    response.setHeader('Content-Type', 'text/html');
    response.end(`<!DOCTYPE html><title>evil</title><iframe src="${address}"></iframe><img src="${address}icon.svg">
      <script src="${address}page.js"></script><form id="f" method="post" target="t" action="${address}api/resume/talk"></form>
      <iframe name="t"></iframe><a href="${address}">the page</a>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const page = await browser.newPage();
  const statuses = [];
  page.on('response', (response) => {
    if (response.url().startsWith(address)) statuses.push(response.status());
  });
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const outcome = await page.evaluate(async ({ url, secret }) => {
      const got = [];
      const attempt = async (name, act) => got.push(await act().then((text) => `${name}: ${text}`, () => `${name} failed`));
      await attempt('read', async () => (await fetch(`${url}api/state`)).text());
      await attempt('order', async () => (await fetch(`${url}api/resume/talk`,
        { method: 'POST', headers: { 'X-Superd-Token': secret } })).text());
      await attempt('stream', () => new Promise((done, fail) => {
        const stream = new EventSource(`${url}api/events`);
        stream.onmessage = () => done('a message');
        stream.onopen = () => done('open');
        stream.onerror = fail;
      }));
      const blind = await fetch(`${url}api/state`, { mode: 'no-cors' }).then((response) => response.type, () => 'failed');
      got.push(`blind: ${blind}`);
      document.getElementById('f').submit();
      return got;
    }, { url: address, secret: token });
    check(outcome.slice(0, 3).join() === 'read failed,order failed,stream failed', outcome.join());
    await page.waitForLoadState('networkidle');
    check(statuses.length > 0 && statuses.every((status) => status === 403), `statuses: ${statuses}`);
    await page.goto(address.replace('127.0.0.1', 'evil.example'));
    check((await page.textContent('body')).includes('this is not the name of this page'), 'DNS rebinding gets through');
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.click('a');
    await live(page);
  } finally {
    await page.close();
    server.close();
  }
}

(async () => {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP evil.example 127.0.0.1'];
  const browser = await chromium.launchPersistentContext(path.join(directory, 'profile'), {
    executablePath: process.env.CHROMIUM, args, viewport: { width: 1280, height: 900 },
  });
  browser.setDefaultTimeout(patience);
  const page = browser.pages()[0];
  page.on('console', (line) => ['error', 'warning'].includes(line.type()) && complaints.push(line.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await part('looks', () => looks(page));
  await part('is text', () => isText(page));
  await part('is readable', () => isReadable(page));
  await part('by keyboard', () => byKeyboard(page));
  await part('is quiet', async () => check(complaints.length === 0, complaints.join(' | ')));
  await part('comes back', () => comesBack(page));
  await part('is alone', () => isAlone(browser));
  await browser.close();
})();
