// Customers, requirement and changes as people walk them on a phone 320 px wide and without scripts:
// an archive that two people edit at once, an import with errors, two archives of one company, a re-check,
// two versions of a requirement compared, a change with its record. Then the same pages in English.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { fill, formTo, openChromium, pdf, personAt, picture, send, startKuaidan } from '../kuaidan.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let kuaidan;
let browser;
before(async () => { kuaidan = await startKuaidan('--company-only'); browser = await openChromium(); });
after(async () => { await browser?.close(); await kuaidan?.stop(); });

const phone = { javaScriptEnabled: false, viewport: { width: 320, height: 700 } };
const inDays = (days) => new Date(Date.now() + (8 + 24 * days) * 3_600_000).toISOString().slice(0, 16);
const people = {};
/** Addresses that were walked, to be looked at again in the other language. */
const walked = {};

async function as(login) {
  people[login] ??= await personAt(browser, kuaidan.url, login, phone);
  return people[login].page;
}

const words = async (page) => (await page.locator('body').innerText()).replaceAll(/\s+/g, ' ');
async function sees(page, ...all) {
  const said = await words(page);
  for (const text of all) assert.ok(said.includes(text), `${text} is not on ${page.url()}:\n${said}`);
}

/** Nothing scrolls sideways; a picture is kept. */
async function look(page, login, name) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${page.url()} (${name}) is ${wide} px too wide`);
  await picture(page, `archive-${name}-320`);
  (walked[login] ??= new Set()).add(new URL(page.url()).pathname + new URL(page.url()).search);
}

async function open(login, path, name) {
  const page = await as(login);
  const answer = await page.goto(kuaidan.url + path);
  assert.equal(answer.status(), 200, path);
  if (name) await look(page, login, name);
  return page;
}

/** The customer of this name in the list, by its address. */
async function customer(login, name) {
  const page = await open(login, `/customers?q=${encodeURIComponent(name)}`);
  return page.locator('main td a[href^="/customers/KH"]').first().getAttribute('href');
}

test('an archive on a phone: every mistake at once, every contact under its labels', async () => {
  const page = await open('wangmin', '/customers/new', 'new');
  await fill(formTo(page, '/customers/new'), { legal_name: '常州精密仪器制造有限公司', source: 'referral' });
  assert.equal(await send(page, formTo(page, '/customers/new')), 303);
  await look(page, 'wangmin', 'draft');
  const address = new URL(page.url()).pathname;
  let form = formTo(page, address);
  await fill(form, { uscc: '91320505PDY00001XM', founded_on: '2099-01-01', name: ['李娜'], title: ['采购总监'], rank: ['primary'], roles: ['decision_maker'], mobile: ['12800138000'] });
  assert.equal(await send(page, form), 422);
  await sees(page, '校验位应为 N', '不能晚于现在');
  assert.equal(await page.locator('[name=mobile]').first().inputValue(), '12800138000', 'what was typed stays');
  await look(page, 'wangmin', 'draft-wrong');
  // Each control of a row stands under its own label and is wide enough for what goes into it.
  const box = await page.locator('[name=mobile]').first().boundingBox();
  assert.ok(box.width >= 120, `a mobile number has ${box.width} px`);
  const label = await page.locator('td', { has: page.locator('[name=mobile]') }).first().evaluate((cell) => getComputedStyle(cell, '::before').content);
  assert.match(label, /手机/);
});

test('two people on one archive keep both their edits', async () => {
  const address = await customer('wangmin', '宏泰');
  const mine = await open('wangmin', address, 'card');
  const theirs = await open('zhaoxue', address);
  for (const page of [mine, theirs]) await page.locator('#archive-form > summary').click();
  await fill(formTo(theirs, address), { short_name: '宏泰', carrier_wish: '顺丰' });
  assert.equal(await send(theirs, formTo(theirs, address)), 303);
  await fill(formTo(mine, address), { short_name: '无锡宏泰', main_business: '精密注塑件与模具制造' });
  assert.equal(await send(mine, formTo(mine, address)), 409);
  await sees(mine, '精密注塑件与模具制造', '顺丰', '赵雪');
  await look(mine, 'wangmin', 'edits');
  await mine.locator('[name="pick:short_name"][value=mine]').check();
  assert.equal(await send(mine, formTo(mine, address)), 303);
  await sees(mine, '无锡宏泰', '精密注塑件与模具制造', '顺丰');
  const history = await open('wangmin', `${address}/history`, 'history');
  await sees(history, '顺丰', '精密注塑件与模具制造');
  assert.doesNotMatch(await words(history), /1[3-9]\d{9}/, 'no number of a person');
});

test('an import tells every error with the row of the sheet, and nothing is imported by half', async () => {
  const page = await open('liqiang', '/customers/import', 'import');
  const head = '客户全称,统一社会信用代码,客户来源,归属业务员';
  const sheet = (rows) => ({ name: '客户.csv', mimeType: 'text/csv', buffer: Buffer.from([head, ...rows].join('\r\n')) });
  const upload = async (rows) => {
    await fill(formTo(page, '/customers/import'), { file: sheet(rows) });
    return send(page, formTo(page, '/customers/import'));
  };
  const name = await page.locator('main form[enctype="multipart/form-data"] input[type=file]').getAttribute('name');
  assert.equal(name, 'file');
  assert.equal(await upload(['甲,91320505PDY00002XN,展会,王敏', '南通海工装备有限公司,,火星,无此人']), 303);
  await sees(page, '校验位应为 P', '火星', '无此人');
  assert.equal(await page.locator('main form[method=post][action^="/customers/import/"]').count(), 0, 'no button while a row fails');
  await look(page, 'liqiang', 'import-errors');
  await open('liqiang', '/customers/import');
  assert.equal(await upload(['南通海工装备有限公司,,展会,王敏', '南通海工装备制造有限公司,,展会,王敏']), 303);
  await look(page, 'liqiang', 'import-dry');
  assert.equal(await send(page, formTo(page, new URL(page.url()).pathname)), 303);
  await sees(page, '已导入');
  await look(page, 'liqiang', 'import-done');
});

test('two archives of one company are found by their name and become one', async () => {
  const list = await open('liqiang', `/customers?q=${encodeURIComponent('南通海工')}`, 'list');
  const [one, other] = await list.locator('main td a[href^="/customers/KH"]').evaluateAll((links) => links.map((a) => a.getAttribute('href')));
  const page = await open('liqiang', `${one}/merge`, 'merge');
  await page.locator(`main a[href$="other=${other.split('/').pop()}"]`).click();
  await page.waitForLoadState();
  await look(page, 'liqiang', 'merge-compare');
  await page.locator(`[name=stays][value=${one.split('/').pop()}]`).check();
  await fill(formTo(page, '/merge'), { confirmation: 'KH1' });
  assert.equal(await send(page, formTo(page, '/merge')), 422);
  await look(page, 'liqiang', 'merge-wrong');
  await fill(formTo(page, '/merge'), { confirmation: other.split('/').pop() });
  assert.equal(await send(page, formTo(page, '/merge')), 303);
  await open('liqiang', other);
  assert.ok(page.url().includes(`${one}?from=`), 'the old number leads on');
});

test('a re-check on a phone, and the lists that want attention', async () => {
  for (const path of ['/customers/reviews', '/customers?status=contact_short', '/customers?status=credit_hold', '/customers?q=zzz']) {
    await open('zhaoxue', path, `list${path.replaceAll(/[^a-z]+/g, '-')}`);
  }
  const address = await customer('zhaoxue', '浦云');
  const page = await open('zhaoxue', `${address}/review`, 'review');
  assert.equal(await send(page, formTo(page, '/review')), 422);
  await look(page, 'zhaoxue', 'review-wrong');
});

test('two versions of a requirement, then a change with its record', async () => {
  const no = (await customer('wangmin', '浦云')).split('/').pop();
  const page = await open('wangmin', '/deals/new', 'new-deal');
  let form = formTo(page, '/deals/new');
  await fill(form, { customer_no: no, kind: 'repeat', source: 'existing', title: '会议室设备', promise_hours: '24' });
  assert.equal(await send(page, form), 303);
  const deal = new URL(page.url()).pathname.split('/').slice(0, 3).join('/');
  await open('wangmin', `${deal}/requirement`, 'requirement');
  form = formTo(page, '/requirement');
  await fill(form, { product: ['QM-65', '没有的产品'], quantity: ['两台', '1'] });
  assert.equal(await send(page, form), 422);
  await look(page, 'wangmin', 'requirement-wrong');
  form = formTo(page, '/requirement');
  await fill(form, {
    channel: 'meeting', purpose: '新办公区 10 间会议室使用', wanted_at: inDays(60), delivery_mode: 'freight', partial_allowed: 'yes', payment_wish: 'deposit', invoice_need: 'special',
    acceptance: '开机画面正常、无坏点、清单一致', product: ['QM-65', 'AZ-01'], quantity: ['10', '1'],
  });
  assert.equal(await send(page, form), 303);
  assert.equal(await send(page, formTo(page, '/send')), 303);
  await look(page, 'wangmin', 'requirement-sent');
  const confirm = async () => {
    form = formTo(page, '/confirm');
    await fill(form, { confirm_method: 'email', confirm_contact: await form.locator('[name=confirm_contact] option').nth(1).getAttribute('value'), file: pdf('mail.pdf') });
    assert.equal(await send(page, form), 303);
  };
  await confirm();
  await look(page, 'wangmin', 'requirement-confirmed');
  assert.equal(await send(page, formTo(page, '/revise')), 303);
  form = formTo(page, '/requirement');
  await fill(form, { quantity: ['12', '1'], acceptance: '开机画面正常、无坏点、清单一致、附验收单' });
  assert.equal(await send(page, form), 303);
  assert.equal(await send(page, formTo(page, '/send')), 303);
  await confirm();
  await open('wangmin', `${deal}/requirement/compare?from=1&to=2`, 'compare');
  await sees(page, '10', '12', '附验收单');

  await open('wangmin', `${deal}/changes`, 'changes-none');
  await open('wangmin', `${deal}/changes/new`, 'change-form');
  assert.equal(await send(page, formTo(page, '/changes/new')), 422);
  await look(page, 'wangmin', 'change-form-wrong');
  form = formTo(page, '/changes/new');
  await fill(form, { quantity: ['14'], packaging: ['防潮托盘+护角'], requested_by: await form.locator('[name=requested_by] option').nth(1).getAttribute('value'), channel: 'phone', change_reason: 'customer' });
  assert.equal(await send(page, form), 303);
  await sees(page, '防潮托盘+护角', '14');
  await look(page, 'wangmin', 'change-draft');
  assert.equal(await send(page, formTo(page, '/changes/file')), 303);
  await look(page, 'wangmin', 'change-filed');
});

test('the pages that were walked are whole in English, accessible, and fit into 320 px', async () => {
  for (const { complaints, context } of Object.values(people)) {
    assert.deepEqual(complaints, []);
    await context.close();
  }
  for (const [login, paths] of Object.entries(walked)) {
    const { page, context, complaints } = await personAt(browser, kuaidan.url, login, { bypassCSP: true });
    const button = page.locator('.top-tools .tool-form--language button[value=en]');
    if (await button.count()) await Promise.all([page.waitForNavigation(), button.click()]);
    await page.setViewportSize({ width: 320, height: 700 });
    for (const path of paths) {
      const answer = await page.goto(kuaidan.url + path);
      if (!answer.ok()) continue;
      const name = `${login}${path.replaceAll(/[^a-z0-9]+/gi, '-')}`;
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${path} is ${wide} px too wide in English`);
      await page.addScriptTag({ content: axe });
      const { violations } = await page.evaluate(async () => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html} (${v.nodes[0].failureSummary})`), [], `accessibility of ${path}`);
      await picture(page, `archive-en-${name}`);
    }
    assert.deepEqual(complaints, []);
    await context.close();
  }
});
