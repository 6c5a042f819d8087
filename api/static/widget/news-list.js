// See docs/widget.md.
const LENGTHS = { inline: 2, latest: 4, section: 4 };
const FILTERS = ["site", "language", "max-age", "section", "window", "unit"];

const style = new CSSStyleSheet();
style.replaceSync(`
:host(:not([hidden])) { display: block; overflow-wrap: anywhere }
[part=title] { display: block; block-size: 2lh; overflow: hidden }
[part=thumbnail] { display: block; inline-size: 6em; aspect-ratio: 3 / 2 }
[part=sponsored]::before { content: "Ad" }
`);

const connected = new Set();
let timer;

const isWeb = (text) => /^https?:/i.test(text);
const about = (tag, id) => ({ [isWeb(tag.subject) ? "url" : id]: tag.subject });
const put = (parent, element, part = "", properties) =>
  parent.appendChild(Object.assign(document.createElement(element), { part }, properties));

const ask = async (asking) => {
  const [first] = asking;
  const request = new AbortController();
  const lengths = {};
  request.tags = new Set(asking);
  setTimeout(() => request.abort(), first.read("timeout") || 3000);
  for (const each of asking) {
    each.leave();
    each.request = request;
    each.place = lengths[each.block] || 0;
    lengths[each.block] = each.place + each.length;
  }
  const query = new URLSearchParams(about(first, "id"));
  if (first.hasAttribute("page")) query.set("blocks", Object.entries(lengths).map((block) => block.join(":")));
  else query.set("limit", first.length);
  for (const name of FILTERS) if (first.read(name)) query.set(name.replace("-", "_"), first.read(name));
  for (const name of first.read("exclude").match(/\S+/g) || []) query.append("exclude", name);
  if (first.hasAttribute("sponsored")) query.set("sponsored", 1);
  const path = first.hasAttribute("page") ? "page" : first.kind.replace("section", "latest");
  try {
    const response = await fetch(first.read("src") || `${first.engine}/v1/${path}?${query}`, { signal: request.signal });
    const body = await response.json();
    for (const each of request.tags) {
      each.show(first.hasAttribute("page") ? body.blocks[each.block] : body).catch(() => {});
    }
  } catch {}
};

const report = (tag, event_type, places) => {
  const quiet = navigator.globalPrivacyControl || navigator.doNotTrack == 1;
  if (tag.hasAttribute("no-beacon") || (quiet && event_type != "view")) return;
  const site = tag.getAttribute("site");
  const body = JSON.stringify(places.map((place) => ({ event_type, site, ...place })));
  const url = `${tag.engine}/v1/events`;
  return navigator.sendBeacon?.(url, body) || fetch(url, { method: "POST", body, keepalive: true }).catch(() => {});
};

// Once a page, by beacon.js too.
const look = () => {
  if (document.hidden || document.prerendering) timer = clearTimeout(timer);
  else
    timer ||= setTimeout(() => {
      for (const tag of connected) window.newsListViewed ||= report(tag, "view", [about(tag, "article_id")]);
    }, 2000);
};
document.addEventListener("visibilitychange", look);
document.addEventListener("prerenderingchange", look);

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting || target.hasAttribute("eager")) target.request || target.refresh();
      else if (target.request?.signal.aborted) target.style.minBlockSize = 0;
    }
  },
  { rootMargin: "400px" },
);

customElements.get("news-list") || customElements.define("news-list", class extends HTMLElement {
  static observedAttributes = [
    ...FILTERS, "kind", "for", "limit", "exclude", "sponsored", "page", "api", "src", "thumbnails", "titles", "facts",
  ];

  rows = [];
  sight = new IntersectionObserver(
    (entries) => {
      for (const { target, intersectionRatio } of entries) target.seen = intersectionRatio >= 0.5 && entries;
      setTimeout(() => {
        const rows = entries.map(({ target }) => target).filter((row) => row.seen == entries && !document.hidden);
        for (const row of rows) this.sight.unobserve(row);
        if (rows[0]) report(this, "impression", rows.map((row) => row.place));
      }, 1000);
    },
    { threshold: 0.5 },
  );

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    put(root, "slot");
  }

  connectedCallback() {
    connected.add(this);
    this.style.minBlockSize = `var(--news-list-room, ${4 + 4 * this.length}em)`;
    near.observe(this);
    look();
  }

  disconnectedCallback() {
    connected.delete(this);
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
    return this.read("for") || document.querySelector("link[rel=canonical]")?.href || location.href.split("#")[0];
  }

  refresh() {
    return ask(this.hasAttribute("page") ? [...connected].filter((tag) => tag.hasAttribute("page")) : [this]);
  }

  leave() {
    if (this.request?.tags.delete(this) && !this.request.tags.size) this.request.abort();
    if (!this.rows[0]) this.request = null;
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`newslist:${name}`, { detail, bubbles: true, composed: true }));
  }

  async show(answer) {
    const items = answer.items.slice(this.place, this.place + this.length);
    if (!items[0]) return this.tell("empty", answer);
    const rows = items.map((item, i) => this.row(item, this.place + i + 1, answer));
    const focused = this.shadowRoot.activeElement;
    const heading = answer.heading.trim();
    this.shadowRoot.replaceChildren();
    const section = put(this.shadowRoot, "section", "", { dir: "auto", ariaLabel: heading });
    put(section, "h2", "heading", { textContent: heading });
    put(section, this.kind == "most-read" ? "ol" : "ul", "list").append(...rows);
    focused?.focus({ preventScroll: true });
    this.rows = rows;
    this.tell("load", answer);
  }

  row(item, position, { list, rec_id }) {
    const row = this.rows.find((row) => row.place.article_id == item.article_id) || document.createElement("li");
    const link = row.firstChild || put(row, "a", "link");
    const facts = row.children[1] || put(row, "div", "facts");
    const locale = this.read("language") || item.language || [];
    const fact = this.read("facts");
    const value = fact == "time" ? new Date(item.published_at) : item[fact];
    link.replaceChildren();
    facts.replaceChildren();
    if (this.hasAttribute("thumbnails")) {
      put(link, isWeb(item.image_url) ? "img" : "span", "thumbnail", { alt: "", decoding: "async", src: item.image_url });
    }
    link.title = item.title.trim();
    put(link, "span", "title", {
      dir: item.dir || "auto",
      textContent: (this.read("titles") != "full" && item.title_short) || item.title,
    });
    if (isWeb(item.url)) {
      link.href = item.url;
      link.onclick = link.onauxclick = ({ button }) => {
        if (button < 2) report(this, "click", [row.place]), this.tell("click", item);
      };
    }
    if (item.sponsored) {
      link.rel = "sponsored";
      put(facts, "strong", "sponsored");
    }
    if (value > 0) {
      const textContent = value.toLocaleString(locale, { dateStyle: "long", timeStyle: "short" });
      put(facts, fact == "time" ? fact : "span", fact, { textContent, dir: "auto", dateTime: item.published_at });
    }
    row.place = { article_id: item.article_id, list, position, rec_id };
    row.lang = item.language || "";
    row.part = "item";
    this.sight.observe(row);
    return row;
  }
});
