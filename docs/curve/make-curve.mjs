// Draws docs/images/accuracy-cost.svg from routing-report.json, which examples/FashionRouting writes.
// Usage: npm ci && node make-curve.mjs [routing-report.json] [accuracy-cost.svg]
import { readFileSync, writeFileSync } from 'node:fs';
import * as echarts from 'echarts';

const [report = '../../routing-report.json', target = '../images/accuracy-cost.svg'] = process.argv.slice(2);
const { curve, results } = JSON.parse(readFileSync(report, 'utf8'));
const percent = value => Math.round(value * 10000) / 100;
const line = key => curve.map(point => [percent(point.costFraction), percent(point[key])]);
const singles = results.filter(r => r.name.startsWith('resolution'));

const series = (name, key, color, extra = {}) => ({
  name, type: 'line', data: line(key), showSymbol: false, color, lineStyle: { width: 2.5 }, ...extra,
});

const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 760, height: 420 });
chart.setOption({
  backgroundColor: '#ffffff',
  animation: false,
  textStyle: { fontFamily: 'system-ui, sans-serif', fontSize: 13 },
  legend: { top: 8, itemGap: 22, itemWidth: 26 },
  grid: { left: 62, right: 24, top: 52, bottom: 54 },
  xAxis: {
    type: 'value', min: 10, max: 100, name: 'mean cost of an image, % of the largest resolution', nameLocation: 'middle', nameGap: 32,
    axisLabel: { formatter: '{value} %' }, splitLine: { lineStyle: { color: '#eeeeee' } },
  },
  yAxis: {
    type: 'value', min: 85, max: 93, name: 'accuracy, %', nameLocation: 'middle', nameGap: 42,
    splitLine: { lineStyle: { color: '#eeeeee' } },
  },
  series: [
    series('routed', 'routed', '#1f5fbf', { lineStyle: { width: 3.5 }, z: 5 }),
    series('confidence cascade', 'cascade', '#c4641a', { lineStyle: { width: 2.5, type: 'dashed' } }),
    series('best static mix', 'staticMix', '#777777', { lineStyle: { width: 2.5, type: 'dotted' } }),
    {
      name: 'one resolution', type: 'scatter', symbolSize: 11, color: '#333333',
      data: singles.map(r => ({
        value: [percent(r.fraction), percent(r.accuracy)],
        label: { show: true, position: r.fraction > 0.9 ? 'left' : 'right', formatter: r.name.replace('resolution ', '') },
      })),
    },
  ],
});
writeFileSync(target, chart.renderToSVGString() + '\n');
console.log(`Wrote ${target}.`);
// The chart's animation timer would keep Node running.
process.exit();
