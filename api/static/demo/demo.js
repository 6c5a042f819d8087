// Fills a page of the demo from one answer of /v1/page, sends the visit, keeps most-read moving.

const POLL_MS = 2500;
const MARK_MS = 5000;
const MOST_RETRIES = 6;

const page = document.body.dataset;
const words = JSON.parse(page.words);
const number = new Intl.NumberFormat(`${words.locale}-u-nu-latn`);
const ago = new Intl.RelativeTimeFormat(`${words.locale}-u-nu-latn`, { numeric: "auto" });
const plural = new Intl.PluralRules(words.locale);

async function read(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// "12 reads in the last hour": the count that the list is ordered by, and what it counts.
function views(n, used) {
  const form = n === 0 ? "zero" : plural.select(n);
  const count = (words.views[form] ?? words.views.other).replace("{n}", number.format(n));
  return n === 0 ? count : `${count} ${words.windows[used] ?? words.windows["24h"]}`;
}

function age(published, now) {
  const seconds = Math.max(0, (Date.parse(now) - Date.parse(published)) / 1000);
  if (seconds < 3600) return ago.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86400) return ago.format(-Math.floor(seconds / 3600), "hour");
  if (seconds < 30 * 86400) return ago.format(-Math.floor(seconds / 86400), "day");
  const day = new Intl.DateTimeFormat(`${words.locale}-u-nu-latn`, { dateStyle: "medium" });
  return day.format(new Date(published));
}

function addressOf(item) {
  const query = new URLSearchParams({ id: item.article_id });
  if (page.site !== "default") query.set("site", page.site);
  return `/demo/article?${query}`;
}

// One row of a list. `li` is the row that shows the article already, if there is one.
function row(item, block, answer, li) {
  const made = li ?? element("li");
  const link = made.querySelector("a") ?? made.appendChild(element("a"));
  const full = block.dataset.titles === "full" || (block.dataset.titles === "lead" && item.rank === 1);
  link.textContent = full ? item.title : item.title_short;
  link.href = addressOf(item);
  if (item.language) link.lang = item.language;
  link.dir = item.dir;
  if (link.textContent === item.title) link.removeAttribute("title");
  else link.title = item.title;
  made.dataset.id = item.article_id;
  made.querySelector(".facts")?.remove();
  const facts = factsOf(item, block, answer);
  if (facts.childElementCount) made.append(facts);
  return made;
}

function factsOf(item, block, answer) {
  const facts = element("p", "facts");
  if (item.sponsored) facts.append(element("strong", "", words.sponsored));
  if (block.dataset.facts === "views") {
    facts.append(element("span", "views", views(item.views ?? 0, answer.window_used)));
  }
  if (block.dataset.facts === "time") {
    const now = answer.generated_at;
    const time = element("time", "", item.published_at ? age(item.published_at, now) : words.undated);
    if (item.published_at) time.dateTime = item.published_at;
    facts.append(time);
  }
  return facts;
}

// Shows an answer; rows stay the same elements, so that nothing flickers and focus is kept.
function fill(block, answer) {
  const list = block.querySelector("ol, ul");
  const known = new Map([...list.querySelectorAll("li[data-id]")].map((li) => [li.dataset.id, li]));
  const before = new Map([...known.keys()].map((id, place) => [id, place]));
  const focused = document.activeElement;
  const rows = answer.items.map((item) =>
    row(item, block, answer, known.get(item.article_id)),
  );
  block.querySelector("h2").textContent = answer.heading;
  list.replaceChildren(...rows);
  if (list.contains(focused)) focused.focus({ preventScroll: true });
  block.hidden = rows.length === 0;
  block.dataset.filled = rows.length;
  if (before.size) rows.forEach((li, place) => mark(li, before.get(li.dataset.id), place));
}

function mark(li, before, place) {
  if (before !== undefined && before <= place) return;
  li.classList.add("moved");
  li.append(element("span", "hidden", words.up));
  setTimeout(() => {
    li.classList.remove("moved");
    li.querySelector(".hidden")?.remove();
  }, MARK_MS);
}

