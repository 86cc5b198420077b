// Draws docs/images/accuracy-cost.svg from what `otd sweep --json` prints, with the plot of the tool's reports.
// Usage: otd sweep … --json > sweep.json && node docs/curve/make-curve.mjs sweep.json [curve.svg]   (after bash build/configure.sh)
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';

const at = path => fileURLToPath(new URL(path, import.meta.url));
const [sweep, target = at('../images/accuracy-cost.svg')] = process.argv.slice(2);
const echarts = createRequire(import.meta.url)('../../build/echarts/node_modules/echarts/dist/echarts.common.min.js');
const charts = runInThisContext(`${readFileSync(at('../../src/Microsoft.ML.OtdRouting.Tool/Report/Page/charts.js'), 'utf8')}; OtdCharts`);

const [width, height] = [760, 440];
const theme = {
  background: '#ffffff', card: '#ffffff', text: '#17202c', muted: '#55606e', border: '#dce2e9', grid: '#e8ecf1', axis: '#aab4c0',
  routed: '#1d5fc4', cascade: '#b4540a', penalty: '#7b3fae', mix: '#6a7380', oracle: '#14794a', font: 'system-ui, sans-serif', width, narrow: false,
};
const report = JSON.parse(readFileSync(sweep, 'utf8'));
// The curve and what else one could do; what nobody can do, and details of one budget, are for the report.
const points = report.points.map(point => ({ ...point, oracle: null }));
const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
chart.setOption(charts.curve({ ...report, points, alternatives: [], chosen: null }, theme));
writeFileSync(target, chart.renderToSVGString() + '\n');
console.log(`Wrote ${target}.`);
// The chart's animation timer would keep Node running.
process.exit();
