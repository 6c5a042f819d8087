// See docs/widget.md; load with defer.
(() => {
  const { src, dataset } = document.currentScript;
  const { api = new URL(src).origin, site } = dataset;
  const subject = dataset.for || document.querySelector("link[rel=canonical]")?.href || location.href.split("#")[0];
  let timer;

  const report = (event_type, events) => {
    if ((navigator.globalPrivacyControl || navigator.doNotTrack == 1) && event_type != "view") return;
    const url = `${api}/v1/events`;
    const body = JSON.stringify(events.map((event) => ({ event_type, site, ...event })));
    return navigator.sendBeacon?.(url, body) || fetch(url, { method: "POST", body, keepalive: true }).catch(() => {});
  };

  // One view a page, from here or news-list.js.
  const look = () => {
    if (document.hidden || document.prerendering) timer = clearTimeout(timer);
    else
      timer ||= setTimeout(() => {
        window.newsListViewed ||= report("view", [{ [/^https?:/i.test(subject) ? "url" : "article_id"]: subject }]);
      }, 2000);
  };

  const placeOf = (row) => {
    const { list, rec: rec_id } = row.closest("[data-list]").dataset;
    return { article_id: row.dataset.id, list, rec_id, position: [...row.parentNode.children].indexOf(row) + 1 };
  };

  const sight = new IntersectionObserver(
    (entries) => {
      for (const { target, intersectionRatio } of entries) target.seen = intersectionRatio >= 0.5 && entries;
      setTimeout(() => {
        const rows = entries.map(({ target }) => target).filter((row) => row.seen == entries && !document.hidden);
        for (const row of rows) sight.unobserve(row);
        if (rows[0]) report("impression", rows.map(placeOf));
      }, 1000);
    },
    { threshold: 0.5 },
  );

  const click = ({ target, button }) => {
    const row = target.closest?.("[data-list] a")?.closest("[data-id]");
    if (row && button < 2) report("click", [placeOf(row)]);
  };

  document.addEventListener("visibilitychange", look);
  document.addEventListener("prerenderingchange", look);
  document.addEventListener("click", click);
  document.addEventListener("auxclick", click);
  for (const row of document.querySelectorAll("[data-list] [data-id]")) sight.observe(row);
  look();
})();
