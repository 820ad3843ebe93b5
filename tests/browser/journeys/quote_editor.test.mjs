// The quote editor in Chromium: by keyboard alone, with the total and the approvers in sight while
// typing; two offers side by side; and the same act without scripts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { formTo, openChromium, personAt, picture, send, startKuaidan } from '../kuaidan.mjs';

let kuaidan;
let browser;
before(async () => { kuaidan = await startKuaidan(); browser = await openChromium(); });
after(async () => { await browser?.close(); await kuaidan?.stop(); });

/** The deal of this title. */
async function dealCalled(page, title) {
  await page.goto(`${kuaidan.url}/deals?q=${encodeURIComponent(title)}`);
  const href = await page.locator('main a[href^="/deals/CD-"]').first().getAttribute('href');
  return href.split('/').slice(0, 3).join('/');
}

const price = (page, row) => page.locator('[name=unit_price]').nth(row);
const focused = (page) => page.evaluate(() => document.activeElement.id);
const bar = (page) => page.locator('.form-bar');

test('prices are typed by keyboard, and the bar follows', async () => {
  const { page, context, complaints } = await personAt(browser, kuaidan.url, 'wangmin');
  const deal = await dealCalled(page, '智慧教室二期');
  await page.goto(`${kuaidan.url}${deal}/quote`);
  assert.equal(await page.locator('#live-bar-gross').innerText(), '¥228,590.00');
  assert.equal(await page.locator('#live-bar-who').innerText(), '销售主管 → 销售总监');
  assert.ok(await bar(page).evaluate((e) => e.getBoundingClientRect().bottom <= window.innerHeight + 1), 'the bar is in sight without scrolling');
  // The grid fits the page: nothing to scroll sideways at 1280.
  assert.ok(await page.locator('.line-grid--quote').evaluate((e) => e.scrollWidth <= e.parentElement.clientWidth + 1), 'the whole grid is in sight');
  await price(page, 0).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('14000');
  await page.waitForFunction(() => document.getElementById('live-bar-gross').textContent === '¥185,600.00');
  assert.equal(await page.locator('#live-bar-who').innerText(), '销售主管 → 财务部 → 销售总监 → 总经理', 'below the floor');
  assert.match(await page.locator('#live-1-discount').innerText(), /总经理/);
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(page), 'f-line-2-unit_price');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('18000');
  await page.keyboard.press('Enter');
  assert.equal(await focused(page), 'f-line-2-unit_price', 'Enter goes to the next row and sends nothing');
  await page.waitForFunction(() => document.getElementById('live-bar-gross').textContent === '¥225,600.00');
  await picture(page, 'quote-editor-keyboard');
  // By Tab to the button that saves.
  await bar(page).locator('button').first().focus();
  const answered = page.waitForResponse((r) => r.request().method() === 'POST' && r.request().isNavigationRequest());
  await page.keyboard.press('Enter');
  assert.equal((await answered).status(), 303);
  await page.waitForLoadState();
  assert.equal(await page.locator('#live-bar-gross').innerText(), '¥225,600.00');
  await page.goto(`${kuaidan.url}${deal}/quote/submit`);
  assert.ok((await page.locator('main').innerText()).includes('18,000.00'));
  await picture(page, 'quote-before-submitting');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the same without scripts, on a phone', async () => {
  const { page, context } = await personAt(browser, kuaidan.url, 'wangmin', { javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
  const deal = await dealCalled(page, '展厅投屏器样品');
  await page.goto(`${kuaidan.url}${deal}/quote`);
  await price(page, 0).fill('480');
  const form = formTo(page, '/quote');
  assert.equal(await send(page, form, '[name=recalculate]'), 200);
  assert.equal(await page.locator('#live-bar-gross').innerText(), '¥960.00');
  assert.equal(await send(page, formTo(page, '/quote'), '.form-bar button.button--primary'), 303);
  await picture(page, 'quote-editor-phone');
  await context.close();
});

test('two offers stand side by side', async () => {
  const { page, context, complaints } = await personAt(browser, kuaidan.url, 'wangmin');
  const deal = await dealCalled(page, '多功能厅会议系统');
  await page.goto(`${kuaidan.url}${deal}/quote/alternatives`);
  const words = await page.locator('main').innerText();
  for (const what of ['方案A', '方案B', '91,036.00', '87,580.00']) assert.ok(words.includes(what), `${what}: ${words}`);
  await picture(page, 'quote-alternatives');
  assert.deepEqual(complaints, []);
  await context.close();
});
