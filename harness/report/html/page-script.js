// Runs in the report page, after ECharts. It is inlined as it stands and allowed by its hash, so it must not be made from
// anything outside: what differs between reports is in the JSON block `chart-data`.
const { echarts } = globalThis;
const root = document.documentElement;
const block = document.getElementById('chart-data');
const { charts, themes } = JSON.parse(block.textContent);
const toggle = document.getElementById('theme-toggle');
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const hiddenArms = new Set();
let chosenTheme;

const currentTheme = () => chosenTheme ?? (systemDark.matches ? 'dark' : 'light');

const number = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 4 });

function element(name, text, className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

/** 10 stands for the percentile that leaves a tenth beyond it, p90. */
const percentileName = (x) => `p${Number((100 - 100 / x).toPrecision(8))}`;

function whereText(x, { xUnit, faults }) {
  if (xUnit === 'percentile') return percentileName(x);
  const during = new Set(
    faults.filter(({ fromS, toS }) => x >= fromS && (toS === null || x <= toS)).map(({ label }) => label),
  );
  return [`${number.format(Number(x.toFixed(1)))} ${xUnit}`, ...during].join(' · ');
}

/** One row for each arm with its rounds; made of elements, so that no name is ever read as markup. */
function tip(all, chart) {
  const box = element('div', '', 'tip');
  // Intervals are told behind the value they belong to.
  const points = all.filter((point) => !point.seriesId.startsWith('intervals|'));
  const first = points[0];
  if (first === undefined) return box;
  box.append(element('div', whereText(first.value[0], chart), 'tip-time'));
  for (const [name, ofArm] of Map.groupBy(points, (point) => point.seriesName)) {
    const row = element('div', '', 'tip-row');
    const dot = element('i', '', 'tip-dot');
    dot.style.background = ofArm[0].color;
    const values = ofArm
      .filter((point) => point.value[1] !== null && point.value[1] !== undefined)
      .map(({ value: [, value, low, high] }) => {
        const ends = low === undefined || low === high ? '' : ` [${number.format(low)}, ${number.format(high)}]`;
        return `${number.format(value)}${ends}`;
      });
    row.append(dot, element('span', name, 'tip-name'), element('b', `${values.join(' · ') || '–'} ${chart.unit}`));
    box.append(row);
  }
  return box;
}

function coloured(chart, theme) {
  const option = structuredClone(chart.option);
  const axis = { axisLine: { show: true, lineStyle: { color: theme.line } } };
  const label = { color: theme.quiet, fontSize: 11.5 };
  Object.assign(option.xAxis, axis);
  Object.assign(option.yAxis, { ...axis, axisLine: { show: false } });
  Object.assign(option.xAxis.axisLabel, label);
  Object.assign(option.yAxis.axisLabel, label);
  for (const one of [option.xAxis, option.yAxis]) {
    one.axisTick = { ...one.axisTick, show: false };
    one.splitLine = { ...one.splitLine, lineStyle: { color: theme.line } };
  }
  if (chart.xUnit === 'percentile') option.xAxis.axisLabel.formatter = percentileName;
  Object.assign(option.tooltip, {
    backgroundColor: theme.surface,
    borderColor: theme.line,
    textStyle: { color: theme.text, fontSize: 12.5 },
    formatter: (points) => tip(points, chart),
  });
  option.tooltip.axisPointer.lineStyle = { color: theme.quiet, type: 'solid', width: 1 };
  for (const series of option.series) {
    if (series.id === 'backdrop') {
      series.markLine.lineStyle.color = theme.quiet;
      series.markLine.label.color = theme.quiet;
      series.markArea.itemStyle = { color: theme.raised, opacity: 0.75 };
      for (const [start] of series.markArea.data) {
        if (start.isFault) start.itemStyle = { color: theme['bad-surface'], opacity: 0.8 };
      }
    } else {
      series.color = theme.arms[series.colour % theme.arms.length];
    }
  }
  if (chart.group.startsWith('arms')) option.series = option.series.filter((series) => !hiddenArms.has(series.colour));
  return option;
}

const instanceOf = (chart) => echarts.getInstanceByDom(document.getElementById(chart.id));

/**
 * Leaves out charts that nobody sees: a report may have hundreds. All sizes are read before anything is drawn, or the browser
 * would lay the page out again for every chart. `width` is as in {@link draw}.
 */
function drawShown(shown, themeName, width) {
  const open = shown
    .map((chart) => ({ chart, holder: document.getElementById(chart.id) }))
    .filter(({ holder }) => holder.closest('details.run:not([open])') === null)
    .map((one) => ({ ...one, width: width ?? one.holder.clientWidth, height: one.holder.clientHeight }));
  for (const { chart, holder, ...size } of open) {
    instanceOf(chart)?.dispose();
    const instance = echarts.init(holder, null, { renderer: 'svg', ...size });
    instance.setOption(coloured(chart, themes[themeName]));
    instance.group = chart.group;
  }
  for (const group of new Set(open.map(({ chart }) => chart.group))) echarts.connect(group);
}

/** `width` is given for print alone, where the page's own width is not that of the paper. */
function draw(themeName, width) {
  for (const chart of charts) instanceOf(chart)?.dispose();
  drawShown(charts, themeName, width);
}

function show() {
  const theme = currentTheme();
  if (chosenTheme !== undefined) root.dataset.theme = theme;
  toggle.setAttribute('aria-pressed', String(theme === 'dark'));
  draw(theme);
}

toggle.addEventListener('click', () => {
  chosenTheme = currentTheme() === 'dark' ? 'light' : 'dark';
  show();
});
systemDark.addEventListener('change', show);

for (const chip of document.querySelectorAll('button[data-arm]')) {
  chip.addEventListener('click', () => {
    const arm = Number(chip.dataset.arm);
    const isShown = hiddenArms.delete(arm);
    if (!isShown) hiddenArms.add(arm);
    chip.setAttribute('aria-pressed', String(isShown));
    draw(currentTheme());
  });
}

for (const run of document.querySelectorAll('details.run')) {
  run.addEventListener('toggle', () => {
    if (run.open && !printing)
      drawShown(
        charts.filter(({ group }) => group === run.id),
        currentTheme(),
      );
  });
}

/** A table that scrolls sideways must be reachable without a pointer; one that fits is no stop on the way. */
function markScrollable() {
  for (const box of document.querySelectorAll('.scroll')) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
  }
}

