// What a page of the demo does besides its lists: it tells what became of the reader's visit, keeps
// most read moving, and says when the server has gone. The lists themselves are <news-list>'s.

const POLL_MS = 2500;
const MARK_MS = 5000;
const MOST_RETRIES = 6;

const words = JSON.parse(document.body.dataset.words);
const number = new Intl.NumberFormat(words.locale);
const plural = new Intl.PluralRules(words.locale);
const strip = document.querySelector(".visit");
const mostRead = document.querySelector("news-list[kind=most-read]");
const failure = document.querySelector(".failure");

// The strip sends the visit and waits for what became of it, so that the widget need not send it.
window.newsListViewed = true;

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

async function read(url, body) {
  const headers = { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) };
  const asked = body ? { method: "POST", body: JSON.stringify(body), keepalive: true } : {};
  const response = await fetch(url, { headers, ...asked });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

// "12 reads in the last hour": the count that the list is ordered by, and what it counts.
function views(n, used) {
  const form = n === 0 ? "zero" : plural.select(n);
  const count = (words.views[form] ?? words.views.other).replace("{n}", number.format(n));
  return n === 0 ? count : `${count} ${words.windows[used] ?? words.windows["24h"]}`;
}

// This article's place in most read; reports of one story stand there as one.
async function place() {
  const { items, window_used: used } = await read(strip.dataset.ranking);
  const found = items.find((item) => item.source === "most_read" && item.story_id === strip.dataset.story);
  return { rank: found?.rank ?? null, views: found?.views ?? null, used };
}

async function send() {
  const { article, site } = strip.dataset;
  const { counted } = await read("/v1/events", { event_type: "view", article_id: article, site });
  return counted > 0 ? "counted" : "counted_before";
}

function rankText(rank) {
  return rank === null ? words.unranked : number.format(rank);
}

function showVisit(outcome, before, now) {
  const up = now.rank !== null && (before === null || now.rank < before);
  const places = element("span", "places");
  places.append(
    element("span", "label", words.before),
    element("b", "before", rankText(before)),
    element("span", "arrow", words.arrow),
    element("span", "label", words.now),
    element("b", up ? "after up" : "after", rankText(now.rank)),
  );
  const line = element("p", "ranks");
  line.append(element("span", "label", words.rank), places);
  if (now.views !== null) line.append(element("span", "views", views(now.views, now.used)));
  strip.replaceChildren(element("p", "counted", words[outcome]), line);
  Object.assign(strip.dataset, { counted: outcome === "counted", now: now.rank ?? "", views: now.views ?? "" });
}

let outcome; // of the visit, as soon as it is known
let shown;

// Sends the visit, again and again if need be; then shows the article's place as it is by now.
async function visit() {
  const { before, read: seen, window: used } = strip.dataset;
  const start = { rank: Number(before) || null, views: Number(seen) || null, used };
  const isNew = !outcome;
  outcome ??= await send();
  const now = isNew ? start : await place();
  if (JSON.stringify(now) !== shown) showVisit(outcome, start.rank, now);
  shown = JSON.stringify(now);
}

let order = []; // ids of most read, as it stood
const risen = new Map(); // of them, until when they are marked

// Marks what stands higher than it stood, for a while.
function mark({ target, detail }) {
  if (target !== mostRead) return;
  const ids = detail.items.map((item) => item.article_id);
  const rose = (id, place) => order.length > 0 && (order.indexOf(id) < 0 || order.indexOf(id) > place);
  ids.filter(rose).forEach((id) => risen.set(id, Date.now() + MARK_MS));
  target.shadowRoot.querySelectorAll("li").forEach((row, place) => {
    row.part.toggle("risen", risen.get(ids[place]) > Date.now());
  });
  order = ids;
}

// Brings most read up to date; fails where no list comes.
async function refresh() {
  let came = false;
  const seen = () => (came = true);
  mostRead.addEventListener("newslist:load", seen, { once: true });
  await mostRead.refresh();
  mostRead.removeEventListener("newslist:load", seen);
  if (!came) throw new Error("no list came");
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function untilVisible() {
  while (document.visibilityState !== "visible") {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

// Repeats the tasks while anyone looks, and says when they fail twice; gives up on a server that has
// gone.
async function follow(tasks) {
  for (let failures = 0; failures < MOST_RETRIES; ) {
    await sleep(POLL_MS * 2 ** Math.max(0, failures - 1));
    await untilVisible();
    try {
      await Promise.all(tasks.map((task) => task()));
      failures = 0;
    } catch {
      failures += 1;
    }
    failure.textContent = words.failed;
    failure.hidden = failures < 2;
  }
}

async function main() {
  if (!mostRead) return;
  const first = new Promise((resolve) => mostRead.addEventListener("newslist:load", resolve, { once: true }));
  await untilVisible();
  if (strip) {
    strip.replaceChildren(element("p", "counted", words.counting));
    await visit().catch(() => strip.replaceChildren(element("p", "counted", words.not_counted)));
  }
  await Promise.race([first, sleep(POLL_MS)]);
  follow(strip ? [refresh, visit] : [refresh]);
}

document.addEventListener("newslist:load", mark);
for (const name of ["up", "reads"]) {
  document.documentElement.style.setProperty(`--${name}`, JSON.stringify(words[name]));
}
main();
