"""Editors' decisions in every list against a slow, obvious oracle, on random newsrooms."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pytest

from recsys.data.views import ViewCounts
from recsys.lists import LISTS, Query, recommend
from recsys.lists.windows import PLAIN, wider
from recsys.model import Model
from recsys.overrides import FACTORS, Overrides
from recsys.page import compose, default_blocks
from recsys.recipe import Recipe
from recsys.records import Article, Override
from recsys.signals.popularity import Popularity
from recsys.signals.similarity import term_products
from recsys.snapshot import Snapshot
from recsys.times import HOUR, UNKNOWN

pytestmark = pytest.mark.slow  # slow twins

NOW = 1_800_000_000
WORDS = ["ship", "grain", "strait", "harbour", "strike", "cup", "final", "budget", "vote", "river"]


@dataclass(frozen=True)
class Item:
    row: int
    score: float
    source: str
    views: int | None = None


@dataclass(frozen=True)
class Told:
    """What holds about one article in one list."""

    excluded: bool
    factor: float
    slot: int | None
    decided: int  # place among all decisions: later ones are newer


def told_about(decisions, site, name, in_list):
    found = {}
    for i, d in enumerate(decisions):
        active = d.expires_at is None or d.expires_at > NOW
        if (d.site, d.article_id) == (site, name) and active and d.list in (None, in_list):
            special = (d.action in found) and found[d.action][1].list is not None
            if not special:
                found[d.action] = (i, d)
    factor = 1.0
    for action in ("boost", "bury"):
        if action in found:
            given = found[action][1].factor
            factor *= FACTORS[action] if given is None else given
    place, pin = found.get("pin", (0, None))
    return Told("exclude" in found, factor, pin and (pin.slot or 1), place)


class Oracle:
    """One list, worked out article by article."""

    def __init__(self, snapshot, articles, reads, decisions, name, query):
        self.snapshot, self.name, self.query, self.reads = snapshot, name, query, reads
        self.articles = sorted(articles, key=lambda a: a.key)
        self.rows = range(len(articles))
        self.told = [told_about(decisions, *a.key, name) for a in self.articles]
        self.story = snapshot.leaders.tolist()
        self.anchor = query.row
        sites = snapshot.corpus.sites
        worth = Popularity().fit(
            snapshot.views, NOW // 60, snapshot.corpus.site, [1.0] * len(sites)
        )
        self.worth = worth.scores_

    def fits(self, row, out, last, **changes):
        article, query = self.articles[row], self.query
        asked = {
            "section": query.section,
            "language": query.language,
            "max_age": query.max_age,
            "sponsored": query.sponsored,
            **changes,
        }
        language = asked["language"]
        if language is None and self.anchor >= 0:
            language = self.articles[self.anchor].language
        if "any_language" in changes:
            language = None
        return (
            article.site == query.site
            and row != self.anchor
            and row not in out
            and article.published_at <= NOW
            and (asked["sponsored"] or not article.sponsored)
            and language in (None, article.language)
            and (asked["section"] is None or asked["section"] in article.section)
            and (asked["max_age"] is None or article.published_at >= NOW - asked["max_age"])
            and not self.told[row].excluded
            and (last or self.told[row].factor > 0)
        )

    def one_of_each_story(self, items, told=()):
        kept, told = [], set(told)
        for item in items:
            if self.story[item.row] not in told:
                told.add(self.story[item.row])
                kept.append(item)
        return kept

    # what each list ranks by itself

    def latest(self, out, last, source="latest", **changes):
        def key(row):
            factor = self.told[row].factor
            group = 0 if factor > 1 else 1 if factor == 1 else 2
            return group, -self.articles[row].published_at, row

        rows = sorted((r for r in self.rows if self.fits(r, out, last, **changes)), key=key)
        items = [Item(r, float(max(self.articles[r].published_at, 0)), source) for r in rows]
        return self.one_of_each_story(items)

    def count(self, row, window):
        first = (NOW - PLAIN["24h" if window == "now" else window] + 60) // 60
        return sum(n for r, minute, n in self.reads if r == row and minute >= first)

    def read(self, out, last, window, **changes):
        changes["sponsored"] = False
        stories = defaultdict(list)
        for row in self.rows:
            count = self.count(row, window)
            worth = float(self.worth[row]) if window == "now" else count
            if worth > 0 and self.fits(row, out, last, **changes):
                stories[self.story[row]].append((worth * self.told[row].factor, -row, count))
        items = []
        for members in stories.values():
            best = max(members)
            score = round(sum(m[0] for m in members), 6)
            items.append(Item(-best[1], score, "most_read", sum(m[2] for m in members)))
        return sorted(
            items, key=lambda i: (-i.score, -self.articles[i.row].published_at, i.row)
        )  # fmt: skip

    def similar(self, out, last):
        told = [self.story[self.anchor]]
        fit = [r for r in self.rows if self.fits(r, out, last) and self.is_similar(r)]
        fit.sort(key=lambda r: (-self.alike(r), r))
        return self.one_of_each_story([Item(r, self.alike(r), "related") for r in fit], told)

    def cosine(self, row):
        space = self.snapshot.space
        products = term_products(space.vector(self.anchor), space.vector(row))[1]
        return round(float(sum(products.tolist())), 6)

    def is_similar(self, row):
        return self.cosine(row) >= max(self.snapshot.parts.similarity.min_similarity, 1e-6)

    def alike(self, row):
        """The score of a row in the related list, 0 where it is not similar enough."""
        snapshot = self.snapshot
        if not self.is_similar(row):
            return 0.0
        one = np.array([row], dtype=np.int32)
        aged = snapshot.freshness(self.query.site)
        fresh = aged.factors(snapshot.corpus.published[one], NOW)[0]
        read = snapshot.popularity(NOW).factors(one)[0]
        blend = snapshot.parts.blend
        score = self.cosine(row) * fresh**blend.freshness * read**blend.popularity
        return float(round(score * self.told[row].factor, 6))

    def rising(self, row):
        score = float(self.snapshot.trend(NOW).scores_[row])
        return round(score * self.told[row].factor, 6) if score > 1 else 0.0

    def rising_views(self, row):
        return int(self.snapshot.trend(NOW).recent_[row])

    # the lists, filled up

    def filled(self, items, limit, out, *others):
        for other in others:
            if len(items) < limit:
                told = {self.story[i.row] for i in items}
                more = other(out | {i.row for i in items})
                items = items + [
                    Item(i.row, 0.0, i.source, i.views or 0)
                    for i in self.one_of_each_story(more, told)
                ]
        return items[:limit]

    def listed(self, limit, out, last):
        """The list without pins, and the window that was used."""
        return getattr(self, f"list_{self.name}")(limit, out, last)

    def list_latest(self, limit, out, last):
        return self.latest(out, last)[:limit], None

    def list_section(self, limit, out, last):
        return self.latest(out, last, "section")[:limit], None

    def list_most_read(self, limit, out, last):
        asked = self.query.window
        found, used = self.read(out, last, asked)[:limit], asked
        for window in wider(asked):
            more = self.read(out, last, window)[:limit]
            if len(found) < limit and len(more) > len(found):
                found, used = more, window
        changes = {"sponsored": False}
        items = self.filled(found, limit, out, lambda o: self.latest(o, last, **changes))
        return items, used if found else None

    def list_trending(self, limit, out, last):
        scores = self.snapshot.trend(NOW).scores_
        rows = [r for r in self.rows if scores[r] > 1 and self.fits(r, out, last)]
        rows.sort(key=lambda r: (-self.rising(r), r))
        items = [Item(r, self.rising(r), "trending", self.rising_views(r)) for r in rows]
        return self.filled(
            self.one_of_each_story(items)[:limit],
            limit,
            out,
            lambda o: self.read(o, last, "now"),
            lambda o: self.latest(o, last),
        ), None

    def list_related(self, limit, out, last):
        items = self.similar(out, last)[:limit]
        out = out | {r for r in self.rows if self.story[r] == self.story[self.anchor]}
        section = self.articles[self.anchor].section[0]
        others = [lambda o: self.read(o, last, "now"), lambda o: self.latest(o, last)]
        if self.query.section is None:
            others.insert(0, lambda o: self.read(o, last, "now", section=section))
        return self.filled(items, limit, out, *others), None

    def list_inline(self, limit, out, last):
        links = [
            Item(r, 1.0, "editors")
            for r in self.linked()
            if self.fits(r, out, True, section=None, language=None, max_age=None, any_language=1)
        ]
        links = self.one_of_each_story(links)[:limit]
        if len(links) == limit:
            return links, None
        told = {self.story[i.row] for i in links}
        out = out | {r for r in self.rows if self.story[r] in told}
        return links + self.list_related(limit - len(links), out, last)[0], None

    def linked(self):
        ids = {a.article_id: r for r, a in enumerate(self.articles) if a.site == self.query.site}
        return [ids[link] for link in self.articles[self.anchor].inline_links if link in ids]

    # what the editors put on top

    def with_worthless(self, limit, out):
        items, used = self.listed(limit, out, False)
        if len(items) < limit:
            told = {self.story[i.row] for i in items}
            more = self.listed(limit + len(told), out | {i.row for i in items}, True)[0]
            items = items + self.one_of_each_story(more, told)
        return items[:limit], used

    def pins(self):
        """(place, row), by place."""
        own = self.story[self.anchor] if self.name in ("related", "inline") else None
        changes = {"sponsored": False} if self.name == "most_read" else {}
        left = {
            r: told
            for r, told in enumerate(self.told)
            if told.slot is not None
            and told.slot <= self.query.limit
            and self.fits(r, self.query.exclude, True, **changes)
            and self.story[r] != own
        }
        placed = []
        for place in range(1, self.query.limit + 1):
            stories = {self.story[r] for _, r in placed}
            rivals = [
                r for r, t in left.items() if t.slot <= place and self.story[r] not in stories
            ]
            if rivals:
                winner = max(rivals, key=lambda r: left[r].decided)
                placed.append((place, winner))
                del left[winner]
        return placed

    def own(self, row, used):
        """The pinned item, with what it scores and counts by itself."""
        if self.name in ("latest", "section"):
            return Item(row, float(max(self.articles[row].published_at, 0)), "pinned")
        if self.name == "trending":
            return Item(row, self.rising(row), "pinned", self.rising_views(row))
        if self.name == "most_read":
            for item in self.read(self.query.exclude, True, used or self.query.window):
                if self.story[item.row] == self.story[row]:
                    return Item(row, item.score, "pinned", item.views)
            return Item(row, 0.0, "pinned", 0)
        if self.name == "inline" and row in self.linked():
            return Item(row, 1.0, "pinned")
        return Item(row, self.alike(row), "pinned")

    def answer(self):
        pins, limit = self.pins(), self.query.limit
        told = {self.story[row] for _, row in pins}
        out = self.query.exclude | {r for r in self.rows if self.story[r] in told}
        items, used = self.with_worthless(max(1, limit - len(pins)), out)
        items = items[: limit - len(pins)]
        for place, row in pins:
            items.insert(place - 1, self.own(row, used))
        return items


def newsroom(random):
    """Some articles of two sites, two languages and two sections, some at one address."""
    articles = []
    for i in range(int(random.integers(4, 22))):
        address = f"https://s.example/{random.integers(0, 12)}" if random.random() < 0.5 else None
        when = NOW - int(random.integers(-2, 40)) * HOUR
        articles.append(Article(
            f"a{i:02}", f"title {random.choice(WORDS)}", address,
            " ".join(random.choice(WORDS, 8)),
            section=tuple(random.choice(["news", "art"], random.integers(1, 3))),
            language=str(random.choice(["en", "en", "fr"])),
            published_at=UNKNOWN if random.random() < 0.1 else when,
            sponsored=bool(random.random() < 0.1),
            inline_links=tuple(f"a{j:02}" for j in random.integers(0, 25, 2)),
            site=str(random.choice(["default", "default", "other"])),
        ))  # fmt: skip
    return articles


def some_reads(random, n):
    reads = {}
    for _ in range(int(random.integers(0, 60))):
        place = int(random.integers(0, n)), NOW // 60 - int(random.choice([3, 30, 90, 900, 9000]))
        reads[place] = int(random.integers(1, 9))
    return [(*place, count) for place, count in reads.items()]


def some_decisions(random, names, n, sites=("default",)):
    """Decisions of all kinds, each article, action and list once, some expired, some unknown."""
    found = {}
    for _ in range(n):
        action = str(random.choice(["boost", "bury", "pin", "exclude"], p=[0.3, 0.25, 0.3, 0.15]))
        factors = {"boost": [1.5, 2.0, 100.0, None], "bury": [0.0, 0.0, 0.1, 0.5, None]}
        decision = Override(
            str(random.choice([*names, "unknown"])),
            action,
            random.choice([None, None, *LISTS]),
            random.choice(factors.get(action, [None])),
            int(random.integers(1, 8)) if action == "pin" else None,
            random.choice([None, None, NOW, NOW + 1]),
            site=str(random.choice(sites)),
        )
        found[decision.site, decision.article_id, action, decision.list] = decision
    return list(found.values())


def some_query(random, n, name):
    about = name in ("related", "inline")
    return {
        "row": int(random.integers(0 if about else -1, n)),
        "limit": int(random.integers(1, 13)),
        "section": random.choice([None, None, "news"]),
        "language": random.choice([None, None, "fr"]),
        "exclude": frozenset(random.integers(0, n, random.integers(0, 3)).tolist()),
        "max_age": random.choice([None, None, 20 * HOUR]),
        "sponsored": bool(random.random() < 0.3),
        "window": str(random.choice(["now", "1h", "24h"])),
        "explain": True,
    }


@pytest.mark.parametrize("seed", range(30))
def test_every_list_is_what_the_oracle_works_out(seed):
    random = np.random.default_rng(seed)
    articles = newsroom(random)
    model = Model(Recipe("test", {"stories": {"min_cosine": 2.0}})).fit(articles, now=NOW)
    n = len(articles)
    reads = some_reads(random, n)
    columns = np.array(reads, dtype=np.int32).reshape(-1, 3).T
    views = ViewCounts.from_rows(n, list(columns), [np.zeros(0, dtype=np.int32)] * 3)
    plain: Snapshot = model.snapshot_.with_views(views)
    names = [a.article_id for a in articles]
    for size in (0, 1, 3, 8, 20, 60):
        decisions = some_decisions(random, names, size, ("default", "other"))
        snapshot = plain.with_overrides(Overrides.of(decisions, plain.corpus))
        for name in LISTS:
            given = some_query(random, n, name)
            row = given["row"]
            site = snapshot.corpus.site_of(row) if row >= 0 else "default"
            query = Query(site=site, **given)
            answer = recommend(snapshot, name, query, NOW)
            oracle = Oracle(snapshot, articles, reads, decisions, name, query)
            check(answer, oracle, (seed, size, name, given, decisions))


def check(answer, oracle, told):
    names = {a.key: row for row, a in enumerate(oracle.articles)}
    expected = oracle.answer()
    site = oracle.query.site
    assert [names[site, i.article_id] for i in answer.items] == [i.row for i in expected], told
    assert [i.source for i in answer.items] == [i.source for i in expected], told
    scores = [i.score for i in answer.items]
    assert scores == pytest.approx([i.score for i in expected], abs=2e-6), told
    if oracle.name in ("most_read", "trending"):
        assert [i.views for i in answer.items] == [i.views or 0 for i in expected], told
    assert len({i.story_id for i in answer.items}) == len(answer.items), told
    for item in answer.items:
        about = oracle.told[names[site, item.article_id]]
        assert not about.excluded, told
        assert item.explain is None or item.explain.boost == pytest.approx(about.factor), told
    if oracle.name in ("latest", "section"):  # full whenever there is anything fit
        fit = [r for r in oracle.rows if oracle.fits(r, oracle.query.exclude, True)]
        stories = {oracle.story[r] for r in fit}
        assert len(answer.items) == min(oracle.query.limit, len(stories)), told


def test_on_a_page_whatever_was_decided_nothing_stands_twice_and_nothing_excluded(sample_model):
    random, snapshot = np.random.default_rng(5), sample_model.snapshot_
    corpus = snapshot.corpus
    names = [corpus.id_of(row) for row in range(len(corpus))]
    for _ in range(40):
        decisions = some_decisions(random, names, 120)
        out = snapshot.with_overrides(Overrides.of(decisions, corpus))
        row = int(random.integers(0, len(corpus)))
        query = Query(row=row)
        made = compose(out, query, default_blocks(out, query), NOW)
        listed = [(a.list, i.article_id) for a in made.blocks.values() for i in a.items]
        assert len({name for _, name in listed}) == len(listed) == 32
        assert corpus.id_of(row) not in {name for _, name in listed}
        for in_list, name in listed:
            assert not told_about(decisions, "default", name, in_list).excluded
