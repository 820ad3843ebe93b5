// Two people look at the same deals in Chromium: a change of one shows at the other's, what is typed stays,
// a lost connection catches up, a forgotten page moves nothing, and all of it by keyboard and without scripts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fill, formTo, openChromium, personAt, picture, send, startKuaidan } from '../kuaidan.mjs';

let kuaidan;
let browser;
before(async () => { kuaidan = await startKuaidan('--company-only'); browser = await openChromium(); });
after(async () => { await browser?.close(); await kuaidan?.stop(); });

/** The form of a new deal of the rep with a known customer, filled in. */
async function filledDeal(page, title) {
  await page.goto(`${kuaidan.url}/customers`);
  const no = (await page.locator('main').innerText()).match(/KH\d+/)[0];
  await page.goto(`${kuaidan.url}/deals/new`);
  const form = formTo(page, '/deals/new');
  await fill(form, { customer_no: no, kind: 'repeat', source: 'existing', title, promise_hours: '24' });
  return form;
}

/** A new deal; its number. */
async function newDeal(page, title) {
  assert.equal(await send(page, await filledDeal(page, title)), 303);
  return new URL(page.url()).pathname.split('/')[2];
}

const isLive = (page) => page.waitForSelector('[data-live-state][data-kind=on]', { state: 'attached' });

test('a change of one shows on the board of the other within a second', async () => {
  const rep = await personAt(browser, kuaidan.url, 'wangmin');
  const manager = await personAt(browser, kuaidan.url, 'liqiang');
  await manager.page.goto(`${kuaidan.url}/deals?view=board`);
  await isLive(manager.page);
  const deal = await newDeal(rep.page, '看板实时一');
  const begun = Date.now();
  await manager.page.waitForSelector(`.board-card[data-key="${deal}"]`, { timeout: 5000 });
  assert.ok(Date.now() - begun < 1000, `seen after ${Date.now() - begun} ms`);
  await picture(manager.page, 'live-board');
  // The deal's own page follows too, and a filter that is being typed stays.
  await manager.page.goto(`${kuaidan.url}/deals`);
  await isLive(manager.page);
  await manager.page.locator('#filter-q').fill('正在输入');
  const other = await newDeal(rep.page, '看板实时二');
  await manager.page.waitForSelector(`tr[data-key="${other}"]`);
  assert.equal(await manager.page.locator('#filter-q').inputValue(), '正在输入');
  assert.equal(await manager.page.evaluate(() => document.activeElement.id), 'filter-q');
  assert.deepEqual([...rep.complaints, ...manager.complaints], []);
  await rep.context.close();
  await manager.context.close();
});

test('the second of two changes shows within half a second too', async () => {
  const rep = await personAt(browser, kuaidan.url, 'wangmin');
  const second = await rep.context.newPage();
  const manager = await personAt(browser, kuaidan.url, 'liqiang');
  await manager.page.goto(`${kuaidan.url}/deals?view=board`);
  await isLive(manager.page);
  const forms = [await filledDeal(rep.page, '接连一'), await filledDeal(second, '接连二')];
  // Saved while the page that follows reads for the sake of the first.
  const reads = manager.page.waitForRequest((r) => r.resourceType() === 'fetch' && r.url().endsWith('view=board'));
  const first = send(rep.page, forms[0]);
  await reads;
  const answer = second.waitForResponse((r) => r.request().method() === 'POST' && r.request().isNavigationRequest());
  await forms[1].locator('button').last().click({ noWaitAfter: true });
  const deal = (await answer).headers().location.split('/')[2];
  const begun = Date.now();
  await manager.page.waitForSelector(`.board-card[data-key="${deal}"]`, { state: 'attached', timeout: 5000 });
  assert.ok(Date.now() - begun < 500, `seen after ${Date.now() - begun} ms`);
  await first;
  await rep.context.close();
  await manager.context.close();
});

