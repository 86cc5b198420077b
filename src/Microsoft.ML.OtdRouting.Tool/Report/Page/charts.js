// What the plots of a report show, as options of Apache ECharts. Knows no document: a page and a script without one can draw from it.
//
// Every function takes the report, or a part of it, and a theme: colours by name, and tip(title, rows), which makes the box that appears
// over a point.
const OtdCharts = (() => {
  'use strict';

  // No line break before the sign.
  const percent = (fraction, digits = 1) => `${(100 * fraction).toFixed(digits)}\u00a0%`;
  const scaled = fraction => Math.round(fraction * 1e6) / 1e4;

  // "12.3 MFLOPs", "0.45 ms".
  const cost = (value, unit) => {
    if (unit !== 'FLOPs') return `${value.toPrecision(3)} ${unit}`;
    const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(value, 1)) / 3)));
    return `${(value / 1000 ** power).toPrecision(3)} ${['', 'k', 'M', 'G', 'T'][power]}FLOPs`;
  };

  const duration = seconds => seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

  const mix = (a, b, part) => '#' + [1, 3, 5].map(i => {
    const [from, to] = [a, b].map(c => parseInt(c.slice(i, i + 2), 16));
    return Math.round(from + (to - from) * part).toString(16).padStart(2, '0');
  }).join('');

  // Colours from the cheapest to the dearest route.
  const ramp = (stops, count) => Array.from({ length: count }, (_, i) => {
    const at = count > 1 ? i / (count - 1) * (stops.length - 1) : 0;
    const low = Math.min(Math.floor(at), stops.length - 2);
    return mix(stops[low], stops[low + 1], at - low);
  });

  // Black or white, whichever reads better (relative luminance as WCAG 2 defines it).
  const ink = color => {
    const [r, g, b] = [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16) / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000000' : '#ffffff';
  };

  const base = theme => ({
    backgroundColor: theme.background ?? 'transparent',
    animation: false,
    textStyle: { fontFamily: theme.font, fontSize: 13, color: theme.text },
  });

  const tooltip = (theme, formatter, trigger = 'item') => theme.tip === undefined ? undefined : {
    trigger, formatter, confine: true, backgroundColor: theme.card, borderColor: theme.border, padding: 0,
    axisPointer: { type: 'shadow', shadowStyle: { color: theme.grid, opacity: 0.35 } },
    textStyle: { color: theme.text, fontFamily: theme.font },
  };

  const legend = (theme, extra) => ({
    top: 0, left: 'center', itemGap: 18, itemWidth: 26, inactiveColor: theme.muted, textStyle: { color: theme.text, fontSize: 13 }, ...extra,
  });

  // How much room a legend takes that breaks into rows. Digits are wider than letters; icons and gaps take some more.
  const legendHeight = (names, theme, character, more) => {
    const rows = [0];
    for (const width of names.map(name => more + character * name.length)) {
      if (rows[rows.length - 1] + width > theme.width - 10) rows.push(0);
      rows[rows.length - 1] += width;
    }
    return 30 * rows.length + 14;
  };

  const axis = (theme, name, gap, { axisLabel: label, ...extra }) => ({
    type: 'value', name, nameLocation: 'middle', nameGap: gap, nameTextStyle: { color: theme.muted, fontSize: 13 },
    axisLabel: { color: theme.muted, fontSize: 12, hideOverlap: true, margin: 11, ...label }, axisLine: { show: true, lineStyle: { color: theme.axis } },
    axisTick: { lineStyle: { color: theme.axis } }, splitLine: { lineStyle: { color: theme.grid } }, ...extra,
  });

  // Bounds of an axis that hold all values, on multiples of a step that suits them.
  const bounds = (values, least = -Infinity, most = Infinity) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const span = Math.max(high - low, 1e-9);
    const interval = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].find(step => span / step <= 6) ?? 200;
    return { min: Math.max(least, Math.floor(low / interval) * interval), max: Math.min(most, Math.ceil(high / interval) * interval), interval };
  };

  // The policies of a point, in the order of the legend.
  const policies = [
    { key: 'routed', name: 'Routed', color: 'routed', width: 3.5, type: 'solid', z: 6 },
    { key: 'calibratedCascade', name: 'Calibrated cascade', color: 'calibrated', width: 2.5, type: [10, 4], z: 5 },
    { key: 'cascade', name: 'Confidence cascade', color: 'cascade', width: 2.5, type: 'dashed', z: 4 },
    { key: 'costPenalty', name: 'Cost penalty', color: 'penalty', width: 2, type: [8, 3, 2, 3], z: 3 },
    { key: 'staticMix', name: 'Best static mix', color: 'mix', width: 2.5, type: 'dotted', z: 3 },
    { key: 'oracle', name: 'Oracle', color: 'oracle', width: 1.5, type: [3, 3], z: 2 },
  ];

  // A baseline is absent where it cannot be had at the router's cost.
  const present = (report, policy) => report.points.some(p => p[policy.key] !== null);

  function curve(report, theme) {
    const { points, resolutions, unit, measure = 'accuracy' } = report;
    // Ensembles for all images may cost far more than anyone sweeps; the table has them.
    const widest = Math.max(...resolutions.map(r => r.costFraction), ...points.map(p => p.routed.costFraction));
    const alternatives = report.alternatives.filter(a => a.costFraction <= widest);
    const chosen = points[report.chosen]; // none outside of a report
    const shown = policies.filter(p => present(report, p));
    // Long names, such as 96x128, are on both sides of their points by turns, and take the room of other words where there is little.
    const turns = resolutions.some(r => r.name.length > 4);
    const atPoint = point => theme.tip(`Budget ${percent(point.budget, 0)}`, [
      ...shown.filter(p => point[p.key] !== null).map(p => ({
        color: theme[p.color], name: p.name, value: percent(point[p.key].accuracy, 2),
        note: p.key === 'routed' ? `${percent(point.accuracyLow)} to ${percent(point.accuracyHigh)}` : `at ${percent(point[p.key].costFraction)}`,
      })),
      { name: 'Mean cost', value: percent(point.routed.costFraction), note: cost(point.routed.cost, unit) },
    ]);
    const atPolicy = (kind, policy) => theme.tip(`${kind} ${policy.name}`, [
      { name: measure[0].toUpperCase() + measure.slice(1), value: percent(policy.accuracy, 2), note: '' },
      { name: 'Cost', value: percent(policy.costFraction), note: cost(policy.cost, unit) },
    ]);
    const lines = shown.map(p => ({
      name: p.name, type: 'line', color: theme[p.color], z: p.z, symbol: 'circle', symbolSize: p.key === 'routed' ? 7 : 5, showSymbol: true,
      lineStyle: { width: p.width, type: p.type },
      emphasis: { scale: 1.6 },
      connectNulls: false,
      data: points.map((point, i) => point[p.key] === null ? { value: ['-', '-'] } : ({
        value: [scaled(point[p.key].costFraction), scaled(point[p.key].accuracy)], point,
        ...(p.key === 'routed' && i === report.chosen
          ? { symbolSize: 15, itemStyle: { borderColor: theme.card, borderWidth: 3, color: theme[p.color] } } : {}),
      })),
      ...(p.key === 'routed' && chosen ? {
        markLine: {
          silent: true, symbol: 'none', animation: false, lineStyle: { color: theme.routed, type: [2, 4], width: 1 },
          label: { show: theme.width >= (turns ? 720 : 560), formatter: `${chosen.promise ? 'promised' : 'chosen'} budget ${percent(chosen.budget, 0)}`, position: 'insideStartTop', distance: 6, color: theme.routed, fontSize: 12 },
          data: [{ xAxis: scaled(chosen.routed.costFraction) }],
        },
      } : {}),
    }));
    const band = [
      ['accuracyLow', point => point.accuracyLow, 0], ['accuracyBand', point => point.accuracyHigh - point.accuracyLow, 0.16],
    ].map(([name, value, opacity]) => ({
      name, type: 'line', stack: 'band', stackStrategy: 'all', symbol: 'none', silent: true, z: 1, lineStyle: { opacity: 0 },
      areaStyle: { color: theme.routed, opacity }, tooltip: { show: false },
      data: points.map(p => [scaled(p.routed.costFraction), scaled(value(p))]),
    }));
    const everyRoute = alternatives.length === 0 ? [] : [{
      name: 'One route', type: 'scatter', symbol: 'circle', symbolSize: 7, z: 2, color: theme.muted,
      itemStyle: { color: 'transparent', borderColor: theme.muted, borderWidth: 1.5 },
      data: alternatives.map(a => ({ value: [scaled(a.costFraction), scaled(a.accuracy)], policy: a, kind: 'Route' })),
    }];
    const largest = resolutions[resolutions.length - 1];
    const singles = {
      name: 'One resolution', type: 'scatter', symbol: 'diamond', symbolSize: 13, color: theme.text, z: 5,
      data: resolutions.map((r, i) => ({
        value: [scaled(r.costFraction), scaled(r.accuracy)], policy: r, kind: 'Resolution', label: { position: turns && i % 2 === 0 ? 'top' : 'bottom' },
      })),
      label: { show: true, formatter: ({ data }) => data.policy.name, position: 'bottom', distance: 4, offset: [9, 0], color: theme.text, fontSize: 12, fontWeight: 600 },
      markLine: {
        silent: true, symbol: 'none', animation: false, lineStyle: { color: theme.muted, type: 'solid', width: 1, opacity: 0.5 }, label: { show: false },
        data: [{ yAxis: scaled(largest.accuracy) }],
      },
    };
    const { largestCalibrated } = report;
    const calibrated = {
      name: 'Largest, calibrated', type: 'scatter', symbol: 'triangle', symbolSize: 13, color: theme.calibrated, z: 5,
      data: [{ value: [scaled(largestCalibrated.costFraction), scaled(largestCalibrated.accuracy)], policy: largestCalibrated, kind: 'Resolution' }],
      markLine: {
        silent: true, symbol: 'none', animation: false, lineStyle: { color: theme.calibrated, type: [2, 4], width: 1, opacity: 0.8 }, label: { show: false },
        data: [{ yAxis: scaled(largestCalibrated.accuracy) }],
      },
    };
    const names = [...shown.map(p => p.name), 'One resolution', 'Largest, calibrated', ...everyRoute.map(s => s.name)];
    const values = [
      ...shown.flatMap(p => points.map(point => point[p.key])).filter(p => p !== null), ...resolutions, largestCalibrated, ...alternatives,
    ];
    return {
      ...base(theme),
      aria: { enabled: false },
      tooltip: tooltip(theme, ({ data }) => data.point ? atPoint(data.point) : data.policy ? atPolicy(data.kind, data.policy) : ''),
      legend: legend(theme, { data: names }),
      grid: { left: 58, right: 22, top: legendHeight(names, theme, 7.5, 52), bottom: 52 },
      xAxis: axis(theme, theme.narrow ? 'mean cost, % of the largest' : 'mean cost of an image, % of the largest resolution', 32,
        { ...bounds([0, ...values.map(v => scaled(v.costFraction))]), axisLabel: { formatter: '{value}\u00a0%' } }),
      yAxis: axis(theme, `${measure}, %`, 40, bounds([...values.map(v => v.accuracy), ...points.flatMap(p => [p.accuracyLow, p.accuracyHigh])].map(scaled), 0, 100)),
      series: [...band, ...everyRoute, ...lines, singles, calibrated],
    };
  }

  // The routes of all budgets in ascending order of cost. A route may cost more where a cheaper resolution looks at every image first.
  function routeNames(points) {
    const least = new Map();
    for (const share of points.flatMap(p => p.shares)) {
      least.set(share.route, Math.min(share.costFraction, least.get(share.route) ?? Infinity));
    }
    return [...least.keys()].sort((a, b) => least.get(a) - least.get(b));
  }

  function budgets(report, theme) {
    const names = routeNames(report.points);
    const colors = ramp(theme.ramp, names.length);
    const letters = (theme.width - 80) * 0.78 / report.points.length / 7;
    const shareOf = (point, name) => point.shares.find(s => s.route === name);
    return {
      ...base(theme),
      tooltip: tooltip(theme, items => {
        const point = report.points[items[0].dataIndex];
        return theme.tip(`Budget ${percent(point.budget, 0)}`, point.shares.map(s => ({
          color: colors[names.indexOf(s.route)], name: s.route, value: percent(s.share), note: `plan ${percent(s.planned)}`,
        })));
      }, 'axis'),
      legend: legend(theme, { itemWidth: 14, itemHeight: 14, icon: 'rect', itemGap: 14 }),
      grid: { left: 58, right: 22, top: legendHeight(names, theme, 8.7, 36), bottom: 52 },
      xAxis: axis(theme, 'budget, % of the largest resolution', 32, {
        type: 'category', data: report.points.map(p => percent(p.budget, 0)), splitLine: { show: false }, axisTick: { show: false },
        axisLabel: {
          interval: theme.narrow ? 'auto' : 0,
          formatter: (text, i) => i === report.chosen ? `{chosen|${text}}` : text, rich: { chosen: { color: theme.routed, fontWeight: 700, fontSize: 12 } },
        },
      }),
      yAxis: axis(theme, 'share of the images, %', 40, { min: 0, max: 100, interval: 20 }),
      series: names.map((name, k) => ({
        name, type: 'bar', stack: 'shares', color: colors[k], barCategoryGap: '22%',
        itemStyle: { borderColor: theme.card, borderWidth: 1 },
        label: {
          show: name.length <= letters, color: ink(colors[k]), fontSize: 11, formatter: ({ value }) => value >= 7 ? name : '',
        },
        data: report.points.map(point => scaled(shareOf(point, name)?.share ?? 0)),
      })),
    };
  }

  function shares(report, theme) {
    const { routes } = report;
    const total = routes.reduce((sum, r) => sum + r.rows, 0);
    const names = routeNames(report.points);
    const colors = ramp(theme.ramp, names.length);
    const rows = routes.map(r => ({ share: scaled(r.rows / total), planned: scaled(r.planned), color: colors[names.indexOf(r.name)] }));
    return {
      ...base(theme),
      tooltip: tooltip(theme, items => {
        const route = routes[items[0].dataIndex];
        return theme.tip(`Route ${route.name}`, [
          { name: 'Images', value: percent(route.rows / total), note: `${route.rows}` },
          { name: 'Plan', value: percent(route.planned), note: '' },
          { name: 'Right', value: route.rows > 0 ? percent(route.right / route.rows) : '–', note: '' },
          { name: 'Cost of an image', value: percent(route.costFraction), note: '' },
        ]);
      }, 'axis'),
      grid: { left: 24 + 8 * Math.max(...routes.map(r => r.name.length)), right: 64, top: 8, bottom: 48 },
      xAxis: axis(theme, 'share of the images, %', 30, { min: 0 }),
      yAxis: axis(theme, '', 0, {
        type: 'category', inverse: true, data: routes.map(r => r.name), splitLine: { show: false }, axisTick: { show: false },
        axisLabel: { color: theme.text, fontSize: 13, interval: 0 },
      }),
      series: [
        {
          name: 'Got', type: 'bar', barMaxWidth: 24, data: rows.map(r => ({ value: r.share, itemStyle: { color: r.color } })),
        },
        {
          // Holds the labels, right of whatever reaches further.
          name: 'Label', type: 'scatter', symbol: 'circle', symbolSize: 1, silent: true, color: 'transparent', tooltip: { show: false },
          data: rows.map(r => Math.max(r.share, r.planned)),
          label: { show: true, position: 'right', distance: 9, color: theme.text, fontSize: 12, formatter: ({ dataIndex }) => `${rows[dataIndex].share.toFixed(1)}\u00a0%` },
        },
        { name: 'Plan', type: 'scatter', symbol: 'rect', symbolSize: [4, 28], color: theme.cascade, z: 5, data: rows.map(r => r.planned) },
      ],
    };
  }

  function losses(bins, theme) {
    const { max, interval } = bounds(bins.flatMap(b => [0, scaled(b.predicted), scaled(b.high)]));
    // Differences of a linear prediction may fall below zero.
    const min = Math.floor(Math.min(0, ...bins.map(b => scaled(b.predicted))));
    const at = (bin, value) => ({ coord: [scaled(bin.predicted), scaled(value)] });
    return {
      ...base(theme),
      tooltip: tooltip(theme, ({ data }) => data.bin === undefined ? '' : theme.tip(`${data.bin.rows} images`, [
        { name: 'Predicted errors', value: percent(data.bin.predicted), note: '' },
        { name: 'Actual errors', value: percent(data.bin.wrong), note: `${percent(data.bin.low)} to ${percent(data.bin.high)}` },
      ])),
      grid: { left: 58, right: 22, top: 14, bottom: 52 },
      xAxis: axis(theme, 'predicted errors, %', 32, {
        min, max, axisLabel: { showMinLabel: min === 0 }, axisLine: { show: true, onZero: false, lineStyle: { color: theme.axis } },
      }),
      yAxis: axis(theme, 'actual errors, %', 40, { min: 0, max, interval, axisLine: { show: true, onZero: false, lineStyle: { color: theme.axis } } }),
      series: [{
        name: 'Errors', type: 'line', color: theme.routed, symbol: 'circle', symbolSize: 9, lineStyle: { width: 1.5 }, z: 4,
        data: bins.map(bin => ({ value: [scaled(bin.predicted), scaled(bin.wrong)], bin })),
        markLine: {
          silent: true, symbol: 'none', animation: false, label: { show: false }, lineStyle: { color: theme.routed, type: 'solid', width: 1.5 },
          data: [
            [{ coord: [0, 0], lineStyle: { color: theme.muted, type: 'dashed' } }, { coord: [max, max] }],
            ...bins.map(bin => [at(bin, bin.low), at(bin, bin.high)]),
          ],
        },
      }],
    };
  }

  function time(report, theme) {
    const phases = [...report.phases].reverse();
    return {
      ...base(theme),
      tooltip: tooltip(theme, ({ dataIndex }) => {
        const phase = phases[dataIndex];
        return theme.tip(phase.name, [
          { name: 'Time', value: duration(phase.seconds), note: '' },
          ...(phase.images ? [{ name: 'Images', value: `${phase.images}`, note: `${Math.round(phase.images / phase.seconds)} a second` }] : []),
        ]);
      }),
      grid: { left: theme.narrow ? 150 : 220, right: 76, top: 6, bottom: 46 },
      xAxis: axis(theme, 'seconds', 30, { min: 0 }),
      yAxis: axis(theme, '', 0, {
        type: 'category', data: phases.map(p => p.name), splitLine: { show: false }, axisTick: { show: false },
        axisLabel: { color: theme.text, fontSize: 13, lineHeight: 18, width: theme.narrow ? 138 : 208, overflow: 'break' },
      }),
      series: [{
        name: 'Time', type: 'bar', color: theme.routed, barMaxWidth: 22, data: phases.map(p => p.seconds),
        label: { show: true, position: 'right', color: theme.text, formatter: ({ value }) => duration(value) },
      }],
    };
  }

  return { percent, cost, duration, policies, present, routeNames, curve, budgets, shares, losses, time };
})();
