// Draws the pictures of the README and of docs/concepts.md from what `otd sweep --json` prints, with the plots of the tool's reports.
// Usage: otd sweep … --json > sweep.json && node docs/pictures/make-pictures.mjs sweep.json   (building otd brings ECharts)
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';

const at = path => fileURLToPath(new URL(path, import.meta.url));
const echarts = createRequire(import.meta.url)('../../build/echarts/node_modules/echarts/dist/echarts.common.min.js');
const charts = runInThisContext(`${readFileSync(at('../../src/Microsoft.ML.OtdRouting.Tool/Report/Page/charts.js'), 'utf8')}; OtdCharts`);
const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const theme = width => ({
  background: '#ffffff', card: '#ffffff', text: '#17202c', muted: '#55606e', border: '#dce2e9', grid: '#e8ecf1', axis: '#aab4c0',
  routed: '#1d5fc4', calibrated: '#b0186b', cascade: '#b4540a', penalty: '#7b3fae', mix: '#6a7380', oracle: '#14794a', ramp: ['#8fd0c4', '#3c9ac0', '#3763b0', '#4a2c80'],
  font: 'system-ui, sans-serif', width, narrow: false,
});

function draw(name, width, height, option) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption(option(theme(width)));
  writeFileSync(at(`../images/${name}.svg`), chart.renderToSVGString() + '\n');
  console.log(`Wrote docs/images/${name}.svg.`);
}

// The curve and what else one could do; what nobody can do, and details of one budget, are for the report.
const points = report.points.map(point => ({ ...point, oracle: null }));
draw('accuracy-cost', 760, 440, t => charts.curve({ ...report, points, alternatives: [], chosen: null }, t));
draw('route-shares', 760, 420, t => charts.budgets(report, t));
draw('predicted-errors', 560, 400, t => charts.losses(report.losses, t));
// The charts' animation timers would keep Node running.
process.exit();
