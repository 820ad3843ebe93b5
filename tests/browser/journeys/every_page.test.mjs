// Every main page as the people who use it: accessible, without sideways scroll, in both
// languages, light and dark; pictures are kept in out/.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { openChromium, personAt, picture, startKuaidan } from '../kuaidan.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let kuaidan;
let browser;
before(async () => { kuaidan = await startKuaidan(); browser = await openChromium(); });
after(async () => { await browser?.close(); await kuaidan?.stop(); });

const places = {
  wangmin: ['/work', '/deals', '/deals?view=board', '/deals?view=calendar', '/search?q=sz', '/deals/new', '/customers', '/customers/new', '/customers/reviews', '/feedback', '/orders', '/stock', '/notices', '/account', '/prices', '/prices/products', '/stock/QM-65'],
  wufang: ['/prices', '/prices/lists/BZ-01', '/prices/lists/BZ-01/draft', '/prices/lists/BZ-01/import', '/prices/new', '/prices/new-product', '/prices/products/QM-65', '/prices/import-products'],
  liqiang: ['/work', '/approvals', '/deals?view=board', '/orders?view=board&wall=yes', '/deadlines', '/deadlines/sales_rep', '/reports', '/reports/order_cycle', '/reports/node_time', '/reports/urgent_share', '/customers/import', '/feedback?state=open'],
  sunli: ['/work', '/orders?view=board'],
  admin: ['/work', '/settings', '/settings/people', '/settings/history'],
};

/** One deal in each step, found on the board. */
async function dealsByStep(page) {
  const found = {};
  for (const step of ['registration', 'requirement', 'quote', 'approval', 'order', 'delivery']) {
    await page.goto(`${kuaidan.url}/deals?step=${step}&status=open`);
    const href = await page.locator('main a[href^="/deals/CD-"]').first().getAttribute('href').catch(() => null);
    if (href) found[step] = href;
  }
  return found;
}

async function check(page, name) {
  const { violations } = await page.evaluate(async () => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html} (${v.nodes[0].failureSummary})`), [], `accessibility of ${name}`);
}

for (const language of ['zh', 'en']) {
  for (const theme of ['light', 'dark']) {
    test(`pages are accessible in ${language}, ${theme}`, async () => {
      for (const [login, paths] of Object.entries(places)) {
        const { context, page, complaints } = await personAt(browser, kuaidan.url, login, { colorScheme: theme, bypassCSP: true });
        if (language === 'en') {
          const button = page.locator('.top-tools .tool-form--language button[value=en]');
          if (await button.count()) await Promise.all([page.waitForNavigation(), button.click()]);
        } else {
          const button = page.locator('.top-tools .tool-form--language button[value=zh]');
          if (await button.count()) await Promise.all([page.waitForNavigation(), button.click()]);
        }
        const all = [...paths];
        if (login === 'wangmin' && theme === 'light') all.push('/design');
        if (login === 'wangmin') all.push(...Object.values(await dealsByStep(page)));
        for (const path of all) {
          await page.goto(kuaidan.url + path);
          await page.addScriptTag({ content: axe });
          const name = `${login}${path.replaceAll(/[^a-z0-9]+/gi, '-')}-${language}-${theme}`;
          await check(page, name);
          await picture(page, name);
        }
        assert.deepEqual(complaints, []);
        await context.close();
      }
    });
  }
}

test('nothing scrolls sideways at 320 px', async () => {
  for (const [login, paths] of Object.entries(places)) {
    const { context, page, complaints } = await personAt(browser, kuaidan.url, login, { viewport: { width: 320, height: 700 } });
    const all = login === 'wangmin' ? [...paths, '/design', ...Object.values(await dealsByStep(page))] : paths;
    for (const path of all) {
      await page.goto(kuaidan.url + path);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
      await picture(page, `${login}${path.replaceAll(/[^a-z0-9]+/gi, '-')}-320`);
    }
    assert.deepEqual(complaints, []);
    await context.close();
  }
});

test('the keyboard reaches everything', async () => {
  const { context, page } = await personAt(browser, kuaidan.url, 'wangmin');
  await page.goto(`${kuaidan.url}/deals/new`);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip-link');
  await page.keyboard.press('Enter');
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  await page.goto(`${kuaidan.url}/deals/new`);
  await page.locator('form[method=post][action="/deals/new"] button').last().click();
  await page.waitForLoadState();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'alert', 'the error summary takes the focus');
  await context.close();
});

test('on a phone the menu of a person lies over the cards of the page', async () => {
  const phone = { javaScriptEnabled: false, viewport: { width: 360, height: 740 } };
  const { context, page } = await personAt(browser, kuaidan.url, 'chenjing', phone);
  for (const address of ['/deals', '/work']) {
    await page.goto(kuaidan.url + address);
    await page.locator('.person-menu summary').click();
    const items = await page.locator('.person-menu__panel .menu-item').all();
    assert.equal(items.length, 4, address);
    for (const item of items) await item.click({ trial: true, timeout: 2000 });
    await picture(page, `person-menu-360${address.replace('/', '-')}`);
  }
  await page.locator('button[formaction="/logout"]').click();
  await page.waitForURL('**/login');
  await context.close();
});
