// The editor's page: an article's lists and the site's, why each row is there, and what is decided.

import { announce, apart, ask, away, byId, count, counted, dateOf, element, fail, percent, say, searching, titled, told, words } from "/static/tools/tools.js";
import { chart, ledger } from "./figures.js";

const SITE_LISTS = { most_read: ["/v1/most-read", 10], trending: ["/v1/trending", 5], latest: ["/v1/latest", 6] };
const OWN_LISTS = { related: ["/v1/related", 8], inline: ["/v1/inline", 3] };
const HOURS = 48;
const SETTLED_MS = 2000; // by then a decision holds in every process
const FIGURES_MS = 30_000;
const MOST_TERMS = 3;
const POPULAR = 1.02;

const state = { key: "", article: null, lists: {}, titles: new Map() };

/** Why an article stands where it stands, in words. */
function why(name, answer, item) {
  const said = [];
  const { explain, override } = item;
  if (item.source === "pinned") said.push(say(words.pinned, { n: count(override?.slot ?? item.rank) }));
  else if (item.source === "editors") said.push(words.linked);
  else if (item.source !== name && words.fills[item.source] && !explain) said.push(words.fills[item.source]);
  if (explain?.terms.length) said.push(shared(explain));
  if (explain?.lent) said.push(words.lent);
  if (explain?.co_reading > 0) said.push(words.co_read);
  if (item.views > 0 || name === "most_read") said.push(reads(answer, item));
  if (name === "trending" && item.source === "trending") said.push(words.rising);
  if (name === "latest" && item.source === "latest") said.push(words.new_there);
  said.push(item.published_at ? say(words.published, { ago: away(item.published_at, answer.generated_at) }) : words.undated);
  if (explain?.popularity > POPULAR) said.push(words.popular);
  const boost = override?.boost ?? 1;
  if (boost !== 1) said.push(say(boost > 1 ? words.boosted : words.buried, { n: count(boost) }));
  return said.join(words.joint);
}

function shared({ terms, cosine }) {
  const named = terms.filter(({ term }) => term).slice(0, MOST_TERMS);
  const parts = named.map(({ term, share }) =>
    say(words.term, { term: apart(term), percent: percent(cosine ? share / cosine : 0) }),
  );
  return say(words.share, { terms: parts.join(words.comma) });
}

function reads(answer, item) {
  const span = words.windows[answer.window_used ?? "1h"] ?? "";
  return item.views ? `${counted(words.reads, item.views)} ${span}` : words.reads.zero;
}

/** One row of a list. `before` is its place in the list as it was, 0 if it was not in it. */
function row(name, answer, item, before) {
  state.titles.set(item.article_id, item);
  const moved = before !== undefined && before !== item.rank;
  const open = () => openDecision(item, name);
  const button = element("button", { type: "button", className: "decide", onclick: open }, words.decide);
  button.setAttribute("aria-label", say(words.decide_about, { title: item.title }));
  const text = element("div", { className: "text" }, element("p", { className: "title" }, titled("bdi", item)));
  text.append(element("p", { className: "why" }, why(name, answer, item)));
  if (moved) {
    const was = before ? say(words.was, { n: count(before) }) : words.is_new;
    text.append(element("p", { className: "was", dataset: { up: before === 0 || before > item.rank } }, was));
  }
  const decided = item.override || item.source === "pinned";
  return element(
    "li",
    { className: [moved && item.article_id === state.decided ? "moved" : "", decided ? "decided" : ""].join(" ").trim(), dataset: { id: item.article_id } },
    text,
    button,
  );
}

