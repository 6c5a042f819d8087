// <news-list>, a list of articles: docs/widget.md tells how it is used, news-list.d.ts has the types.
const LENGTHS = { inline: 2, latest: 4, section: 4 };
const SPONSORED = { ar: "إعلان", fr: "Sponsorisé" };
const FILTERS = ["site", "language", "max-age", "section", "window", "unit", "sponsored"];
const OTHERS = ["kind", "for", "limit", "exclude", "page", "api", "src", "thumbnails", "titles", "facts"];
const VIEWED = Symbol.for("news-list.viewed"); // beacon.js has it too

const style = new CSSStyleSheet();
style.replaceSync(`
:host(:not([hidden])) {
  display: block;
  min-block-size: calc(4em + var(--news-list-rows) * var(--news-list-row, 4em));
}
[part=title] {
  display: -webkit-box;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: var(--news-list-lines, 2);
  overflow: hidden;
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
}
[part=thumbnail] { display: block; inline-size: 6em; aspect-ratio: 3 / 2; object-fit: cover }
`);

const tags = new Set(); // all in the document
let timer;

const isWeb = (text) => /^https?:\/\//i.test(text);

const make = (element, part, properties) =>
  Object.assign(document.createElement(element), { part, ...properties });

// Asks once for the lists of tags. Whatever goes wrong, they keep what they show.
const ask = async (asking) => {
  const [tag] = asking;
  const request = new AbortController();
  const lengths = {};
  request.tags = new Set(asking);
  setTimeout(() => request.abort(), tag.read("timeout") || 3000);
  for (const each of asking) {
    each.leave();
    each.request = request;
    each.place = lengths[each.block] || 0;
    lengths[each.block] = each.place + each.length;
  }
  const blocks = Object.entries(lengths).map((block) => block.join(":"));
  const query = new URLSearchParams({ ...tag.subject, ...(tag.page ? { blocks } : { limit: tag.length }) });
  for (const name of FILTERS) {
    const value = asking.map((each) => each.read(name)).find(Boolean);
    if (value) query.set(name.replace("-", "_"), value);
  }
  const others = [...tags].filter((each) => tag.page && each.page && !asking.includes(each));
  for (const each of asking) for (const id of each.read("exclude").split(" ")) query.append("exclude", id);
  for (const each of others) for (const row of each.list.children) query.append("exclude", row.item.article_id);
  const path = tag.page ? "page" : tag.kind.replace("section", "latest");
  try {
    const url = tag.read("src") || `${tag.engine}/v1/${path}?${query}`;
    const response = await fetch(url, { signal: request.signal, credentials: "omit" });
    const body = await response.json();
    for (const each of request.tags) each.show(tag.page ? body.blocks[each.block] : body);
  } catch {}
};

// Sends events; of a reader who does not want to be tracked only views.
const report = async (tag, events) => {
  const { globalPrivacyControl, doNotTrack } = navigator;
  if ((globalPrivacyControl || doNotTrack == 1) && events[0].event_type != "view") return;
  const url = `${tag.engine}/v1/events`;
  const body = JSON.stringify(events.map((event) => ({ ...event, site: tag.getAttribute("site") })));
  try {
    navigator.sendBeacon(url, body) || (await fetch(url, { method: "POST", body, keepalive: true, mode: "no-cors" }));
  } catch {}
};

// Reports a view of the page, once, after two seconds in sight.
const look = () => {
  if (document.hidden || document.prerendering) timer = clearTimeout(timer);
  else timer ||= setTimeout(() => {
    const tag = [...tags].find((each) => each.counts);
    if (!tag || window[VIEWED]) return;
    window[VIEWED] = true;
    const { id, url } = tag.subject;
    report(tag, [{ event_type: "view", article_id: id, url }]);
  }, 2000);
};
document.addEventListener("visibilitychange", look);
document.addEventListener("prerenderingchange", look);

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (target.request) isIntersecting || target.style.setProperty("min-block-size", 0);
      else if (isIntersecting || target.hasAttribute("eager")) target.refresh();
    }
  },
  { rootMargin: "400px" },
);

// Reports rows of which half was in sight for a second.
const sight = new IntersectionObserver(
  (entries) => {
    for (const { target, intersectionRatio } of entries) target.seen = intersectionRatio >= 0.5 && entries;
    setTimeout(() => {
      const rows = entries.map(({ target }) => target).filter((row) => row.seen == entries && !document.hidden);
      for (const row of rows) sight.unobserve(row);
      if (rows[0]) report(rows[0].tag, rows.map((row) => row.event));
    }, 1000);
  },
  { threshold: 0.5 },
);

class NewsList extends HTMLElement {
  static observedAttributes = [...FILTERS, ...OTHERS];

