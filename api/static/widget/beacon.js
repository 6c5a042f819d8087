// Reports views, and clicks and impressions of lists that the site's server renders.
// <script defer src="…/widget/beacon/v1.js" data-for="article id or address"></script>
(() => {
  const script = document.currentScript;
  const { api, site, for: about } = script.dataset;
  const engine = (api || new URL(script.src).origin).replace(/\/$/, "");
  const viewed = Symbol.for("news-list.viewed"); // news-list.js has it too
  const canonical = document.querySelector("link[rel=canonical]");
  const name = about || canonical?.href || location.href.split("#")[0];
  const isWeb = /^https?:/i.test(name);
  let timer;

  const report = async (events) => {
    const { globalPrivacyControl, doNotTrack } = navigator;
    if ((globalPrivacyControl || doNotTrack == 1) && events[0].event_type != "view") return;
    const url = `${engine}/v1/events`;
    const body = JSON.stringify(events);
    try {
      navigator.sendBeacon(url, body) || (await fetch(url, { method: "POST", body, keepalive: true, mode: "no-cors" }));
    } catch {}
  };

  const look = () => {
    if (document.hidden || document.prerendering) timer = clearTimeout(timer);
    else timer ||= setTimeout(() => {
      if (window[viewed]) return;
      window[viewed] = true;
      report([{ event_type: "view", [isWeb ? "url" : "article_id"]: name, site }]);
    }, 2000);
  };

  /** What a link of a list, or its row, stands for. */
  const event = (row, event_type) => {
    const { list, rec } = row.closest("[data-list]").dataset;
    const position = [...row.parentNode.children].indexOf(row) + 1;
    const from = isWeb ? undefined : name;
    return { event_type, article_id: row.dataset.id, list, rec_id: rec, position, from_article_id: from, site };
  };

  const sight = new IntersectionObserver(
    (entries) => {
      for (const { target, intersectionRatio } of entries) target.seen = intersectionRatio >= 0.5 && entries;
      setTimeout(() => {
        const rows = entries.map(({ target }) => target).filter((row) => row.seen == entries);
        for (const row of rows) {
          sight.unobserve(row);
          if (document.hidden) sight.observe(row);
        }
        if (rows[0] && !document.hidden) report(rows.map((row) => event(row, "impression")));
      }, 1000);
    },
    { threshold: 0.5 },
  );

  const click = ({ target, button }) => {
    const row = button < 2 && target.closest(".news-list a[href]")?.closest("[data-list] [data-id]");
    if (row) report([event(row, "click")]);
  };

  const start = () => {
    for (const row of document.querySelectorAll("[data-list] [data-id]")) sight.observe(row);
  };
  document.addEventListener("visibilitychange", look);
  document.addEventListener("prerenderingchange", look);
  document.addEventListener("click", click);
  document.addEventListener("auxclick", click);
  document.addEventListener("DOMContentLoaded", start);
  look();
  start();
})();
