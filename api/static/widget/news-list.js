// <news-list>, a list of articles: see docs/widget.md, and news-list.d.ts for the types.
const LENGTHS = { inline: 2, latest: 4, section: 4 };
const SPONSORED = { ar: "إعلان", fr: "Sponsorisé" };
const FILTERS = ["site", "language", "max-age", "section", "window", "unit", "sponsored"];
const VIEWED = Symbol.for("news-list.viewed"); // beacon.js has it too
const DAY = 86400000;

const style = new CSSStyleSheet();
style.replaceSync(`
:host(:not([hidden])) { display: grid }
section, slot { display: block; grid-area: 1 / 1; min-inline-size: 0 }
.blank { visibility: hidden }
[part=title] {
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: var(--news-list-lines, 2);
  overflow: hidden; overflow-wrap: anywhere; unicode-bidi: isolate;
  line-height: 1.6; min-block-size: calc(var(--news-list-lines, 2) * 1.6em)
}
[part=thumbnail] { display: block; inline-size: 6em; aspect-ratio: 3 / 2; object-fit: cover }
:host([facts]) [part=facts] { line-height: 1.6; min-block-size: 1.6em }
`);

const tags = new Set(); // all in the document
let timer;

const isWeb = (text) => /^https?:\/\//i.test(text);

const make = (element, part, properties) =>
  Object.assign(document.createElement(element), { part, ...properties });

/** Asks once for the lists of tags. Whatever goes wrong, they keep what they show. */
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
  try {
    const blocks = Object.entries(lengths).map((block) => block.join(":"));
    const query = new URLSearchParams({ ...tag.subject, ...(tag.page ? { blocks } : { limit: tag.length }) });
    for (const name of FILTERS) {
      const value = asking.map((each) => each.read(name)).find(Boolean);
      if (value) query.set(name.replace("-", "_"), value);
    }
    const others = [...tags].filter((each) => tag.page && each.page && !asking.includes(each));
    const excluded = asking.flatMap((each) => each.read("exclude").match(/\S+/g) || []);
    for (const id of [...excluded, ...others.flatMap((each) => each.ids)]) query.append("exclude", id);
    const path = tag.page ? "page" : tag.kind.replace("section", "latest");
    const url = tag.read("src") || `${tag.engine}/v1/${path}?${query}`;
    const response = await fetch(url, { signal: request.signal, credentials: "omit" });
    const body = response.ok && (await response.json());
    for (const each of request.tags) each.show(tag.page ? body.blocks[each.block] : body);
  } catch {}
};

/** Sends events; of a reader who does not want to be tracked only views. */
const report = async (tag, events) => {
  const { globalPrivacyControl, doNotTrack } = navigator;
  if ((globalPrivacyControl || doNotTrack == 1) && events[0].event_type != "view") return;
  const url = `${tag.engine}/v1/events`;
  const body = JSON.stringify(events.map((event) => ({ ...event, site: tag.getAttribute("site") })));
  try {
    navigator.sendBeacon(url, body) || (await fetch(url, { method: "POST", body, keepalive: true, mode: "no-cors" }));
  } catch {}
};

/** Reports a view of the page, once, after two seconds in sight. */
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
      if (target.request) isIntersecting || target.shrink();
      else if (isIntersecting || target.hasAttribute("eager")) target.refresh();
    }
  },
  { rootMargin: "400px" },
);

/** Reports rows of which half was in sight for a second. */
const sight = new IntersectionObserver(
  (entries) => {
    for (const { target, intersectionRatio } of entries) target.seen = intersectionRatio >= 0.5 && entries;
    setTimeout(() => {
      const rows = entries.map(({ target }) => target).filter((row) => row.seen == entries);
      for (const row of rows) {
        sight.unobserve(row);
        if (document.hidden) sight.observe(row);
      }
      if (rows[0] && !document.hidden) report(rows[0].tag, rows.map((row) => row.event));
    }, 1000);
  },
  { threshold: 0.5 },
);

class NewsList extends HTMLElement {
  static observedAttributes = [...FILTERS, "kind", "for", "limit", "exclude", "thumbnails", "page", "api", "src", "titles", "facts"];

