// Opens a report of otd sweep in Chromium and checks what only a browser can tell. Usage: see test/check-report.sh.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [file, executablePath, shots] = process.argv.slice(2);
const url = pathToFileURL(resolve(file)).href;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const megabytes = statSync(file).size / 1e6;
// What is drawn of classes alone is not in the reports of other tasks.
const { classes } = JSON.parse(/<script type="application\/json" id="report">(.*?)<\/script>/s.exec(readFileSync(file, 'utf8'))[1]);
const charts = ['curve', 'budgets', 'shares', ...(classes.length > 0 ? ['losses'] : []), 'time'];
let passed = 0;
const failures = [];

function check(condition, what) {
  if (condition) {
    passed++;
  } else {
    failures.push(what);
    console.log(`FAILED: ${what}`);
  }
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

// A page with everything recorded that must not happen.
async function open(name, options, address = url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const troubles = [];
  page.on('console', message => ['error', 'warning'].includes(message.type()) && troubles.push(`console: ${message.text()}`));
  page.on('pageerror', error => troubles.push(`error: ${error.message}`));
  page.on('request', request => request.url() !== address && !request.url().startsWith('data:') && troubles.push(`request: ${request.url()}`));
  page.on('dialog', dialog => { troubles.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.goto(address);
  if (options?.javaScriptEnabled !== false) await page.waitForFunction(() => document.querySelectorAll('#versions-table tr').length > 0, null, { timeout: 10000 })
    .catch(() => troubles.push('the page was not filled within 10 seconds'));
  return { page, close: async () => { check(troubles.length === 0, `${name}: ${troubles.join('; ')}`); await context.close(); } };
}

// Every plot holds shapes, all of them within its frame, and text that does not overlap other text.
async function checkCharts(page, name) {
  for (const id of charts) {
    const drawn = await page.evaluate(id => {
      const svg = document.querySelector(`#${id} svg`);
      if (svg === null) return null;
      const frame = svg.getBoundingClientRect();
      const texts = [...svg.querySelectorAll('text')].map(t => ({ text: t.textContent, box: t.getBoundingClientRect() })).filter(t => t.box.width > 0);
      const overlaps = [];
      const shrink = 1.5;
      texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
        if (a.box.left < b.box.right - shrink && b.box.left < a.box.right - shrink && a.box.top < b.box.bottom - shrink && b.box.top < a.box.bottom - shrink) {
          overlaps.push(`'${a.text}' and '${b.text}'`);
        }
      }));
      const outside = texts.filter(t => t.box.left < frame.left - 1 || t.box.right > frame.right + 1 || t.box.top < frame.top - 1 || t.box.bottom > frame.bottom + 1);
      return { shapes: svg.querySelectorAll('path').length, width: frame.width, height: frame.height, overlaps, outside: outside.map(t => t.text) };
    }, id);
    check(drawn !== null && drawn.shapes > 5 && drawn.width > 200 && drawn.height > 60, `${name}: plot '${id}' is drawn (${JSON.stringify(drawn)})`);
    check(drawn?.overlaps.length === 0, `${name}: labels of plot '${id}' overlap: ${drawn?.overlaps.slice(0, 5).join(', ')}`);
    check(drawn?.outside.length === 0, `${name}: labels of plot '${id}' are cut off: ${drawn?.outside.slice(0, 5).join(', ')}`);
  }
}

// The legend ends above the plot's grid.
async function checkLegend(page, name) {
  const below = await page.evaluate(() => ['curve', 'budgets'].flatMap(id => {
    const holder = document.getElementById(id);
    const chart = echarts.getInstanceByDom(holder);
    const { legend, grid } = chart.getOption();
    const names = new Set((legend[0].data ?? chart.getOption().series.map(s => s.name)));
    const top = holder.getBoundingClientRect().top + grid[0].top;
    const sizes = text => parseFloat(getComputedStyle(text).fontSize);
    return [...holder.querySelectorAll('svg text')]
      .filter(text => names.has(text.textContent) && sizes(text) === 13 && text.getBoundingClientRect().bottom > top)
      .map(text => `${id}: ${text.textContent}`);
  }));
  check(below.length === 0, `${name}: the legend reaches into the plot: ${below.join(', ')}`);
}