/** Shows a list; says what has changed since `before`, which holds ids in order. */
function show(name, answer, before) {
  const places = before && new Map(before.map((id, i) => [id, i + 1]));
  const rows = answer.items.map((item) => row(name, answer, item, places && (places.get(item.article_id) ?? 0)));
  const section = byId(`list-${name}`) ?? made(name);
  const list = section.querySelector("ol");
  const focused = list.contains(document.activeElement) && document.activeElement.closest("li").dataset.id;
  list.replaceChildren(...rows);
  section.querySelector(".empty").hidden = rows.length > 0;
  const ids = answer.items.map((item) => item.article_id);
  const left = (before ?? []).filter((id) => !ids.includes(id));
  const gone = section.querySelector(".gone");
  gone.textContent = left.length ? say(words.gone, { titles: left.map(nameOf).join(words.comma) }) : "";
  gone.hidden = !left.length;
  if (focused) rows.find((li) => li.dataset.id === focused)?.querySelector("button").focus();
  return { name, before: before ?? ids, ids };
}

const nameOf = (id) => apart(state.titles.get(id)?.title ?? id);

function made(name) {
  const heading = element("h2", { id: `title-${name}` }, words.lists[name]);
  const section = element("section", { className: "panel list", id: `list-${name}` }, heading);
  section.setAttribute("aria-labelledby", heading.id);
  section.append(element("ol"), element("p", { className: "empty soft", hidden: true }, words.empty), element("p", { className: "gone", hidden: true }));
  byId("lists").append(section);
  return section;
}

/** Asks for every list that is to be shown; `since` holds the orders to be compared with. */
async function load(since = {}) {
  const { article } = state;
  const language = article?.language ?? told.language;
  const about = article ? Object.entries(OWN_LISTS) : [];
  const asked = [...about, ...Object.entries(SITE_LISTS)].map(async ([name, [path, limit]]) => {
    const query = OWN_LISTS[name] ? { id: article.article_id, limit } : { language, limit };
    return [name, await ask(path, { ...query, explain: 1 })];
  });
  const answers = await Promise.all(asked);
  if (article !== state.article) return [];
  for (const section of [...byId("lists").children]) {
    if (!answers.some(([name]) => section.id === `list-${name}`)) section.remove();
  }
  const changes = answers.map(([name, answer]) => show(name, answer, since[name]));
  byId("lists").replaceChildren(...answers.map(([name]) => byId(`list-${name}`)));
  state.lists = Object.fromEntries(changes.map(({ name, ids }) => [name, ids]));
  fail("");
  return changes;
}

const tried = async (work) => {
  try {
    return await work();
  } catch (error) {
    fail(error.status === 503 ? words.busy : words.failed);
    return null;
  }
};

async function choose(article) {
  state.article = article;
  const chosen = byId("chosen");
  chosen.hidden = !article;
  if (article) {
    byId("found").replaceChildren();
    byId("found-note").textContent = "";
  }
  if (article) {
    state.titles.set(article.article_id, article);
    Object.assign(byId("chosen-title"), { textContent: article.title, lang: article.language ?? "", dir: article.dir });
    const facts = [told.sections[article.section] ?? article.section, article.published_at && dateOf(article.published_at), article.article_id];
    byId("chosen-facts").replaceChildren(...facts.filter(Boolean).map((text) => element("bdi", {}, text)));
    Object.assign(byId("chosen-link"), { href: article.url ?? "", hidden: !article.url });
  }
  const url = new URL(location.href);
  article ? url.searchParams.set("id", article.article_id) : url.searchParams.delete("id");
  history.replaceState(null, "", url);
  for (const link of document.querySelectorAll(".masthead a[href^='/editor']")) {
    const target = new URL(link.href);
    article ? target.searchParams.set("id", article.article_id) : target.searchParams.delete("id");
    link.href = target;
  }
  byId("lists").replaceChildren();
  await tried(load);
  await figures();
}