  ids = [];
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
    this.section.append(this.heading, this.list);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    root.append(this.section, document.createElement("slot"));
  }

  connectedCallback() {
    tags.add(this);
    near.observe(this);
    look();
    if (!this.ids[0]) this.fill({}, []);
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
    return Math.min(Math.max(parseInt(this.read("limit")) || LENGTHS[this.kind] || 5, 1), 100);
  }
  get engine() {
    return (this.read("api") || new URL(import.meta.url).origin).replace(/\/$/, "");
  }
  get block() {
    const section = encodeURIComponent(this.read("section"));
    return this.kind.replace("-", "_") + (section && "/") + section;
  }
  get subject() {
    const name = this.read("for") || document.querySelector("link[rel=canonical]")?.href || location.href;
    return isWeb(name) ? { url: name.split("#")[0] } : { id: name };
  }

  /** Asks anew. The first of a page's tags brings the others along. */
  refresh() {
    return ask(this.page ? [...tags].filter((tag) => tag == this || (tag.page && !tag.request)) : [this]);
  }

  leave() {
    this.request?.tags.delete(this);
    if (!this.request?.tags.size) this.request?.abort();
    if (!this.ids[0]) this.request = null;
  }

  shrink() {
    for (const row of this.section.querySelectorAll("li.blank")) row.remove();
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`newslist:${name}`, { detail, bubbles: true, composed: true }));
  }

  show(answer) {
    const items = answer.items.slice(this.place).filter((item) => typeof item?.title == "string");
    if (!items[0]) return this.tell("empty", answer);
    this.fill(answer, items);
    this.shadowRoot.replaceChildren(this.section);
    this.tell("load", answer);
  }

  fill(answer, items) {
    const element = this.kind == "most-read" ? "ol" : "ul";
    const old = new Map([...this.list.children].map((row) => [row.item.article_id, row]));
    const rows = Array.from({ length: this.length }, (_, i) => this.row(answer, items[i], this.place + i + 1, old));
    const focused = this.shadowRoot.activeElement;
    if (this.list.localName != element) this.list.replaceWith((this.list = make(element, "list")));
    if (rows.some((row, i) => row != this.list.children[i])) this.list.replaceChildren(...rows);
    focused?.focus({ preventScroll: true });
    this.heading.textContent = this.section.ariaLabel = answer.heading || "\xa0";
    this.section.className = items[0] ? "" : "blank";
    this.ids = rows.flatMap((row) => row.item.article_id || []);
  }

  /** The row of an item: the one that shows it already, if there is one. */
  row(answer, item = {}, position, old) {
    const { article_id, title = "", title_short, url, language, sponsored, published_at } = item;
    const row = old.get(article_id) || make("li", "item");
    const [link = make("a", "link"), facts = make("div", "facts")] = row.children;
    const text = (this.read("titles") != "full" && title_short) || title;
    const around = this.closest("[lang]")?.lang || "en";
    const locale = this.read("language") || (around.startsWith(language || "") ? around : language);
    const number = new Intl.NumberFormat(locale);
    const time = Date.parse(published_at);
    const day = new Intl.DateTimeFormat(locale, Date.now() - time < DAY ? { timeStyle: "short" } : { dateStyle: "medium" });
    const has = (fact, value) => this.read("facts").includes(fact) && value >= 0;
    const isImage = isWeb(item.image_url);
    link.replaceChildren(
      ...(this.hasAttribute("thumbnails") ? [make(isImage ? "img" : "span", "thumbnail", { src: item.image_url, alt: "", decoding: "async" })] : []),
      make("span", "title", { textContent: text, lang: language || "", dir: item.dir || "auto" }),
    );
    if (isWeb(url)) Object.assign(link, { href: url, title: text == title ? "" : title, rel: sponsored ? "sponsored" : "" });
    facts.replaceChildren(
      ...(sponsored ? [make("strong", "sponsored", { textContent: SPONSORED[locale.slice(0, 2)] || "Sponsored" })] : []),
      ...(has("time", time) ? [make("time", "time", { dateTime: published_at, textContent: day.format(time) })] : []),
      ...(has("views", item.views) ? [make("span", "views", { textContent: number.format(item.views) })] : []),
    );
    if (!row.firstChild) row.append(link, facts);
    row.className = title ? "" : "blank";
    row.dataset.rank = number.format(position);
    row.tag = this;
    row.item = item;
    row.event = { event_type: "impression", article_id, list: answer.list, position, rec_id: answer.rec_id, from_article_id: this.subject.id };
    if (title && this.counts) sight.observe(row);
    return row;
  }
}
customElements.get("news-list") || customElements.define("news-list", NewsList);
