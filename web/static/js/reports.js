// Charts of reports, drawn from the numbers the page carries; the tables say the same.

const boxes = [...document.querySelectorAll("[data-chart]")];
const library = document.querySelector("script[data-library]")?.dataset.library;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(data) {
  const ink = colour("--ink-3");
  const line = colour("--line");
  const flat = data.kind === "bar";
  const text = { color: ink, fontFamily: getComputedStyle(document.body).fontFamily };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    color: [colour("--accent"), colour("--star"), colour("--info"), colour("--bad")],
    textStyle: text,
    grid: { left: 8, right: 16, top: data.series.length > 1 ? 36 : 16, bottom: 4, containLabel: true },
    legend: data.series.length > 1 ? { textStyle: text, top: 0, left: 0, itemHeight: 10 } : undefined,
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: colour("--surface"),
      borderColor: line,
      textStyle: { ...text, color: colour("--ink") },
      valueFormatter: (value) => (value == null ? "—" : `${value} ${data.unit}`),
    },
    xAxis: {
      type: "category",
      data: data.labels,
      axisLabel: { ...text, hideOverlap: true, rotate: flat && data.labels.length > 8 ? 40 : 0 },
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      minInterval: data.unit === "张" ? 1 : undefined,
      max: data.unit === "%" ? 100 : undefined,
      axisLabel: text,
      splitLine: { lineStyle: { color: line } },
    },
    series: data.series.map((one) => ({
      name: one.name,
      type: data.kind,
      data: one.values,
      barMaxWidth: 36,
      symbolSize: 5,
      connectNulls: true,
    })),
  };
}

async function draw() {
  const { init } = await import(library);
  const charts = boxes.map((box) => {
    box.hidden = false;
    return [init(box.querySelector(".echart__room")), JSON.parse(box.dataset.chart)];
  });
  const again = () => charts.forEach(([chart, data]) => chart.setOption(options(data), true));
  again();
  addEventListener("resize", () => charts.forEach(([chart]) => chart.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

if (boxes.length && library) draw().catch(() => boxes.forEach((box) => (box.hidden = true)));
