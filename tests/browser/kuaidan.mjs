// Starts the program with an empty data folder and drives it in Debian's Chromium.
// A console error, a blocked resource or a failed request fails the journey it happens in.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = fileURLToPath(new URL('.', import.meta.url));
const program = process.env.KUAIDAN_BIN ?? join(here, '../../target/debug/kuaidan');
export const pictures = join(here, 'out');

async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/** The running program with its demo company. */
export async function startKuaidan(...more) {
  const folder = await mkdtemp(join(tmpdir(), 'kuaidan-browser-'));
  const port = await freePort();
  const child = spawn(program, ['demo', ...more], {
    env: { ...process.env, KUAIDAN_LISTEN: `127.0.0.1:${port}`, KUAIDAN_DATA_DIR: folder, DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => { said += chunk; });
  child.stderr.on('data', (chunk) => { said += chunk; });
  let ended = null;
  const exit = new Promise((done) => child.on('exit', (code, signal) => { ended = { code, signal }; done(ended); }));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 600; tries += 1) {
    if (ended) throw new Error(`the program ended early: ${said}`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) break;
    await new Promise((done) => setTimeout(done, 200));
    if (tries === 599) throw new Error(`the program did not get ready: ${said}`);
  }
  return {
    url,
    said: () => said,
    async stop() {
      child.kill('SIGTERM');
      const { code, signal } = await exit;
      await rm(folder, { recursive: true, force: true });
      if (code !== 0) throw new Error(`the program ended with ${code ?? signal}: ${said}`);
    },
  };
}

export async function openChromium() {
  const options = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: options });
}

/** A browser of one person; `complaints` lists everything the browser itself complained of. */
export async function personAt(browser, url, login, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on('console', (message) => {
    // A refusal that the journey provokes on purpose is logged by the browser as a failed load.
    if (message.type() === 'error' && !/status of 4(03|04|09|22|29)/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    if (!why.includes('ERR_ABORTED')) complaints.push(`${request.url()} ${why}`);
  });
  page.on('response', (response) => { if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`); });
  await page.goto(`${url}/login`);
  if (login) {
    await page.locator(`button[name=login][value=${login}]`).click();
    await page.waitForURL('**/work');
  }
  return { context, page, complaints };
}

/** Fills the controls of a form by field name; a list fills repeated rows from the top. */
export async function fill(scope, values) {
  for (const [name, value] of Object.entries(values)) {
    const list = Array.isArray(value) ? value : [value];
    for (const [row, one] of list.entries()) {
      const control = scope.locator(`[name="${name}"]:not([type=hidden])`).nth(row);
      const kind = await control.evaluate((e) => (e.tagName === 'SELECT' ? 'select' : e.type));
      if (kind === 'select') await control.selectOption(one);
      else if (kind === 'radio') await scope.locator(`[name="${name}"][value="${one}"]`).check();
      else if (kind === 'checkbox') await control.check();
      else if (kind === 'file') await control.setInputFiles(one);
      else await control.fill(one);
    }
  }
}

/** The form that posts to an address ending so. */
export function formTo(page, ending) {
  return page.locator(`form[method=post][action$="${ending}"]`).first();
}

/** Sends the form with its main button and waits for the page that follows. */
export async function send(page, form, button) {
  const press = button ? form.locator(button) : form.locator('button:not([name=recalculate]):not([name=add_row]):not([name=add_special]):not([name=remove]):not([name=add_contact]):not([name=add_surcharge]):not([name=add_term])').last();
  const answered = page.waitForResponse((r) => r.request().method() === 'POST' && r.request().isNavigationRequest());
  await press.click();
  const answer = await answered;
  await page.waitForLoadState();
  return answer.status();
}

export async function picture(page, name) {
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

/** The smallest file that a PDF reader would still call a PDF. */
export const pdf = (name) => ({
  name,
  mimeType: 'application/pdf',
  buffer: Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'),
});