/** What only the newsroom may see. */
async function figures() {
  if (!state.key) return;
  const { key, article } = state;
  const subjects = [...(article ? [[words.of_article, { id: article.article_id }]] : []), [words.of_site, {}]];
  try {
    const shown = await Promise.all(
      subjects.map(async ([of, asked]) => [
        chart(of, await ask("/v1/views", { ...asked, hours: HOURS }, { key })),
        ledger(of, await ask("/v1/ledger", asked, { key })),
      ]),
    );
    if (article !== state.article) return;
    keepOpen(byId("charts"), shown.map(([drawn]) => drawn));
    keepOpen(byId("ledgers"), shown.map(([, table]) => table));
  } catch (error) {
    if (error.status !== 404) fail(error.status === 503 ? words.busy : words.failed);
  }
}

/** Puts new figures in the place of old ones; tables that were opened stay so. */
function keepOpen(place, figures) {
  const open = [...place.querySelectorAll("details")].map((details) => details.open);
  if (place.contains(document.activeElement)) return;
  place.replaceChildren(...figures);
  [...place.querySelectorAll("details")].forEach((details, i) => (details.open = open[i] ?? false));
}

async function standing() {
  const { overrides } = await ask("/v1/overrides", {}, { key: state.key });
  const active = overrides.filter((one) => one.active).reverse();
  const unknown = [...new Set(active.map((one) => one.article_id))].filter((id) => !state.titles.has(id));
  await Promise.all(unknown.slice(0, 30).map(learn));
  byId("standing-none").hidden = active.length > 0;
  byId("standing").replaceChildren(...active.map(decision));
}

async function learn(id) {
  const { articles } = await ask("/v1/articles", { q: id, limit: 1 });
  if (articles[0]?.article_id === id) state.titles.set(id, articles[0]);
}

function decision(one) {
  const article = state.titles.get(one.article_id) ?? { title: one.article_id, dir: "auto" };
  const act = say(words.actions[one.action], { n: count(one.slot ?? one.factor ?? 0) });
  const where = one.list ? words.lists[one.list] : words.every_list;
  const now = new Date(Date.now() + state.ahead).toISOString();
  const ends = one.expires_at ? say(words.ends, { when: away(one.expires_at, now) }) : words.for_good;
  const button = element("button", { type: "button", onclick: () => takeBack(one) }, words.take_back);
  button.setAttribute("aria-label", say(words.take_back_about, { title: article.title }));
  const facts = element("p", { className: "facts" }, element("b", {}, act), element("span", {}, where));
  facts.append(element("span", { title: one.expires_at ? dateOf(one.expires_at) : "" }, ends));
  const text = element("div", { className: "text" }, element("p", { className: "title" }, titled("bdi", article)), facts);
  if (one.note) text.append(element("p", { className: "note" }, one.note));
  return element("li", { dataset: { id: one.article_id, action: one.action } }, text, button);
}

async function takeBack(one) {
  const since = state.lists;
  state.decided = one.article_id;
  const asked = { id: one.article_id, action: one.action, list: one.list };
  try {
    await ask("/v1/overrides", asked, { key: state.key, method: "DELETE" });
  } catch (error) {
    if (error.status !== 404) return fail();
  }
  await settle(since, words.taken);
  (byId("standing").querySelector("button") ?? byId("query")).focus();
}

/** Shows what a decision changed: at once, and when it holds in every process. */
async function settle(since, done) {
  const changes = await tried(() => load(since));
  await tried(standing);
  if (changes) announce(`${done} ${changed(changes)}`);
  setTimeout(() => tried(() => load(since)), SETTLED_MS);
}

function changed(changes) {
  const said = [];
  for (const { name, before, ids } of changes) {
    if (before.join("\n") === ids.join("\n")) continue;
    said.push(say(words.changed, { list: words.lists[name] }));
    const about = state.decided;
    const [was, is] = [before.indexOf(about) + 1, ids.indexOf(about) + 1];
    const places = { title: nameOf(about), before: count(was), after: count(is) };
    if (was && !is) said.push(say(words.left, places));
    else if (is && !was) said.push(say(words.entered, places));
    else if (is !== was) said.push(say(words.moved, places));
  }
  return said.length ? said.join(words.joint) : words.unchanged;
}