/** Browsers differ in whether they open what is closed round the target of a link. */
function showTarget() {
  const target = location.hash === '' ? null : document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const closed = target?.closest('details:not([open])');
  if (!closed) return;
  closed.open = true;
  target.scrollIntoView();
}
addEventListener('hashchange', showTarget);

/** A page from disk may lack the clipboard, or the right to it; what is marked can then be copied by hand. */
async function copied(source) {
  const range = document.createRange();
  range.selectNodeContents(source);
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand('copy');
  }
}

for (const button of document.querySelectorAll('button[data-copies]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const isCopied = await copied(document.getElementById(button.dataset.copies));
    const told = isCopied ? 'Copied' : 'Marked: press Ctrl+C';
    button.textContent = told;
    button.nextElementSibling.textContent = told;
  });
}

let pageWidth = root.clientWidth;
addEventListener('resize', () => {
  if (root.clientWidth === pageWidth) return;
  pageWidth = root.clientWidth;
  for (const chart of charts) instanceOf(chart)?.resize({ width: 'auto', height: 'auto' });
  markScrollable();
});

const PAPER_WIDTH = 640;
const openedForPrint = [];
let printing = false;
addEventListener('beforeprint', () => {
  printing = true;
  for (const details of document.querySelectorAll('details:not([open])')) {
    details.open = true;
    openedForPrint.push(details);
  }
  draw('light', PAPER_WIDTH);
});
addEventListener('afterprint', () => {
  printing = false;
  for (const details of openedForPrint.splice(0)) details.open = false;
  draw(currentTheme());
});

toggle.hidden = false;
show();
performance.mark('charts-drawn');
markScrollable();
showTarget();