async function checkAccessibility(page, name) {
  const { violations } = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ['violations'] })`);
  const found = violations.flatMap(v => v.nodes.map(n => `${v.id} at ${n.target.join(' ')}: ${n.failureSummary?.split('\n')[1]?.trim() ?? v.help}`));
  check(found.length === 0, `${name}: accessibility: ${found.slice(0, 6).join('; ')}`);
}

async function shoot(page, name) {
  if (shots !== undefined) {
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  }
}

try {
  check(megabytes < 3, `the report has ${megabytes.toFixed(2)} MB, less than 3`);

  for (const colorScheme of ['light', 'dark']) {
    const { page, close } = await open(colorScheme, { colorScheme });
    await checkCharts(page, colorScheme);
    await checkLegend(page, colorScheme);
    await checkAccessibility(page, colorScheme);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number).reduce((a, b) => a + b) / 3);
    check(colorScheme === 'dark' ? background < 60 : background > 200, `${colorScheme}: the background has the brightness ${background}`);
    const pictures = await page.evaluate(() => [...document.images].map(i => i.complete && i.naturalWidth > 0 && i.alt !== ''));
    check(pictures.length > 0 && pictures.every(Boolean), `${colorScheme}: all ${pictures.length} images are decoded and described`);
    await shoot(page, colorScheme);
    await close();
  }

  {
    const { page, close } = await open('interaction');
    await page.locator('#curve').scrollIntoViewIfNeeded();
    const [x, y] = await page.evaluate(() => {
      const report = JSON.parse(document.getElementById('report').textContent);
      const chart = echarts.getInstanceByDom(document.getElementById('curve'));
      const point = report.points[report.chosen].routed;
      const frame = document.getElementById('curve').getBoundingClientRect();
      const [left, top] = chart.convertToPixel('grid', [100 * point.costFraction, 100 * point.accuracy]);
      return [frame.left + left, frame.top + top];
    });
    await page.mouse.move(x, y);
    const tip = page.locator('#curve .tip');
    await tip.waitFor({ timeout: 3000 }).catch(() => {});
    check(await tip.isVisible() && /Routed\s*[\d.]+/.test(await tip.textContent()), 'hovering a point of the curve shows its values');
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'hover.png') });
    if (classes.length > 0) {
      const before = await page.locator('#confusion').textContent();
      await page.selectOption('#confusion-route', '0');
      check(await page.locator('#confusion').textContent() !== before, 'another route has another confusion');
      const plot = await page.locator('#losses').innerHTML();
      await page.selectOption('#losses-route', '0');
      check(await page.locator('#losses').innerHTML() !== plot, 'another route has another plot of losses');
      await checkCharts(page, 'one route');
    }
    // Boxes lie over the picture that they are of, and say what they are.
    const boxes = await page.evaluate(() => [...document.querySelectorAll('.frame rect')].map(rect => {
      const [own, frame] = [rect.getBoundingClientRect(), rect.closest('.frame').querySelector('img').getBoundingClientRect()];
      const inside = own.left < frame.right && own.right > frame.left && own.top < frame.bottom && own.bottom > frame.top;
      return inside && own.width <= frame.width + 8 && rect.querySelector('title').textContent.length > 0;
    }));
    check(boxes.every(Boolean), `all ${boxes.length} boxes lie over their pictures and have titles`);
    for (const summary of await page.locator('summary').all()) await summary.click();
    await checkAccessibility(page, 'everything open');
    await page.emulateMedia({ colorScheme: 'dark' });
    await checkCharts(page, 'turned dark');
    await close();
  }

  {
    const { page, close } = await open('phone', { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true });
    await checkCharts(page, 'phone');
    await checkLegend(page, 'phone');
    const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    check(inner <= outer, `phone: the page is ${inner} wide in a window of ${outer}`);
    await shoot(page, 'phone');
    await close();
  }

  {
    const { page, close } = await open('print');
    await page.emulateMedia({ media: 'print', colorScheme: 'light' });
    await page.setViewportSize({ width: 690, height: 1000 });
    await page.waitForTimeout(200);
    await checkCharts(page, 'print');
    await checkLegend(page, 'print');
    await page.emulateMedia({ media: null, colorScheme: 'dark' });
    const pdf = await page.pdf({ format: 'A4', printBackground: true, ...(shots === undefined ? {} : { path: join(shots, 'print.pdf') }) });
    check(pdf.length > 20000, `printing gives a PDF (${pdf.length} bytes)`);
    await close();
  }

  {
    // The report's data is no script, so the page's policy allows another: names that try to become markup.
    const hostile = `</script><img src=x onerror="alert(1)"><svg onload=alert(2)>{{a}}<b>&amp;`;
    const [whole, data] = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(readFileSync(file, 'utf8'));
    const rename = (value, key) => Array.isArray(value) ? value.map(v => rename(v, key))
      : value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, rename(v, k)]))
      : typeof value === 'string' && key !== 'uri' && key !== 'date' && key !== 'unit' ? `${value}${hostile}` : value;
    const folder = mkdtempSync(join(tmpdir(), 'otd-report-'));
    const copy = join(folder, 'hostile.html');
    writeFileSync(copy, readFileSync(file, 'utf8').replace(whole, () => whole.replace(data, () => JSON.stringify(rename(JSON.parse(data))).replaceAll('<', '\\u003c'))));
    const { page, close } = await open('hostile names', {}, pathToFileURL(copy).href);
    const [images, bold, shown] = await page.evaluate(() => [document.querySelectorAll('img:not(.photos img)').length, document.querySelectorAll('td b, th b, span b').length,
      document.getElementById('models-table').textContent]);
    check(images === 0 && bold === 0 && shown.includes(hostile), 'hostile names are shown as they are');
    await page.locator('#curve').scrollIntoViewIfNeeded();
    await page.mouse.move(500, 500);
    await close();
    rmSync(folder, { recursive: true });
  }

  {
    const { page, close } = await open('without scripts', { javaScriptEnabled: false });
    check((await page.locator('h1').textContent()).length > 20, 'without scripts the conclusion can be read');
    await close();
  }
} finally {
  await browser.close();
}

console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