test('what somebody types is kept while the record moves on, and the page says who moved it', async () => {
  const one = await personAt(browser, kuaidan.url, 'wangmin');
  const two = await personAt(browser, kuaidan.url, 'wangmin');
  const deal = await newDeal(one.page, '同时填写');
  const address = `${kuaidan.url}/deals/${deal}/requirement`;
  await one.page.goto(address);
  await two.page.goto(address);
  await isLive(two.page);
  await two.page.locator('[name=purpose]').fill('第二个窗口正在写的用途');
  const form = formTo(one.page, '/requirement');
  const inDays = (days) => new Date(Date.now() + (8 + 24 * days) * 3_600_000).toISOString().slice(0, 16);
  await fill(form, { channel: 'meeting', purpose: '第一个窗口先保存的用途', wanted_at: inDays(60), delivery_mode: 'freight', partial_allowed: 'yes', payment_wish: 'deposit', invoice_need: 'special', acceptance: '开机画面正常、无坏点、清单一致', product: 'QM-65', quantity: '1' });
  assert.equal(await send(one.page, form), 303);
  const note = two.page.locator('[data-live-note]').first();
  await note.waitFor();
  assert.match(await note.innerText(), /王敏.*改过/);
  assert.equal(await two.page.locator('[name=purpose]').inputValue(), '第二个窗口正在写的用途');
  await picture(two.page, 'live-note');
  await one.context.close();
  await two.context.close();
});

test('a page whose connection was cut catches up when it is back', async () => {
  const rep = await personAt(browser, kuaidan.url, 'wangmin');
  const manager = await personAt(browser, kuaidan.url, 'liqiang');
  await manager.page.goto(`${kuaidan.url}/deals`);
  await isLive(manager.page);
  await manager.context.setOffline(true);
  const deal = await newDeal(rep.page, '断线期间');
  await manager.page.waitForTimeout(500);
  assert.equal(await manager.page.locator(`tr[data-key="${deal}"]`).count(), 0);
  await manager.context.setOffline(false);
  await manager.page.waitForSelector(`tr[data-key="${deal}"]`, { timeout: 15000 });
  await rep.context.close();
  await manager.context.close();
});

test('a page that is refused for a while says so, and reads again until it is true', async () => {
  const rep = await personAt(browser, kuaidan.url, 'wangmin');
  const manager = await personAt(browser, kuaidan.url, 'liqiang');
  await manager.page.goto(`${kuaidan.url}/deals`);
  await isLive(manager.page);
  const answers = [{ status: 503, headers: { 'retry-after': '2' } }, { status: 429 }, { status: 500 }];
  const asked = [];
  await manager.page.route('**/deals', (route) => {
    if (route.request().resourceType() !== 'fetch') return route.continue();
    asked.push(Date.now());
    const answer = answers.shift();
    return answer ? route.fulfill({ contentType: 'text/html', body: '', ...answer }) : route.continue();
  });
  const deal = await newDeal(rep.page, '服务器忙');
  await manager.page.waitForSelector('[data-live-state][data-kind=off]', { state: 'attached' });
  await manager.page.waitForSelector(`tr[data-key="${deal}"]`, { timeout: 30000 });
  await isLive(manager.page);
  const pauses = asked.slice(1).map((at, n) => at - asked[n]);
  assert.equal(asked.length, 4);
  assert.ok(pauses[0] >= 2000, `as long as the server said: ${pauses}`);
  assert.ok(pauses[1] >= 2400 && pauses[2] >= 4800, `longer each time: ${pauses}`);
  await rep.context.close();
  await manager.context.close();
});

test('a page that hears nothing asks', async () => {
  const rep = await personAt(browser, kuaidan.url, 'wangmin');
  const manager = await personAt(browser, kuaidan.url, 'liqiang');
  // Somebody in between swallows streams of events.
  await manager.page.route('**/live?**', (route) => route.fulfill({ status: 204 }));
  await manager.page.goto(`${kuaidan.url}/deals`);
  await manager.page.waitForSelector('[data-live-state][data-kind=asking]', { state: 'attached' });
  const deal = await newDeal(rep.page, '轮询');
  await manager.page.waitForSelector(`tr[data-key="${deal}"]`, { timeout: 20000 });
  await rep.context.close();
  await manager.context.close();
});

