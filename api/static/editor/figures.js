// Figures of an article or of the whole site: reads by the hour as bars, and what was counted.

import { count, counted, element, hourOf, say, words } from "/static/tools/tools.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 480;
const HEIGHT = 96;
const GAP = 2;

let drawn = 0;

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Bars, with a name and a description for those who do not see them, and a table of the figures. */
export function chart(of, { total, views }) {
  const number = (drawn += 1);
  const most = Math.max(1, ...views.map((each) => each.views));
  const highest = views.find((each) => each.views === most);
  const svg = shape("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    preserveAspectRatio: "none",
    "aria-labelledby": `chart-${number} about-${number}`,
  });
  const about = highest
    ? say(words.chart_about, { reads: counted(words.reads, total), n: count(views.length), most: count(most), when: hourOf(highest.hour) })
    : say(words.chart_none, { n: count(views.length) });
  svg.append(shape("title", { id: `chart-${number}` }, say(words.chart, { of })));
  svg.append(shape("desc", { id: `about-${number}` }, about));
  const step = WIDTH / views.length;
  views.forEach((each, i) => {
    const height = Math.max(each.views ? 2 : 0.75, (each.views / most) * (HEIGHT - 2));
    svg.append(shape("rect", { x: i * step + GAP / 2, y: HEIGHT - height, width: step - GAP, height, class: i === views.length - 1 ? "running" : "" }));
  });
  const axis = element("p", { className: "axis", dir: "ltr", ariaHidden: "true" });
  axis.append(element("bdi", {}, say(words.ago, { n: count(views.length) })), element("bdi", {}, words.now));
  const caption = element("figcaption", {}, element("b", {}, of), element("span", {}, about));
  const rows = [...views].reverse().map((each) => [hourOf(each.hour), count(each.views)]);
  return element("figure", {}, caption, svg, axis, details(words.table, table([words.hour, words.n_reads], rows)));
}

/** What came in, what counts, and what does not, by the rule that left it out. */
export function ledger(of, { received, counted: kept, dropped, from_own_lists: own }) {
  const rules = Object.entries(dropped).filter(([, n]) => n > 0).sort(([, a], [, b]) => b - a);
  const left = rules.reduce((sum, [, n]) => sum + n, 0);
  const rows = [
    [words.received, count(received)],
    [words.counted, count(kept)],
    ...(own ? [[words.own_lists, count(own), "part"]] : []),
    [words.dropped, count(left)],
    ...rules.map(([rule, n]) => [words.rules[rule] ?? rule, count(n), "part"]),
  ];
  return table([words.what, words.how_many], rows, of);
}

function table(heads, rows, caption) {
  const made = element("table");
  if (caption) made.append(element("caption", {}, caption));
  made.append(element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))));
  const body = rows.map(([name, value, kind]) =>
    element("tr", { className: kind ?? "" }, element("th", { scope: "row" }, name), element("td", {}, value)),
  );
  made.append(element("tbody", {}, ...body));
  return made;
}

const details = (summary, content) =>
  element("details", {}, element("summary", {}, summary), element("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: summary }, content));
