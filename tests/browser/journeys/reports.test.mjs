// A manager reads the month: from the box that leads anywhere to a figure, its rows and its file, by keyboard
// alone, without scripts and on paper; and a rep moves a card without touching the mouse.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openChromium, personAt, picture, startKuaidan } from '../kuaidan.mjs';

let kuaidan;
let browser;
before(async () => { kuaidan = await startKuaidan(); browser = await openChromium(); });
after(async () => { await browser?.close(); await kuaidan?.stop(); });

/** Presses Tab until the focus is where `is` says, as somebody without a mouse does. */
async function tabTo(page, is, most = 150) {
  for (let tries = 0; tries < most; tries += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(is)) return;
  }
  assert.fail(`not reached by keyboard: ${is}`);
}

test('the box that leads anywhere works by keyboard alone', async () => {
  const { context, page, complaints } = await personAt(browser, kuaidan.url, 'liqiang');
  await page.keyboard.press('Control+/');
  const box = page.getByRole('combobox', { name: '前往…' });
  await box.waitFor();
  assert.ok((await page.locator('.palette [role=option]').count()) >= 8, 'every main page is offered at once');
  await picture(page, 'palette');
  // By the initials of its sound, in no other language than the reader's.
  await page.keyboard.type('sxkb');
  assert.equal(await page.locator('.palette [role=option][aria-selected=true]').innerText(), '时限看板');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/deadlines');
  // What the search finds stands below the pages.
  await page.goto(`${kuaidan.url}/deals`);
  const no = (await page.locator('main').innerText()).match(/CD-\d{8}-\d{3}/)[0];
  await page.keyboard.press('Control+/');
  await page.keyboard.type(no);
  await page.locator('.palette [role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/deals/${no}**`);
  await page.keyboard.press('Control+/');
  await page.keyboard.type('sz');
  await page.waitForFunction(() => document.querySelectorAll('.palette [role=option]').length > 1);
  const count = await page.locator('.palette [role=option]').count();
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.locator('.palette [role=option]').nth(count - 1).getAttribute('aria-selected'), 'true', 'up from the first is the last');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('zzzz没有');
  await page.waitForFunction(() => document.querySelector('.palette__said').textContent.length > 0);
  assert.equal(await page.locator('.palette [role=option]').count(), 0);
  await page.keyboard.press('Escape');
  assert.equal(await box.isVisible(), false);
  // In the middle of typing elsewhere it opens too, and what was typed stays.
  await page.goto(`${kuaidan.url}/deals`);
  await page.locator('#filter-q').fill('正在输入');
  await page.keyboard.press('Control+/');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#filter-q').inputValue(), '正在输入');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'filter-q');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a figure, its rows and its file are reached by keyboard alone', async () => {
  const { context, page, complaints } = await personAt(browser, kuaidan.url, 'liqiang');
  await page.keyboard.press('Control+/');
  await page.keyboard.type('bb');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/reports');
  await tabTo(page, () => document.activeElement.textContent.trim() === '出单周期');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/reports/order_cycle**');
  await tabTo(page, () => document.activeElement.textContent.trim() === '导出 CSV');
  const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  const csv = await readFile(await file.path());
  assert.deepEqual([...csv.subarray(0, 3)], [0xef, 0xbb, 0xbf], 'Excel needs the mark');
  const rows = await page.locator('section[aria-labelledby=rows] tbody tr').count();
  assert.ok(rows > 3, `${rows} rows`);
  assert.equal(csv.toString('utf8').trim().split('\n').length, rows + 1, 'the file has the rows of the page');
  await tabTo(page, () => Boolean(document.activeElement.closest('section[aria-labelledby=rows] td')));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/deals/CD-**');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a card is moved without a mouse', async () => {
  const { context, page, complaints } = await personAt(browser, kuaidan.url, 'wangmin');
  await page.goto(`${kuaidan.url}/work`);
  const no = await page.evaluate(() => {
    const row = [...document.querySelectorAll('tr')].find((r) => r.innerText.includes('待发送报价'));
    return row.innerText.match(/CD-\d{8}-\d{3}/)[0];
  });
  await page.goto(`${kuaidan.url}/deals?view=board&q=${no}`);
  await tabTo(page, () => document.activeElement.classList.contains('board-card__move'));
  await page.keyboard.press('Enter');
  await page.waitForURL(`**panel=${no}**`);
  await tabTo(page, () => document.activeElement.matches('#panel button[name=action][value=send_quote]'));
  const [answer] = await Promise.all([
    page.waitForResponse((r) => r.request().method() === 'POST'),
    page.waitForNavigation(),
    page.keyboard.press('Enter'),
  ]);
  assert.equal(answer.status(), 303);
  await page.goto(`${kuaidan.url}/deals?q=${no}`);
  assert.match(await page.locator(`tr[data-key="${no}"]`).innerText(), /待客户接受报价/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('without scripts the month is read, narrowed, opened and taken along', async () => {
  const { context, page, complaints } = await personAt(browser, kuaidan.url, 'liqiang', { javaScriptEnabled: false, viewport: { width: 360, height: 720 } });
  await page.goto(`${kuaidan.url}/reports`);
  await page.locator('select[name=urgent]').selectOption('no');
  await page.locator('form.filters button').click();
  await page.waitForURL('**urgent=no**');
  await page.getByRole('link', { name: '节点时长' }).click();
  await page.waitForURL('**/reports/node_time**urgent=no**');
  const trend = page.locator('section[aria-labelledby=trend]');
  assert.ok((await trend.getByRole('img').getAttribute('aria-label')).length > 0);
  assert.equal(await trend.locator('tbody tr').count(), 12);
  await page.locator('section[aria-labelledby=parts] tbody a').first().click();
  await page.waitForURL('**detail=**');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('on paper the values stand beside the picture', async () => {
  const { context, page } = await personAt(browser, kuaidan.url, 'liqiang');
  await page.goto(`${kuaidan.url}/reports/order_cycle`);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('section[aria-labelledby=trend] tbody tr').first().isVisible(), true);
  assert.equal(await page.locator('section[aria-labelledby=trend] svg').isVisible(), true);
  assert.equal(await page.locator('form.filters').isVisible(), false);
  await picture(page, 'report-print');
  await context.close();
});