async function fillAll() {
  const answer = await read(page.request);
  for (const block of document.querySelectorAll("[data-block]")) {
    const filling = answer.blocks[block.dataset.block];
    if (filling) fill(block, filling);
  }
}

// Most read alone, without what the other blocks of the page show.
async function fillMostRead() {
  const block = document.querySelector("[data-refresh]");
  const elsewhere = [...document.querySelectorAll("[data-block] li[data-id]")]
    .filter((li) => !block.contains(li))
    .map((li) => ["exclude", li.dataset.id]);
  const answer = await read(`${page.refresh}&${new URLSearchParams(elsewhere)}`);
  fill(block, answer.blocks[block.dataset.block]);
}

// This article's place in most read; reports of one story stand there as one.
async function place() {
  const { items, window_used: used } = await read(page.ranking);
  const mine = (item) => item.article_id === page.id || item.story_id === page.story;
  const found = items.find((item) => item.source === "most_read" && mine(item));
  return { rank: found?.rank ?? null, views: found?.views ?? null, used };
}

async function send() {
  const event = { event_type: "view", article_id: page.id, site: page.site };
  const response = await fetch("/v1/events", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(event),
    keepalive: true,
  });
  if (response.status !== 202) return "not_counted";
  return (await response.json()).counted > 0 ? "counted" : "counted_before";
}

function rankText(rank) {
  return rank === null ? words.unranked : number.format(rank);
}

function showVisit(strip, outcome, before, now) {
  const up = now.rank !== null && (before.rank === null || now.rank < before.rank);
  const places = element("span", "places");
  places.append(
    element("span", "label", words.before),
    element("b", "before", rankText(before.rank)),
    element("span", "arrow", words.arrow),
    element("span", "label", words.now),
    element("b", up ? "after up" : "after", rankText(now.rank)),
  );
  const line = element("p", "ranks");
  line.append(element("span", "label", words.rank), places);
  if (now.views !== null) line.append(element("span", "views", views(now.views, now.used)));
  strip.replaceChildren(element("p", "counted", words[outcome]), line);
  Object.assign(strip.dataset, { counted: outcome === "counted", before: before.rank ?? "", now: now.rank ?? "", views: now.views ?? "" });
}

async function visit(strip) {
  strip.replaceChildren(element("p", "counted", words.counting));
  const before = await place();
  const outcome = await send();
  showVisit(strip, outcome, before, before);
  let shown = JSON.stringify(before);
  return async () => {
    const now = await place();
    if (JSON.stringify(now) !== shown) showVisit(strip, outcome, before, now);
    shown = JSON.stringify(now);
  };
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function untilVisible() {
  while (document.visibilityState !== "visible") {
    await new Promise((resolve) =>
      document.addEventListener("visibilitychange", resolve, { once: true }),
    );
  }
}

// Repeats the tasks while anyone looks; gives up on a server that has gone.
async function follow(tasks) {
  for (let failures = 0; failures < MOST_RETRIES; ) {
    await sleep(POLL_MS * 2 ** failures);
    await untilVisible();
    try {
      await Promise.all(tasks.map((task) => task()));
      failures = 0;
    } catch {
      failures += 1;
    }
  }
}

function fail() {
  const place = document.querySelector(".failure");
  place.textContent = words.failed;
  place.hidden = false;
  for (const block of document.querySelectorAll("[data-block]:not([data-filled])")) block.hidden = true;
}

async function main() {
  const strip = document.querySelector(".visit");
  if (!page.request) return;
  try {
    await fillAll();
  } catch {
    fail();
    return;
  }
  await untilVisible();
  if (!strip) return follow([fillAll]);
  try {
    await follow([fillMostRead, await visit(strip)]);
  } catch {
    strip.replaceChildren(element("p", "counted", words.not_counted));
  }
}

main();
