// A refused form on a phone without scripts: what is wrong is on the screen at once, and each line leads to its field.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { formTo, openChromium, personAt, picture, startKuaidan } from '../kuaidan.mjs';

let kuaidan;
let browser;

before(async () => {
  kuaidan = await startKuaidan();
  browser = await openChromium();
});

after(async () => {
  await browser?.close();
  await kuaidan?.stop();
});

test('the summary of a long form is on the first screen of a phone without scripts', async () => {
  const phone = { viewport: { width: 360, height: 640 }, javaScriptEnabled: false, isMobile: true, hasTouch: true };
  const { context, page, complaints } = await personAt(browser, kuaidan.url, 'wangmin', phone);
  await page.goto(`${kuaidan.url}/deals?step=requirement`);
  const deals = await page.locator('a[href^="/deals/CD-"]').evaluateAll((links) => links.map((a) => a.getAttribute('href')));
  assert.ok(deals.length > 0, 'a deal in the second step');
  const forms = [['/deals/new', '/deals/new', 'title', '']];
  const no = deals[0].split('/')[2].split('?')[0];
  forms.push([`/deals/${no}/requirement`, '/requirement', 'purpose', '短']);
  let looked = 0;
  for (const [address, ending, name, value] of forms) {
    await page.goto(kuaidan.url + address);
    const form = formTo(page, ending);
    if (await form.locator(`[name="${name}"]`).count() === 0) continue;
    await form.locator(`[name="${name}"]`).first().fill(value);
    await form.locator(`[name="${name}"]`).first().press('End');
    const answered = page.waitForResponse((r) => r.request().method() === 'POST' && r.request().isNavigationRequest());
    await form.locator('button:not([type=button]):visible').last().click();
    assert.equal((await answered).status(), 422, address);
    await page.waitForLoadState();
    const summary = page.locator('.error-summary');
    const box = await summary.boundingBox();
    assert.ok(box && box.y >= 0 && box.y + Math.min(box.height, 120) <= 640, `${address}: the summary is at ${JSON.stringify(box)}`);
    assert.equal(await page.evaluate(() => window.scrollY).catch(() => 0), 0, 'the page is at its top');
    await summary.locator('a').first().click();
    looked += 1;
  }
  assert.ok(looked > 1, 'two long forms');
  assert.deepEqual(complaints, []);
  await picture(page, 'errors-first-360');
  await context.close();
});
