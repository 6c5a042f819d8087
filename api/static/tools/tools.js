// What the pages of the newsroom have in common: words, elements, questions to the API, the search.

export const told = JSON.parse(document.body.dataset.told);
export const words = told.words;

const numbers = `${told.spoken}-u-nu-latn`;
const number = new Intl.NumberFormat(numbers, { maximumFractionDigits: 2 });
const share = new Intl.NumberFormat(numbers, { style: "percent", maximumFractionDigits: 0 });
const plural = new Intl.PluralRules(told.spoken);
const relative = new Intl.RelativeTimeFormat(numbers, { numeric: "auto" });
const day = new Intl.DateTimeFormat(numbers, { dateStyle: "medium", timeStyle: "short", timeZone: told.zone });
const clock = new Intl.DateTimeFormat(numbers, {
  weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: told.zone,
});

export const byId = (id) => document.getElementById(id);
export const count = (n) => number.format(n);
export const percent = (part) => share.format(part);
export const hourOf = (instant) => clock.format(new Date(instant));
export const dateOf = (instant) => day.format(new Date(instant));

/** Keeps a name of another script from turning what stands around it. */
export const apart = (text) => `\u2068${text}\u2069`;

/** A sentence with its places filled. */
export const say = (text, places = {}) =>
  Object.entries(places).reduce((said, [name, value]) => said.replaceAll(`{${name}}`, value), text);

/** "12 reads": the form that the language has for a number. */
export const counted = (forms, n) =>
  say((n === 0 && forms.zero) || forms[plural.select(n)] || forms.other, { n: count(n) });

/** "3 hours ago", "in 2 days"; from the nearest minute on, so that what has just begun is whole. */
export function away(instant, now) {
  const seconds = 60 * Math.round((Date.parse(instant) - Date.parse(now)) / 60_000);
  const size = Math.abs(seconds);
  if (size < 3600) return relative.format(Math.trunc(seconds / 60), "minute");
  if (size < 2 * 86400) return relative.format(Math.trunc(seconds / 3600), "hour");
  return relative.format(Math.trunc(seconds / 86400), "day");
}

/** An element; text goes in as text, never as markup. */
export function element(name, properties = {}, ...children) {
  const { dataset = {}, attributes = {}, ...own } = properties;
  const made = Object.assign(document.createElement(name), own);
  Object.assign(made.dataset, dataset);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A title in its own language and direction. */
export const titled = (name, article, properties = {}) =>
  element(name, { ...properties, lang: article.language ?? "", dir: article.dir }, article.title);

export class Refused extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
  }
}

/** What the API answers; throws `Refused` where that is an error. */
export async function ask(path, asked = {}, { key, method = "GET", body, signal } = {}) {
  const given = Object.entries(asked).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const query = new URLSearchParams(given);
  if (told.site !== "default" && !query.has("site")) query.set("site", told.site);
  const headers = { Accept: "application/json" };
  if (key) headers["X-API-Key"] = encoded(key);
  if (body) headers["Content-Type"] = "application/json";
  const target = `${path}?${query}`;
  const response = await fetch(target, { method, headers, signal, body: body && JSON.stringify(body), cache: "no-store" });
  if (response.status === 204) return null;
  const answer = await response.json();
  if (!response.ok) throw new Refused(response.status, answer.error?.code);
  return answer;
}

/** A key as a header can carry it: its UTF-8 bytes, one character each. */
const encoded = (key) => String.fromCharCode(...new TextEncoder().encode(key));

/** Says for all to see that something failed; nothing takes it back. */
export function fail(text = words.failed) {
  const place = document.querySelector("body > .failure");
  place.textContent = text;
  place.hidden = !text;
}

/** Tells those who listen to the page. */
export function announce(text) {
  byId("news").textContent = text;
}

/** Lets a field search while it is typed in; the articles found become buttons. */
export function searching(field, list, note, choose) {
  let timer;
  let under;
  const search = async () => {
    under?.abort();
    under = new AbortController();
    const q = field.value.trim();
    try {
      const { articles } = await ask("/v1/articles", { q, limit: q ? 8 : 5 }, { signal: under.signal });
      note.textContent = q ? counted(words.found, articles.length) : words.newest;
      list.replaceChildren(...articles.map((article) => element("li", {}, choice(article, choose))));
      list.dataset.for = q;
      fail("");
    } catch (error) {
      if (error.name === "AbortError") return;
      note.textContent = error.status === 503 ? words.busy : words.failed;
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 180);
  });
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
  return search;
}

const choice = (article, choose) =>
  element("button", { type: "button", dataset: { id: article.article_id }, onclick: () => choose(article) }, titled("bdi", article));
