// Story 1 in Chromium: a new customer's deal from the empty form to the signed delivery,
// once with scripts and once without.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fill, formTo, openChromium, pdf, personAt, picture, send, startKuaidan } from '../kuaidan.mjs';

let kuaidan;
let browser;
before(async () => { kuaidan = await startKuaidan('--company-only'); browser = await openChromium(); });
after(async () => { await browser?.close(); await kuaidan?.stop(); });

/** A credit code of the reserved range with its check character (GB 32100). */
function codeOf(body) {
  const letters = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const sum = [...body].reduce((total, letter, i) => total + letters.indexOf(letter) * (3 ** i % 31), 0);
  return body + letters[(31 - (sum % 31)) % 31];
}

/** Company time as a browser's date-time field wants it, some hours from now. */
const inHours = (hours) => new Date(Date.now() + (8 + hours) * 3_600_000).toISOString().slice(0, 16);

async function walk(options, name, code, legalName, waybill) {
  const people = {};
  const complaints = [];
  async function as(login) {
    if (!people[login]) {
      people[login] = await personAt(browser, kuaidan.url, login, options);
      complaints.push(people[login].complaints);
    }
    return people[login].page;
  }
  const sees = async (page, text) => assert.ok((await page.locator('body').innerText()).replaceAll(/\s+/g, ' ').includes(text), `${text} is not on ${page.url()}:\n${await page.locator('main').innerText()}`);

  const rep = await as('wangmin');
  await rep.goto(`${kuaidan.url}/deals/new`);
  let form = formTo(rep, '/deals/new');
  await fill(form, { legal_name: legalName, kind: 'new', source: 'exhibition', title: '会议室设备', promise_hours: '24' });
  await send(rep, form);
  if (/\/deals\/new/.test(rep.url())) await send(rep, formTo(rep, '/deals/new'));
  const deal = new URL(rep.url()).pathname.split('/').slice(0, 3).join('/');
  assert.match(deal, /^\/deals\/CD-\d{8}-\d{3}$/);

  const company = {
    uscc: `${code.slice(0, 17)}${code.endsWith('M') ? 'N' : 'M'}`, customer_type: 'private', industry: 'I', employee_count: '１８０', annual_revenue_wan: '6,500.00', size_band: 'medium',
    founded_on: '2018-04-16', main_business: '视频会议软件研发', legal_rep: '沈若安', registry_status: 'active', province: '江苏省', city: '苏州市', district: '虎丘区',
    address_detail: '科技路1号', source: 'exhibition', taxpayer_kind: 'general', invoice_kind: 'special', invoice_delivery: 'ap@example.com',
    name: ['李娜'], title: ['采购总监'], rank: ['primary'], roles: ['decision_maker'], mobile: ['13800138000'], email: ['li.na@example.com'],
  };
  form = formTo(rep, '/customer');
  await fill(form, company);
  assert.equal(await send(rep, form), 422);
  await sees(rep, '校验');
  assert.equal(await rep.locator('[name=legal_rep]').inputValue(), '沈若安');
  await picture(rep, `${name}-1-wrong-code`);
  form = formTo(rep, '/customer');
  await fill(form, { ...company, uscc: code });
  assert.equal(await send(rep, form), 303);
  assert.equal(await formTo(rep, '/archive').count(), 0, 'an archive with gaps shows what is missing, not a button');
  await sees(rep, '备用联系人');
  await picture(rep, `${name}-2-not-yet`);

  await rep.goto(`${kuaidan.url}${deal}/requirement`);
  await sees(rep, '备用联系人');

  await rep.goto(`${kuaidan.url}${deal}/customer`);
  form = formTo(rep, '/customer');
  await fill(form, { name: ['李娜', '方晓'], title: ['采购总监', '行政主管'], rank: ['primary', 'backup'], roles: ['decision_maker', 'end_user'], mobile: ['13800138000', '13800138001'] });
  assert.equal(await send(rep, form), 303);
  form = formTo(rep, '/license');
  await fill(form, { license_file: pdf('licence.pdf') });
  assert.equal(await send(rep, form), 303);
  assert.equal(await send(rep, formTo(rep, '/request-verification')), 303);
  assert.equal(await formTo(rep, '/verify').count(), 0, 'the owner is not offered to verify');

  const assistant = await as('zhaoxue');
  await assistant.goto(`${kuaidan.url}/work`);
  await assistant.locator('main a[href^="/customers/"]').first().click();
  await assistant.waitForURL('**/customers/**');
  form = formTo(assistant, '/verify');
  await fill(form, { verify_channel: 'gsxt' });
  assert.equal(await send(assistant, form), 303);

  await rep.goto(`${kuaidan.url}${deal}/customer`);
  form = formTo(rep, '/confirm');
  await fill(form, { confirm_method: 'phone', confirm_contact: '李娜' });
  assert.equal(await send(rep, form), 303);
  await sees(rep, '已建档');

  await rep.goto(`${kuaidan.url}${deal}/requirement`);
  form = formTo(rep, '/requirement');
  await fill(form, {
    channel: 'meeting', purpose: '新办公区 10 间会议室使用', wanted_at: inHours(24 * 14), delivery_mode: 'freight', partial_allowed: 'yes', payment_wish: 'deposit',
    invoice_need: 'special', acceptance: '开机画面正常、无坏点、清单一致',
    product: ['QM-65', 'AZ-01'], quantity: ['10', '1'], match_kind: ['exact', 'exact'],
  });
  assert.equal(await send(rep, form), 303);
  assert.equal(await send(rep, formTo(rep, '/send')), 303);
  form = formTo(rep, '/confirm');
  await fill(form, { confirm_method: 'email', confirm_contact: '李娜', file: pdf('mail.pdf') });
  assert.equal(await send(rep, form), 303);

  await rep.goto(`${kuaidan.url}${deal}/quote`);
  form = formTo(rep, '/quote');
  await fill(form, { unit_price: ['8050.03', '1200.00'], freight_payer: 'seller', percent: ['30', '70'], trigger: ['on_signing', 'before_shipment'], days: ['3', '0'] });
  assert.equal(await send(rep, form), 303);
  for (const figure of ['80,500.30', '81,700.30', '72,371.28', '9,329.02', '捌万壹仟柒佰元零叁角']) await sees(rep, figure);
  await picture(rep, `${name}-3-quote`);
  await rep.goto(`${kuaidan.url}${deal}/quote/submit`);
  await sees(rep, '销售主管');
  await picture(rep, `${name}-3-submit`);
  assert.equal(await send(rep, formTo(rep, '/submit')), 303);
  await rep.goto(`${kuaidan.url}${deal}/approval`);
  assert.equal(await formTo(rep, '/approval').count(), 0, 'nobody decides on his own deal');

  const manager = await as('liqiang');
  await manager.goto(`${kuaidan.url}/approvals`);
  await manager.locator(`main a[href^="${deal}"]`).first().click();
  await manager.waitForURL(`**${deal}/**`);
  await picture(manager, `${name}-4-decision`);
  form = formTo(manager, '/approval');
  for (const met of await form.locator('input[type=radio][value=met]').all()) await met.check();
  assert.equal(await send(manager, form, 'button[name=decision][value=approve]'), 303);

  await rep.goto(`${kuaidan.url}${deal}/order`);
  assert.equal(await send(rep, formTo(rep, '/send')), 303);
  form = formTo(rep, '/acceptance');
  await fill(form, { acceptance_kind: 'stamped_contract', accepted_at: inHours(0), file: pdf('contract.pdf') });
  assert.equal(await send(rep, form), 303);
  assert.equal(await send(rep, formTo(rep, '/confirm')), 303);
  await rep.goto(`${kuaidan.url}${deal}/order`);
  for (const figure of ['DD-', '24,510.09', '57,190.21', '捌万壹仟柒佰元零叁角']) await sees(rep, figure);
  await picture(rep, `${name}-5-order`);

  const finance = await as('wufang');
  const receive = async (amount, reference) => {
    await finance.goto(`${kuaidan.url}${deal}/delivery`);
    const receipt = formTo(finance, '/receipt');
    await fill(receipt, { amount, received_at: inHours(0), reference });
    assert.equal(await send(finance, receipt), 303);
  };
  await receive('24510.09', '回单一');

  const warehouse = await as('sunli');
  await warehouse.goto(`${kuaidan.url}${deal}/delivery`);
  assert.ok(!(await warehouse.locator('body').innerText()).includes('81,700.30'), 'the warehouse sees no prices');
  assert.equal(await send(warehouse, formTo(warehouse, '/picking')), 303);
  const logistics = await as('hejun');
  await logistics.goto(`${kuaidan.url}${deal}/delivery`);
  form = formTo(logistics, '/check');
  await form.locator('input[name=picking]').check();
  assert.equal(await send(logistics, form), 303);
  await warehouse.goto(`${kuaidan.url}${deal}/delivery`);
  assert.equal(await send(warehouse, formTo(warehouse, '/packing')), 303);
  await logistics.goto(`${kuaidan.url}${deal}/delivery`);
  form = formTo(logistics, '/arrange');
  await fill(form, { carrier: '德邦', waybill_no: waybill, packages: '10' });
  assert.equal(await send(logistics, form), 303);
  await warehouse.goto(`${kuaidan.url}${deal}/delivery`);
  assert.equal(await formTo(warehouse, '/ship').count(), 0, 'nothing ships before the second milestone');
  await picture(warehouse, `${name}-6-blocked`);
  await receive('57190.21', '回单二');
  await warehouse.goto(`${kuaidan.url}${deal}/delivery`);
  assert.equal(await send(warehouse, formTo(warehouse, '/ship')), 303);

  await rep.goto(`${kuaidan.url}${deal}/delivery`);
  form = formTo(rep, '/sign-off');
  await fill(form, { signed_by: '方晓', signed_at: inHours(0), file: pdf('pod.pdf') });
  if (await form.count()) assert.equal(await send(rep, form), 303);
  await sees(rep, '100');
  await picture(rep, `${name}-7-signed`);
  assert.deepEqual(complaints.flat(), []);
  for (const { context } of Object.values(people)) await context.close();
}

test('with scripts', () => walk({}, 'story', '91320505PDY00001XN', '苏州星辰云启科技有限公司', 'DPK2026092201'));
test('without scripts', () => walk({ javaScriptEnabled: false }, 'story-plain', codeOf('91370211PDY54321X'), '青岛海岳智能科技有限公司', 'DPK2026092202'));
test('without scripts at 320 px', () => walk({ javaScriptEnabled: false, viewport: { width: 320, height: 700 } }, 'story-narrow', codeOf('91370211PDY54322X'), '烟台潮声精密机械有限公司', 'DPK2026092203'));
