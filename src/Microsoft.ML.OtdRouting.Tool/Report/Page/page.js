// Fills the page from the report that it holds. Text goes in as text, never as markup: names of classes and files may contain anything.
(() => {
  'use strict';

  const report = JSON.parse(document.getElementById('report').textContent);
  const { percent, cost, duration } = OtdCharts;
  const chosen = report.points[report.chosen];
  const largest = report.resolutions[report.resolutions.length - 1];
  const number = new Intl.NumberFormat('en');
  const signed = (value, digits) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
  const points = difference => `${signed(100 * difference, 1)} points`;

  function element(tag, properties, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties ?? {})) {
      if (name in made) made[name] = value; else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  // The first column heads its row. A column is [title, text of a row, whether it is words rather than numbers].
  function table(caption, rows, columns, isChosen = () => false) {
    return element('table', null,
      element('caption', null, caption),
      element('thead', null, element('tr', null, ...columns.map(([title, , words]) => element('th', { scope: 'col', className: words ? 'text' : '' }, title)))),
      element('tbody', null, ...rows.map((row, i) => element('tr', { className: isChosen(row, i) ? 'chosen' : '' },
        ...columns.map(([, text, words], c) => element(c === 0 ? 'th' : 'td', c === 0 ? { scope: 'row' } : { className: words ? 'text' : '' }, text(row)))))));
  }

  const fill = (id, ...children) => document.getElementById(id).replaceChildren(...children);

  // What is wider than the window is scrolled, with the keyboard too.
  for (const region of document.querySelectorAll('.scroll')) {
    const heading = region.closest('section').querySelector('h2').textContent;
    Object.assign(region, { tabIndex: 0, role: 'region', ariaLabel: `${heading}: ${region.id.replace('-', ' ')}` });
  }

  // ---- Plots ----

  const print = matchMedia('print');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const plots = [];

  function tip(title, rows) {
    return element('div', { className: 'tip' }, element('b', null, title), element('table', null, element('tbody', null, ...rows.map(row => {
      const swatch = element('i', row.color ? null : { hidden: true });
      if (row.color) swatch.style.background = row.color;
      return element('tr', null, element('td', null, swatch, row.name), element('td', null, row.value), element('td', null, row.note ?? ''));
    }))));
  }

  function theme(width) {
    const style = getComputedStyle(document.documentElement);
    const names = ['card', 'text', 'muted', 'border', 'grid', 'axis', 'routed', 'calibrated', 'cascade', 'penalty', 'mix', 'oracle'];
    const colors = Object.fromEntries(names.map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
    return { ...colors, ramp: style.getPropertyValue('--ramp').trim().split(/\s+/), font: style.fontFamily, width, narrow: width < 560, tip };
  }

  // A plot is drawn anew when its width or the colours change: text must not shrink with it.
  function plot(id, description, option) {
    const holder = document.getElementById(id);
    holder.setAttribute('role', 'img');
    holder.setAttribute('aria-label', description());
    const chart = echarts.init(holder, null, { renderer: 'svg' });
    const draw = () => {
      chart.resize();
      chart.setOption(option(theme(holder.clientWidth)), true);
      holder.setAttribute('aria-label', description());
    };
    plots.push(draw);
    draw();
    let width = holder.clientWidth;
    new ResizeObserver(() => {
      if (holder.clientWidth !== width) {
        width = holder.clientWidth;
        draw();
      }
    }).observe(holder);
    return draw;
  }

  const drawAll = () => plots.forEach(draw => draw());
  dark.addEventListener('change', drawAll);
  print.addEventListener('change', drawAll);
  addEventListener('beforeprint', drawAll);
  addEventListener('afterprint', drawAll);

  const hasClasses = report.classes.length > 0;
  const measure = report.measure[0].toUpperCase() + report.measure.slice(1);

  // ---- Summary ----

  function summary() {
    const { run } = report;
    fill('curve-title', `${measure} against cost`);
    for (const part of hasClasses ? [] : document.querySelectorAll('.of-classes')) part.remove();
    fill('facts', [
      `${number.format(run.testCount)} test images${hasClasses ? ` of ${report.classes.length} classes` : ''}`,
      `router fitted on ${number.format(run.fittingCount)} others${run.teacher === null ? '' : ` without labels (teacher: ${run.teacher})`}`,
      `resolutions ${report.resolutions.map(r => r.name).join(', ')}`,
      run.date.slice(0, 10),
    ].join('  ·  '));
    const tile = (name, value, note) => element('dl', { className: 'tile' },
      element('dt', null, name), element('dd', { className: 'value' }, value), element('dd', { className: 'note' }, note));
    const { routed, strongest, bestLargest } = chosen;
    fill('tiles',
      tile(measure, percent(routed.accuracy), `95\u00a0% interval ${(100 * chosen.accuracyLow).toFixed(1)} to ${percent(chosen.accuracyHigh)}`),
      tile('Mean cost of an image', percent(routed.costFraction), `of resolution ${largest.name}; budget ${percent(chosen.budget, 0)}`),
      tile(`Against resolution ${bestLargest.name}${bestLargest.name === largest.name ? ' alone' : ''}`, ...verdict(bestLargest, '100\u00a0% of the cost')),
      tile(`Against the ${strongest.name}`, ...verdict(strongest, 'no more cost')));
  }

  // A difference whose interval holds zero is none.
  function verdict({ accuracy, difference }, cost) {
    const { value, low, high, isToldApart } = difference;
    const interval = `95\u00a0% interval ${signed(100 * low, 1)} to ${points(high)}; ${percent(accuracy)} at ${cost}`;
    return isToldApart ? [points(value), interval] : ['not told apart', `${points(value)}, ${interval}`];
  }

  const gained = policy => policy?.difference == null ? '–'
    : `${signed(100 * policy.difference.value, 1)} (${signed(100 * policy.difference.low, 1)} to ${signed(100 * policy.difference.high, 1)})`;

  // ---- Curve and shares ----

  function curve() {
    const shown = OtdCharts.policies.filter(p => OtdCharts.present(report, p));
    plot('curve', () => `${measure} against mean cost for ${shown.map(p => p.name.toLowerCase()).join(', ')} and every resolution alone, the largest also calibrated. ` +
      `${report.points.map(p => `At ${percent(p.routed.costFraction, 0)} of the cost the router ${hasClasses ? 'is right on' : 'reaches'} ${percent(p.routed.accuracy)}`).join('; ')}. ` +
      'The table below has all numbers.', t => OtdCharts.curve(report, t));
    fill('curve-table',
      table(`${measure} of every policy at the router’s mean cost or below; the chosen budget is highlighted`, report.points, [
        ['Budget', p => percent(p.budget, 0) + (p.promise ? ', promised' : '')],
        ['Mean cost', p => percent(p.routed.costFraction)],
        ...shown.flatMap(p => [
          [p.name, point => point[p.key] === null ? '–' : percent(point[p.key].accuracy, 2)],
          ...(p.key === 'routed' ? [['95 % interval', point => `${percent(point.accuracyLow)} – ${percent(point.accuracyHigh)}`]] : []),
        ]),
      ], (_, i) => i === report.chosen),
      table('Points by which the router is better, with 95 % intervals over the same images; where one holds zero, the two are not told apart', report.points, [
        ['Budget', p => percent(p.budget, 0) + (p.promise ? ', promised' : '')],
        ...shown.filter(p => p.key !== 'routed' && p.key !== 'oracle').map(p => [p.name, point => gained(point[p.key])]),
        ['Largest alone', p => gained(p.largest)],
        ['Largest, calibrated', p => gained(p.largestCalibrated)],
      ], (_, i) => i === report.chosen),
      table('All measures of the router', report.points, [
        ['Budget', p => percent(p.budget, 0) + (p.promise ? ', promised' : '')],
        ...report.points[0].measures.map(({ name }, m) => [name, p => p.measures[m].value === null ? '–' : p.measures[m].value.toFixed(4)]),
      ], (_, i) => i === report.chosen),
      table('How well the router keeps to its budget and its plan, and what a perfect one would save', report.points, [
        ['Budget', p => percent(p.budget, 0) + (p.promise ? ', promised' : '')],
        ['Error of the cost', p => `${signed(100 * p.budgetError, 1)} %`],
        ['Standard error', p => percent(p.costStandardError / p.budget)],
        ['Collapse', p => p.collapseIndex.toFixed(3)],
        ['Regret', p => p.regret.toFixed(4)],
        ['Monge gap', p => p.mongeGap.toFixed(4)],
        ['Images go to', p => p.parts.join('; ')],
      ], (_, i) => i === report.chosen),
      table('One route for all images, calibrated as the router calibrates it', [report.largestCalibrated, ...report.alternatives], [
        ['Route', a => a.name], ['Cost', a => percent(a.costFraction)], [measure, a => percent(a.accuracy, 2)],
      ]));
  }

  function shares() {
    const names = OtdCharts.routeNames(report.points);
    plot('budgets', () => `Shares of the routes ${names.join(', ')} at budgets from ${percent(report.points[0].budget, 0)} to ` +
      `${percent(report.points[report.points.length - 1].budget, 0)}. The table below has all numbers.`, t => OtdCharts.budgets(report, t));
    fill('budgets-table', table('Share of the test images on every route, by budget', report.points, [
      ['Budget', p => percent(p.budget, 0) + (p.promise ? ', promised' : '')],
      ...names.map(name => [name, p => {
        const share = p.shares.find(s => s.route === name);
        return share ? percent(share.share) : '–';
      }]),
    ], (_, i) => i === report.chosen));

    const total = report.routes.reduce((sum, r) => sum + r.rows, 0);
    document.getElementById('shares').style.height = `${56 + 38 * report.routes.length}px`;
    plot('shares', () => `Shares of the routes at a budget of ${percent(chosen.budget, 0)}: ` +
      `${report.routes.map(r => `${r.name} ${percent(r.rows / total)}, planned ${percent(r.planned)}`).join('; ')}.`, t => OtdCharts.shares(report, t));
    fill('shares-table', table(`Routes at a budget of ${percent(chosen.budget, 0)}`, report.routes, [
      ['Route', r => r.name],
      ['Cost of an image', r => percent(r.costFraction)],
      ['Images', r => number.format(r.rows)],
      ['Share', r => percent(r.rows / total)],
      ['Plan', r => percent(r.planned)],
      ...(hasClasses ? [['Right', r => r.rows > 0 ? percent(r.right / r.rows) : '–']] : []),
    ]));
  }

  function byRoute() {
    const rows = report.byRoute;
    const all = rows.length - 1;
    fill('measures-title', report.measuresTitle);
    fill('measures-table', table(`${report.measuresTitle}, at a budget of ${percent(chosen.budget, 0)}; the last row is of all images`, rows, [
      ['Route', r => r.route],
      ['Images', r => number.format(r.rows)],
      ['Share', r => percent(r.share)],
      ...(rows[all].objects === null ? [] : [['Objects', r => number.format(r.objects)]]),
      ...rows[all].measures.map(({ name }, m) => [name, r => r.measures[m].value === null ? '–' : r.measures[m].value.toFixed(4)]),
    ], (_, i) => i === all));
  }

  // ---- Images ----

  function images() {
    fill('images-note', report.imagesNote);
    fill('scales', ...report.scales.map(scale => {
      const bar = element('span', { className: 'ramp', ariaHidden: 'true' });
      bar.style.background = `linear-gradient(to right, ${scale.colours.join(', ')})`;
      return element('p', null, element('b', null, scale.name), scale.low, bar, scale.high);
    }));
    fill('images', ...report.routes.filter(r => r.images.length > 0).map(route => element('div', { className: 'route' },
      element('h3', null, `Route ${route.name}`),
      element('p', null, `${number.format(route.rows)} image${route.rows === 1 ? '' : 's'}, ${hasClasses ? `${percent(route.right / route.rows)} right, ` : ''}${percent(route.costFraction)} of the largest resolution’s cost`),
      element('ul', { className: layout(route.images[0]) }, ...route.images.map(photo)))));
  }

  // Answers that are no classes need larger pictures, and pictures with others beside them a line of their own.
  const layout = ({ beside }) => `photos${beside.length > 2 ? ' lines many' : beside.length > 0 ? ' lines' : hasClasses ? '' : ' large'}`;

  // Tiny pictures are shown pixel by pixel rather than blurred.
  function picture(properties) {
    const made = element('img', properties);
    made.addEventListener('load', () => made.classList.toggle('small', made.naturalWidth <= 48));
    return made;
  }

  // Boxes are in pixels of the source image, and the picture shows all of it.
  function framed(image) {
    const shape = (tag, attributes, ...children) => {
      const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      made.append(...children);
      return made;
    };
    return element('div', { className: 'frame' }, picture({ src: image.uri, alt: image.description === null ? image.file : `${image.file}. ${image.description}` }),
      shape('svg', { viewBox: `0 0 ${image.width} ${image.height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, ...image.boxes.map(box =>
        shape('rect', { x: box.x, y: box.y, width: box.width, height: box.height, class: box.isTrue ? 'true' : 'found' },
          shape('title', {}, `${box.isTrue ? 'There' : 'Found'}: ${box.text}`)))));
  }

  const marks = new Map([[true, ['right', '✓\u00a0']], [false, ['wrong', '✗\u00a0']], [null, ['', '']]]);

  function besides({ uri, caption, isRight }, file) {
    const [name, mark] = marks.get(isRight);
    const verdict = isRight === null ? '' : isRight ? 'Right: ' : 'Wrong: ';
    return element('figure', { className: name }, picture({ src: uri, alt: `${verdict}${caption} (${file})` }),
      element('figcaption', null, mark + caption));
  }

  // An answer that is no class.
  function answer(image) {
    const { file, summary, beside } = image;
    return beside.length > 0
      ? element('li', null, element('figure', { title: file }, framed(image), element('figcaption', null, summary ?? file)), ...beside.map(other => besides(other, file)))
      : element('li', null, framed(image), element('span', null, file), element('span', { className: 'said' }, summary ?? ''));
  }

  function photo(image) {
    if (!hasClasses) return answer(image);
    const [truth, predicted] = [report.classes[image.truth], report.classes[image.predicted]];
    const wrong = image.truth !== image.predicted;
    const shown = picture({
      src: image.uri, title: `${image.file}: ${truth}`,
      alt: wrong ? `A ${truth} that was taken for ${predicted}` : `A ${truth}, recognised`,
    });
    return element('li', { className: wrong ? 'wrong' : '' }, shown, element('span', null, truth),
      element('span', { className: 'said' }, wrong ? `✗\u00a0${predicted} ${percent(image.probability, 0)}` : `✓\u00a0${percent(image.probability, 0)}`));
  }

  // ---- Losses and confusions, by route ----

  function choose(id, redraw) {
    const select = document.getElementById(id);
    select.append(element('option', { value: 'all' }, 'all routes'),
      ...report.routes.map((r, k) => element('option', { value: `${k}` }, `route ${r.name} (${number.format(r.rows)} images)`)));
    select.addEventListener('change', () => redraw(select.value === 'all' ? null : report.routes[Number(select.value)]));
  }

  function losses() {
    let route = null;
    const bins = () => route === null ? report.losses : route.losses;
    const draw = plot('losses', () => `Actual against predicted errors on ${route === null ? 'all images' : `the images of route ${route.name}`}: ` +
      `${bins().map(b => `predicted ${percent(b.predicted)}, actual ${percent(b.wrong)}`).join('; ')}.`, t => OtdCharts.losses(bins(), t));
    const numbers = () => fill('losses-table', table('Images in groups of equal size by their predicted errors', bins(), [
      ['Predicted errors', b => percent(b.predicted, 2)],
      ['Actual errors', b => percent(b.wrong, 2)],
      ['95 % interval', b => `${percent(b.low)} – ${percent(b.high)}`],
      ['Images', b => number.format(b.rows)],
    ]));
    numbers();
    choose('losses-route', picked => {
      route = picked;
      draw();
      numbers();
    });
  }

  function confusion() {
    const whole = report.hasWholeConfusion;
    fill('confusion-note', whole
      ? 'Each row is a true class, each column what the router answered, in numbers of images. Right answers are on the diagonal.'
      : 'The most frequent mistakes of each route.');
    const show = route => {
      const cells = new Map();
      for (const cell of (route === null ? report.routes : [route]).flatMap(r => r.confusion)) {
        const key = `${cell.truth} ${cell.predicted}`;
        cells.set(key, { ...cell, rows: cell.rows + (cells.get(key)?.rows ?? 0) });
      }
      fill('confusion', whole ? matrix(cells) : mistakes([...cells.values()]));
    };
    show(null);
    choose('confusion-route', show);
  }

  function matrix(cells) {
    const { classes } = report;
    const rows = classes.map((_, truth) => classes.map((_, predicted) => cells.get(`${truth} ${predicted}`)?.rows ?? 0));
    return element('table', { className: 'matrix' },
      element('caption', null, 'Rows: true class. Columns: answer.'),
      element('thead', null, element('tr', null, element('td', { className: 'recall' }),
        ...classes.map(name => element('th', { scope: 'col' }, element('span', null, name))), element('th', { scope: 'col' }, 'right'))),
      element('tbody', null, ...rows.map((row, truth) => {
        const total = row.reduce((sum, n) => sum + n, 0);
        return element('tr', null, element('th', { scope: 'row' }, classes[truth]),
          ...row.map((n, predicted) => {
            const cell = element('td', { className: n === 0 ? 'none' : '', title: `${classes[truth]} taken for ${classes[predicted]}: ${n}` }, n === 0 ? '·' : `${n}`);
            // Shades of at most half keep the number readable on either theme.
            const shade = Math.round(6 + 44 * Math.sqrt(n / Math.max(total, 1)));
            if (n > 0) cell.style.background = `color-mix(in srgb, var(--${truth === predicted ? 'routed' : 'cascade'}) ${shade}%, var(--card))`;
            return cell;
          }),
          element('td', { className: 'recall' }, total > 0 ? percent(row[truth] / total, 0) : '–'));
      })));
  }

  function mistakes(cells) {
    return table('Most frequent mistakes', cells.sort((a, b) => b.rows - a.rows).slice(0, 50), [
      ['True class', c => report.classes[c.truth], true], ['Taken for', c => report.classes[c.predicted], true], ['Images', c => number.format(c.rows)],
    ]);
  }

  // ---- Time and origin ----

  function time() {
    const total = report.phases.reduce((sum, p) => sum + p.seconds, 0);
    document.getElementById('time').style.height = `${70 + 40 * report.phases.length}px`;
    plot('time', () => `Time by phase, ${duration(total)} in all: ${report.phases.map(p => `${p.name} ${duration(p.seconds)}`).join('; ')}.`,
      t => OtdCharts.time(report, t));
    fill('time-table', table(`${duration(total)} in all`, report.phases, [
      ['Phase', p => p.name],
      ['Time', p => duration(p.seconds)],
      ['Share', p => percent(p.seconds / total)],
      ['Images a second', p => p.images ? number.format(Math.round(p.images / p.seconds)) : '–'],
    ]));
  }

  function origin() {
    fill('command', report.run.command);
    fill('models-table', table('Models, and what each does alone', report.resolutions, [
      ['Resolution', r => r.name],
      ['File', r => r.file, true],
      ['Cost of an image', r => cost(r.cost, report.unit)],
      ['Of the largest', r => percent(r.costFraction)],
      [measure, r => percent(r.accuracy, 2)],
    ]));
    fill('versions-table', table('Software and machine', [
      ...report.run.versions,
      { name: 'Fitting images', version: `${report.run.fittingImages} (${number.format(report.run.fittingCount)})` },
      { name: 'Test images', version: `${report.run.testImages} (${number.format(report.run.testCount)})` },
      { name: 'Date', version: `${report.run.date.slice(0, 19).replace('T', ' ')} UTC` },
    ], [['What', v => v.name], ['Version', v => v.version, true]]));
  }

  summary();
  curve();
  shares();
  byRoute();
  images();
  if (hasClasses) {
    losses();
    confusion();
  }
  time();
  origin();
})();
