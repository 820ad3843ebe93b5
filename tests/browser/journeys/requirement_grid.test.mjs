// The line grid of the requirement in Chromium: by keyboard alone, by a paste from a spreadsheet,
// and the same paste without scripts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fill, formTo, openChromium, personAt, picture, send, startKuaidan } from '../kuaidan.mjs';

let kuaidan;
let browser;
before(async () => { kuaidan = await startKuaidan('--company-only'); browser = await openChromium(); });
after(async () => { await browser?.close(); await kuaidan?.stop(); });

/** Company time as a browser's date-time field wants it, some days from now. */
const inDays = (days) => new Date(Date.now() + (8 + 24 * days) * 3_600_000).toISOString().slice(0, 16);

const head = {
  channel: 'meeting', purpose: '新办公区 10 间会议室使用', wanted_at: inDays(60), delivery_mode: 'freight', partial_allowed: 'yes', payment_wish: 'deposit', invoice_need: 'special',
  acceptance: '开机画面正常、无坏点、清单一致',
};

/** A new deal of 王敏 with a known customer, at its requirement. */
async function atTheForm(options) {
  const { page, context, complaints } = await personAt(browser, kuaidan.url, 'wangmin', options);
  await page.goto(`${kuaidan.url}/customers`);
  const no = (await page.locator('main').innerText()).match(/KH\d+/)[0];
  await page.goto(`${kuaidan.url}/deals/new`);
  const form = formTo(page, '/deals/new');
  await fill(form, { customer_no: no, kind: 'repeat', source: 'existing', title: '会议室设备', promise_hours: '24' });
  assert.equal(await send(page, form), 303);
  const deal = new URL(page.url()).pathname.split('/').slice(0, 3).join('/');
  await page.goto(`${kuaidan.url}${deal}/requirement`);
  return { page, context, complaints, deal };
}

const cell = (page, name, row) => page.locator(`[data-row] [name="${name}"]`).nth(row);
const focused = (page) => page.evaluate(() => `${document.activeElement.name}#${[...document.querySelectorAll('[data-rows]')[0].children].indexOf(document.activeElement.closest('[data-row]'))}`);

/** Puts words on the clipboard as a spreadsheet does and pastes them where the cursor is. */
async function paste(page, text) {
  await page.evaluate((words) => {
    const data = new DataTransfer();
    data.setData('text/plain', words);
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

test('the keyboard alone fills, moves, copies, adds and removes rows', async () => {
  const { page, context, complaints } = await atTheForm({});
  await cell(page, 'product', 0).focus();
  await page.keyboard.type('QM-65');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'quantity#0');
  await page.keyboard.type('10');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(page), 'quantity#1');
  await page.keyboard.press('Control+d');
  assert.equal(await cell(page, 'quantity', 1).inputValue(), '10');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(page), 'quantity#0');
  for (let row = 0; row < 3; row += 1) await page.keyboard.press('Enter');
  assert.equal(await focused(page), 'quantity#3');
  assert.equal(await page.locator('[data-row]').filter({ has: page.locator('[name=quantity]') }).count(), 4, 'Enter in the last row adds one');
  assert.equal(await cell(page, 'quantity', 3).inputValue(), '');
  await cell(page, 'product', 1).focus();
  await page.keyboard.press('Control+d');
  assert.equal(await cell(page, 'product', 1).inputValue(), 'QM-65');
  await cell(page, 'product', 3).focus();
  await page.keyboard.type('AZ-01');
  await cell(page, 'quantity', 3).focus();
  await page.keyboard.type('1');
  // By Tab to the button at the end of the row, and away with the blank row above.
  await cell(page, 'line_date', 2).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await cell(page, 'product', 2).inputValue(), 'AZ-01');
  const form = formTo(page, '/requirement');
  await fill(form, head);
  await picture(page, 'requirement-grid-keyboard');
  assert.equal(await send(page, form), 303);
  assert.equal(await cell(page, 'product', 2).inputValue(), 'AZ-01');
  assert.deepEqual(complaints, []);
  await context.close();
});

const sheet = ['备注\t产品编码\t数量(台)\t单位', 'A 区\tQM-65\t１２\t台', 'B 区\tQM-86\t两台\t台', 'C 区\tAZ-01\t1\t'].join('\r\n');

test('a paste fills the columns that its header names, and errors lead back to the sheet', async () => {
  const { page, context, complaints } = await atTheForm({});
  await cell(page, 'spec', 0).focus();
  await paste(page, sheet);
  assert.equal(await cell(page, 'product', 0).inputValue(), 'QM-65');
  assert.equal(await cell(page, 'note', 2).inputValue(), 'C 区');
  assert.equal(await cell(page, 'unit', 0).inputValue(), '台');
  let form = formTo(page, '/requirement');
  await fill(form, head);
  assert.equal(await send(page, form), 422);
  const told = await page.locator('[data-error-summary]').innerText();
  assert.match(told, /粘贴内容第 3 行 数量/);
  assert.equal(told.match(/粘贴内容/g).length, 1);
  await picture(page, 'requirement-grid-paste');
  await cell(page, 'quantity', 1).fill('2');
  form = formTo(page, '/requirement');
  assert.equal(await send(page, form), 303);
  assert.equal(await cell(page, 'quantity', 0).inputValue(), '12');
  // Too many rows are not taken at all.
  await cell(page, 'product', 0).focus();
  await paste(page, 'QM-65\t\t1\n'.repeat(501));
  assert.match(await page.locator('[data-grid-status]').innerText(), /500/);
  assert.equal(await cell(page, 'quantity', 0).inputValue(), '12');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('without scripts the same paste goes through its own box', async () => {
  const { page, context, complaints } = await atTheForm({ javaScriptEnabled: false });
  const form = formTo(page, '/requirement');
  await fill(form, head);
  await page.locator('details', { has: page.locator('[name=paste]') }).locator('summary').click();
  await page.locator('[name=paste]').fill(sheet);
  const answered = page.waitForResponse((r) => r.request().method() === 'POST');
  await page.locator('button[name=paste_rows]').click();
  assert.equal((await answered).status(), 422);
  await page.waitForLoadState();
  assert.match(await page.locator('[data-error-summary]').innerText(), /粘贴内容第 3 行 数量/);
  assert.equal(await page.locator('[name=purpose]').inputValue(), head.purpose, 'nothing that was typed is lost');
  await page.locator('[name=quantity]').nth(1).fill('2');
  assert.equal(await send(page, formTo(page, '/requirement')), 303);
  assert.equal(await page.locator('[name=product]').nth(2).inputValue(), 'AZ-01');
  assert.deepEqual(complaints, []);
  await context.close();
});
