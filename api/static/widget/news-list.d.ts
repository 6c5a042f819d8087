/** The types of news-list.js. What it does is told in docs/widget.md. */

/** One article of a list, as `GET /v1/…` answers it. */
export interface NewsItem {
  rank: number;
  article_id: string;
  url: string | null;
  title: string;
  title_short: string;
  section: string | null;
  published_at: string | null;
  image_url: string | null;
  language: string | null;
  dir: "rtl" | "ltr";
  publisher: string | null;
  sponsored: boolean;
  score: number;
  source: string;
  story_id: string;
  views: number | null;
}

/** A list, as `GET /v1/…` answers it. */
export interface NewsAnswer {
  list: "related" | "most_read" | "trending" | "latest" | "section" | "inline";
  heading: string;
  rec_id: string;
  generated_at: string;
  data_until: string | null;
  model: { name: string; version: string } | null;
  degraded: boolean;
  reason: string | null;
  window: string | null;
  window_used: string | null;
  section: string | null;
  unit: "views" | "readers" | null;
  items: NewsItem[];
}

/**
 * `<news-list>`. Its attributes say what is asked; a change asks anew.
 *
 * What stands inside the tag is shown until, and unless, a list arrives. Tags with `page` share one
 * request, in which the first of them speaks for all where it is about the page and not about a
 * block: `for`, `site`, `language`, `max-age`, `exclude`, `sponsored`, `api`, `src`, `timeout`.
 */
export interface NewsListElement extends HTMLElement {
  /** Asks anew; rows of articles that stay keep their elements. Never rejects. */
  refresh(): Promise<void>;
}

/** All bubble, and leave shadow trees. */
export interface NewsListEvents {
  /** The list is there. */
  "newslist:load": CustomEvent<NewsAnswer>;
  /** There is nothing to list; what is shown stays. */
  "newslist:empty": CustomEvent<NewsAnswer>;
  /** A reader follows a link. */
  "newslist:click": CustomEvent<NewsItem>;
}

declare global {
  interface HTMLElementTagNameMap {
    "news-list": NewsListElement;
  }
  interface HTMLElementEventMap extends NewsListEvents {}
  interface Window {
    /** Whether the page's view was reported, by news-list.js or beacon.js. */
    newsListViewed?: unknown;
  }
}