const dialog = byId("decision");
const form = byId("decision-form");
const failed = byId("decision-failed");

function openDecision(article, name) {
  if (!state.key) {
    announce(words.key_needed);
    byId("key-state").textContent = words.key_needed;
    byId("key-input").focus();
    return;
  }
  state.deciding = article;
  const names = Object.keys(words.lists);
  const every = element("option", { value: "" }, words.every_list);
  form.elements.list.replaceChildren(every, ...names.map((each) => element("option", { value: each, selected: each === name }, words.lists[each])));
  byId("decision-about").replaceChildren(titled("bdi", article));
  failed.hidden = true;
  dialog.showModal();
}

function body() {
  const { action, slot, boost, bury, list, span, note } = form.elements;
  const factor = { boost, bury }[action.value]?.valueAsNumber;
  return {
    article_id: state.deciding.article_id,
    action: action.value,
    ...(action.value === "pin" ? { slot: slot.valueAsNumber } : {}),
    ...(factor === undefined ? {} : { factor }),
    ...(list.value ? { list: list.value } : {}),
    ...(span.value ? { expires_in: span.value } : {}),
    ...(note.value ? { note: note.value } : {}),
    site: told.site,
  };
}

form.addEventListener("change", () => {
  for (const label of form.querySelectorAll("[data-for]")) {
    label.hidden = label.dataset.for !== form.elements.action.value;
    label.querySelector("input").disabled = label.hidden;
  }
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const since = state.lists;
  state.decided = state.deciding.article_id;
  try {
    await ask("/v1/overrides", {}, { key: state.key, method: "POST", body: body() });
  } catch (error) {
    const said = { 401: words.key_bad, 409: words.too_many, 422: words.refused, 503: words.busy };
    failed.textContent = said[error.status] ?? words.failed;
    failed.hidden = false;
    return;
  }
  dialog.close();
  form.elements.note.value = "";
  await settle(since, words.decided);
});
byId("cancel").addEventListener("click", () => dialog.close());

/** Takes a key into the memory of this page if it is good. */
async function use(key) {
  const note = byId("key-state");
  state.key = "";
  for (const panel of document.querySelectorAll(".keyed")) panel.hidden = true;
  try {
    await ask("/v1/overrides", { id: "-" }, { key });
  } catch (error) {
    note.textContent = error.status === 401 ? words.key_bad : words.failed;
    note.dataset.good = false;
    return;
  }
  state.key = key;
  note.textContent = words.key_good;
  note.dataset.good = true;
  byId("key-input").value = "";
  for (const panel of document.querySelectorAll(".keyed")) panel.hidden = false;
  await tried(standing);
  await figures();
}

byId("key").addEventListener("submit", (event) => {
  event.preventDefault();
  const key = byId("key-input").value.trim();
  if (key) use(key);
});
byId("decide-chosen").addEventListener("click", () => openDecision(state.article, ""));
byId("leave").addEventListener("click", async () => {
  await Promise.all([choose(null), find()]);
  byId("query").focus();
});

const find = searching(byId("query"), byId("found"), byId("found-note"), (article) => {
  choose(article);
  byId("chosen-title").focus();
});

/** The key that a link hands over in its fragment, which no server sees; gone from the address. */
function handedOver() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given) history.replaceState(null, "", location.pathname + location.search);
  return given;
}

async function main() {
  form.dispatchEvent(new Event("change"));
  const key = handedOver();
  const { generated_at: now } = await ask("/v1/latest", { limit: 1 });
  state.ahead = Date.parse(now) - Date.now();
  const id = new URLSearchParams(location.search).get("id");
  const { articles } = id ? await ask("/v1/articles", { q: id, limit: 1 }) : { articles: [] };
  await Promise.all([choose(articles[0] ?? null), articles[0] ? null : find(), key ? use(key) : null]);
  document.body.dataset.ready = "";
  setInterval(() => document.hidden || figures(), FIGURES_MS);
}

tried(main);