  section = make("section");
  heading = make("h2", "heading");
  list = make("ul", "list");

  constructor() {
    super();
    this.section.onclick = this.section.onauxclick = ({ target, button }) => {
      const row = target.closest("a[href]")?.parentNode;
      if (!row || button > 1) return;
      if (this.counts) report(this, [{ ...row.event, event_type: "click" }]);
      this.tell("click", row.item);
    };
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    root.append(make("slot"));
  }

  connectedCallback() {
    tags.add(this);
    this.style.setProperty("--news-list-rows", this.length);
    near.observe(this);
    look();
  }

  disconnectedCallback() {
    tags.delete(this);
    near.unobserve(this);
    this.leave();
  }

  attributeChangedCallback() {
    if (this.request) this.refresh();
  }

  read(name) {
    return this.getAttribute(name) || "";
  }
  get kind() {
    return this.read("kind") || "related";
  }
  get page() {
    return this.hasAttribute("page");
  }
  get counts() {
    return !this.hasAttribute("no-beacon");
  }
  get length() {
    return +this.read("limit") || LENGTHS[this.kind] || 5;
  }
  get engine() {
    return this.read("api") || new URL(import.meta.url).origin;
  }
  get block() {
    const section = encodeURIComponent(this.read("section"));
    return this.kind.replace("-", "_") + (section && "/") + section;
  }
  get subject() {
    const name = this.read("for") || document.querySelector("link[rel=canonical]")?.href || location.href;
    return isWeb(name) ? { url: name.split("#")[0] } : { id: name };
  }

  // The first of a page's tags brings the others along.
  refresh() {
    return ask(this.page ? [...tags].filter((tag) => tag == this || (tag.page && !tag.request)) : [this]);
  }

  leave() {
    this.request?.tags.delete(this);
    if (!this.request?.tags.size) this.request?.abort();
    if (!this.list.firstChild) this.request = null;
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`newslist:${name}`, { detail, bubbles: true, composed: true }));
  }

  show(answer) {
    const items = answer.items.slice(this.place, this.place + this.length).filter((item) => typeof item.title == "string");
    if (!items[0]) return this.tell("empty", answer);
    const rows = items.map((item, i) => this.row(answer, item, this.place + i + 1));
    const list = this.kind == "most-read" ? "ol" : "ul";
    const focused = this.shadowRoot.activeElement;
    if (this.list.localName != list) this.list = make(list, "list");
    if (rows.some((row, i) => row != this.list.children[i])) this.list.replaceChildren(...rows);
    this.heading.textContent = this.section.ariaLabel = answer.heading;
    if (!this.list.isConnected) this.section.replaceChildren(this.heading, this.list);
    this.shadowRoot.replaceChildren(this.section);
    focused?.focus({ preventScroll: true });
    this.tell("load", answer);
  }

  // Makes the row of an item, or brings the one that is there up to date.
  row(answer, item, position) {
    const { article_id, title, title_short, url, image_url, language, sponsored, published_at, views } = item;
    const row = [...this.list.children].find((row) => row.item.article_id == article_id) || make("li", "item");
    const [link = make("a", "link"), facts = make("div", "facts")] = row.children;
    const text = (this.read("titles") != "full" && title_short) || title;
    const locale = this.read("language") || language || undefined;
    const time = new Date(published_at);
    const shown = this.read("facts");
    const put = (parent, element, part, properties) => properties && parent.append(make(element, part, properties));
    link.replaceChildren();
    facts.replaceChildren();
    put(link, isWeb(image_url) ? "img" : "span", "thumbnail", this.hasAttribute("thumbnails") && { src: image_url, alt: "", decoding: "async" });
    put(link, "span", "title", { textContent: text, dir: item.dir || "auto" });
    put(facts, "strong", "sponsored", sponsored && { textContent: SPONSORED[language] || "Sponsored" });
    put(facts, "time", "time", shown.includes("time") && time > 0 && {
      dateTime: published_at,
      textContent: time.toLocaleString(locale, Date.now() - time < 864e5 ? { timeStyle: "short" } : { dateStyle: "medium" }),
    });
    put(facts, "span", "views", shown.includes("views") && views >= 0 && { textContent: views.toLocaleString(locale) });
    if (isWeb(url)) Object.assign(link, { href: url, title: text == title ? "" : title, rel: sponsored ? "sponsored" : "" });
    if (!row.firstChild) row.append(link, facts);
    row.lang = language || "";
    row.dataset.rank = position.toLocaleString(locale);
    row.tag = this;
    row.item = item;
    row.event = { event_type: "impression", article_id, list: answer.list, position, rec_id: answer.rec_id, from_article_id: this.subject.id };
    if (this.counts) sight.observe(row);
    return row;
  }
}
customElements.get("news-list") || customElements.define("news-list", NewsList);