test('who signs out in one window is out in the other within five seconds', async () => {
  const { context, page } = await personAt(browser, kuaidan.url, 'wangmin');
  const other = await context.newPage();
  await other.goto(`${kuaidan.url}/deals`);
  await isLive(other);
  await page.locator('.person-menu summary').click();
  await page.locator('button[formaction="/logout"]').click();
  await other.waitForURL('**/login**', { timeout: 5000 });
  await context.close();
});

test('a board is worked by keyboard alone', async () => {
  const { context, page, complaints } = await personAt(browser, kuaidan.url, 'wangmin');
  const deal = await newDeal(page, '只用键盘');
  await page.goto(`${kuaidan.url}/deals?view=board`);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  await page.keyboard.type('只用键盘');
  await page.waitForSelector('.search-drop a');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/deals/${deal}/**`);
  await page.goto(`${kuaidan.url}/deals?view=board`);
  await page.locator(`.board-card[data-key="${deal}"] .board-card__move`).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL('**panel=**');
  assert.equal(await page.locator('#panel').count(), 1);
  await page.keyboard.press('Control+k');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  await page.keyboard.press('Escape');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('without scripts the same lists, panel, search and calendar work', async () => {
  const { context, page, complaints } = await personAt(browser, kuaidan.url, 'wangmin', { javaScriptEnabled: false });
  const deal = await newDeal(page, '没有脚本');
  await page.goto(`${kuaidan.url}/deals`);
  await page.locator('#search').fill(deal);
  await page.locator('#search').press('Enter');
  await page.waitForURL(`**/deals/${deal}/**`);
  for (const view of ['', '&view=board', '&view=calendar']) {
    await page.goto(`${kuaidan.url}/deals?mine=yes&q=${deal}${view}`);
    assert.equal(await page.locator(`[data-key="${deal}"]`).count() > 0, true, view);
  }
  await page.goto(`${kuaidan.url}/deals?panel=${deal}`);
  assert.match(await page.locator('#panel').innerText(), /没有脚本/);
  await page.goto(`${kuaidan.url}/deals?view=board&wall=yes`);
  assert.equal(await page.locator('.top-bar').count(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('who loses a deal loses its panel too, and what was being typed is kept with a word', async () => {
  const rep = await personAt(browser, kuaidan.url, 'wangmin');
  const manager = await personAt(browser, kuaidan.url, 'liqiang');
  await rep.page.goto(`${kuaidan.url}/customers`);
  // The one that a new deal takes.
  const customer = (await rep.page.locator('main').innerText()).match(/KH\d+/)[0];
  const deal = await newDeal(rep.page, '转给同事');
  const panel = `${kuaidan.url}/deals?panel=${deal}`;
  const typing = await rep.context.newPage();
  for (const page of [rep.page, typing]) {
    await page.goto(panel);
    await isLive(page);
    assert.match(await page.locator('#panel').innerText(), /转给同事/);
  }
  await typing.locator('#panel .card__body').evaluate((body) => {
    const note = document.createElement('textarea');
    body.append(note);
    note.value = '正在写';
  });
  await manager.page.goto(`${kuaidan.url}/customers/${customer}`);
  const form = formTo(manager.page, '/change-owner');
  await form.evaluate((f) => { for (let d = f.closest('details'); d; d = d.parentElement.closest('details')) d.open = true; });
  const other = form.locator('[name=new_owner] option', { hasText: '赵六' });
  await form.locator('[name=new_owner]').selectOption(await other.getAttribute('value'));
  for (const box of await form.locator('[name=move_deals]').all()) await box.check();
  await fill(form, { change_owner_reason: '区域调整，统一归口' });
  assert.equal(await send(manager.page, form), 303);
  await rep.page.waitForSelector('#panel', { state: 'detached' });
  await typing.waitForSelector('.rail [role=alert]');
  const left = await typing.locator('.rail').innerText();
  assert.ok(!left.includes('转给同事') && !left.includes(deal), left);
  assert.equal(await typing.locator('.rail textarea').inputValue(), '正在写');
  assert.deepEqual([...rep.complaints, ...manager.complaints], []);
  await rep.context.close();
  await manager.context.close();
});
