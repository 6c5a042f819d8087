"""Every store: which events count, and that each is accounted for."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from recsys.counting import names
from recsys.counting.base import Arrival, Client
from recsys.counting.concentration import allowed
from recsys.data.stores import open_store
from recsys.lists.windows import span
from recsys.records import Article, Event
from recsys.settings import RULES, Counting, Settings, Site
from recsys.times import day_number
from tests.effort import examples

NOON = 1_772_366_400  # 2026-03-01T12:00:00Z
NOW = NOON * 1000
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
READER = Client("203.0.113.7", AGENT)
ZONES = (
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Europe/Paris",
    "Australia/Lord_Howe",
    "UTC",
)

QUICK_ZONES = ("Africa/Casablanca",)  # the others are tried in make test
URLS = {
    "file": lambda folder: f"sqlite:///{folder}/news.db",
    "memory": lambda _: "sqlite:///:memory:",
}


def settings_of(**counting):
    sites = {zone.replace("/", "-"): Site(time_zone=zone) for zone in ZONES}
    return Settings(sites=sites, counting=Counting(**counting))


def opened(settings=None, url="sqlite:///:memory:"):
    return open_store(url, settings or settings_of())


def view(client=READER, article_id="a", at=0, **rest):
    """Return a view of a known article, ``at`` seconds after noon."""
    event = Event(NOW + at * 1000, article_id, **rest)
    return Arrival(event, client, known=article_id)


def reader(n, network=None):
    """Return one of many readers, each in a range of his own unless it is named."""
    address = f"10.{n // 250 % 250}.{n % 250}.1" if network is None else f"{network}.{n % 250}"
    return Client(address, f"{AGENT} {n // 250}")


def totals(store, site="default"):
    """Return the views and readers of every article."""
    counts = store.counts()
    views, readers = Counter(), Counter()
    for key, n in zip(counts.view_key.tolist(), counts.views.tolist(), strict=True):
        views[counts.keys[key][1]] += n
    for key, n in zip(counts.reader_key.tolist(), counts.readers.tolist(), strict=True):
        readers[counts.keys[key][1]] += n
    return views, readers


def account(store, article_id=None, site="default"):
    """Return received, counted and dropped, having checked that they agree."""
    document = store.ledger(site, article_id).document()
    assert document["received"] == document["counted"] + sum(document["dropped"].values())
    for part in document["types"].values():
        assert part["received"] == part["counted"] + sum(part["dropped"].values())
    assert sum(day["received"] for day in document["days"]) == document["received"]
    return document["received"], document["counted"], document["dropped"]


@pytest.fixture(params=URLS)
def store(request, tmp_path):
    made = opened(url=URLS[request.param](tmp_path))
    yield made
    made.close()


def test_the_settings_name_the_rules_in_the_order_of_the_table():
    assert names() == RULES


@pytest.mark.parametrize(
    ("arrival", "rule"),
    [
        (view(Client("203.0.113.7", "")), "bots"),
        (view(Client("203.0.113.7", "Googlebot/2.1 (+http://www.google.com/bot.html)")), "bots"),
        (view(Client("203.0.113.7", AGENT, prefetch=True)), "prefetch"),
        (view(Client("192.0.2.9", AGENT)), "staff"),
        (view(Client("::ffff:192.0.2.9", AGENT)), "staff"),
        (view(at=61), "future"),
        (view(None, at=61), "future"),
        (view(None, at=-24 * 3600 - 1), "too_old"),
        (replace(view(), known=None), "unknown_article"),
        (view(list="related"), "own_lists"),
    ],
)
def test_each_rule_drops_what_is_its_own(arrival, rule):
    store = opened(settings_of(staff=("192.0.2.0/28",), rules=RULES))
    receipt = store.put_arrivals([arrival], NOW)
    assert (receipt.counted, receipt.outcomes) == (0, (rule,))
    assert account(store) == (1, 0, {rule: 1})
    assert not totals(store)[0].total()
    store.close()


def test_what_no_rule_drops_counts_and_is_kept(store):
    receipt = store.put_arrivals([view(), view(None, at=60), view(None, at=-86400)], NOW)
    assert (receipt.counted, receipt.outcomes) == (3, (None, None, None))
    assert account(store, "a") == (3, 3, {})
    assert [event.article_id for event in store.events()] == ["a", "a", "a"]


def test_rules_that_are_not_asked_for_drop_nothing():
    store = opened(settings_of(rules=("repeated", "unknown_article", "half_hour")))
    robot = Client("203.0.113.7", "curl/8")
    assert store.put_arrivals([view(robot), view(robot, at=9000)], NOW).counted == 2
    store.close()


def test_a_reader_is_an_address_and_an_agent_and_no_name_he_gives_himself(store):
    same = [view(visitor_id=f"{n}") for n in range(5)]
    others = [view(Client("203.0.113.7", AGENT + " other")), view(Client("203.0.113.8", AGENT))]
    assert store.put_arrivals([*same, *others], NOW).counted == 3
    assert account(store, "a") == (7, 3, {"half_hour": 4})
    assert totals(store)[1]["a"] == 3


def test_an_address_in_the_clothes_of_ipv6_is_the_same_reader(store):
    assert store.put_arrivals([view(Client("::ffff:203.0.113.7", AGENT)), view()], NOW).counted == 1


def test_with_a_key_visitors_are_whom_the_sender_says_they_are(store):
    rows = [view(None, visitor_id="v"), view(None, visitor_id="v", at=9), view(None), view(None)]
    assert store.put_arrivals(rows, NOW).counted == 3


def test_a_repeated_event_id_is_dropped_for_48_hours(store):
    late = NOW + 48 * 3_600_000
    once, again = view(event_id="e"), view(reader(1), event_id="e")
    assert store.put_arrivals([once, again], NOW).outcomes == (None, "repeated")
    store.tidy(late // 1000 - 60)
    assert store.put_arrivals([again], late - 60_000).outcomes[0] != "counted"
    store.tidy(late // 1000 + 60)
    assert store.put_arrivals([view(reader(2), at=172_900, event_id="e")], late + 100_000).counted


def test_more_than_a_person_can_do_in_a_minute_is_dropped():
    store = opened(settings_of(events_per_minute=3))
    rows = [view(article_id=name) for name in "abcde"]
    assert store.put_arrivals(rows, NOW).outcomes == (None, None, None, "rate_limit", "rate_limit")
    assert store.put_arrivals(rows[3:], NOW + 60_000).counted == 2
    store.close()


def test_people_behind_one_address_each_have_their_own_limit():
    store = opened(settings_of(events_per_minute=3))
    people = [Client("203.0.113.7", f"{AGENT} {n}") for n in range(40)]
    rows = [view(person, name) for person in people for name in "abc"]
    assert store.put_arrivals(rows, NOW).counted == 120
    store.close()


def test_events_about_an_article_that_arrives_later_count_then_as_of_their_own_time(store):
    by_id = [replace(view(reader(n), "late", at=n), known=None) for n in range(3)]
    same = replace(view(reader(0), "late", at=30), known=None)
    event = Event(NOW, None, "https://site.example/late?utm_source=x")
    by_url = Arrival(event, reader(9))
    clicked = replace(view(reader(1), "late", event_type="click", list="latest"), known=None)
    rows = [*by_id, same, by_url, clicked]
    assert set(store.put_arrivals(rows, NOW).outcomes) == {"unknown_article"}
    assert account(store, "late") == (5, 0, {"unknown_article": 5})
    assert not list(store.events())
    store.put_articles([Article("late", title="t", url="http://site.example/late/")])
    assert totals(store)[0] == {"late": 4}
    assert account(store, "late") == (6, 5, {"half_hour": 1})
    assert account(store) == (6, 5, {"half_hour": 1})
    assert {event.article_id for event in store.events()} == {"late"}


def test_events_about_what_never_arrives_are_let_go_after_48_hours(store):
    store.put_arrivals([replace(view(), known=None)], NOW)
    assert store.waiting_for() == [("default", "a", None)]
    store.tidy(NOON + 48 * 3600 + 1)
    assert store.waiting_for() == []
    store.put_articles([Article("a", title="t")])
    assert account(store) == (1, 0, {"unknown_article": 1})


def test_an_article_that_only_the_service_knows_can_be_admitted(store):
    store.put_arrivals([replace(view(), known=None)], NOW)
    store.put_arrivals([Arrival(Event(NOW, None, "https://x.example/a/"), reader(2))], NOW)
    for site, article_id, address in store.waiting_for():
        assert (site, address) in {("default", None), ("default", "https://x.example/a")}
        store.admit(site, article_id or "a", NOW, address)
    assert account(store, "a") == (2, 2, {})
    assert totals(store)[0] == {"a": 2}


def test_a_withdrawn_article_is_not_known_any_more(store):
    store.put_articles([Article("a", title="t")])
    assert store.put_arrivals([Arrival(Event(NOW, "a"), READER)], NOW).counted == 1
    store.delete_article("default", "a")
    arrival = Arrival(Event(NOW, "a"), reader(3))
    assert store.put_arrivals([arrival], NOW).outcomes == ("unknown_article",)


def test_views_that_our_own_lists_brought_are_marked_and_dropped_only_if_asked(store):
    click = view(event_type="click", list="related", position=2)
    rows = [click, view(at=2), view(reader(1), at=2), view(reader(2), list="latest", at=2)]
    assert store.put_arrivals(rows, NOW + 5000).counted == 3
    assert store.ledger("default", "a").document()["from_own_lists"] == 2
    assert [event.list for event in store.events()] == ["related", "related", None, "latest"]
    strict = opened(settings_of(rules=RULES))
    assert strict.put_arrivals(rows, NOW + 5000).outcomes == (None, "own_lists", None, "own_lists")
    strict.close()


def test_neither_names_nor_sessions_are_kept_as_they_came_and_with_gpc_not_at_all(store):
    rows = [
        view(visitor_id="me", session_id="s"),
        view(None, visitor_id="me", session_id="s"),
        view(replace(reader(5), no_trace=True), visitor_id="me", session_id="s"),
    ]
    assert store.put_arrivals(rows, NOW).counted == 3
    kept = [(event.visitor_id, event.session_id) for event in store.events()]
    assert kept[2] == (None, None)
    assert all(len(name) == 16 for pair in kept[:2] for name in pair)
    assert kept[0][0] != kept[1][0]
    assert kept[0][1] == kept[1][1]


def test_the_salt_changes_at_the_sites_midnight_so_no_day_can_be_joined_to_another(store):
    midnight = (NOON + 12 * 3600) * 1000
    for at in (midnight - 3_600_000, midnight + 3_600_000):
        store.put_arrivals([Arrival(Event(at, "a"), READER, known="a")], at)
    first, second = (event.visitor_id for event in store.events())
    assert first != second
    assert totals(store) == ({"a": 2}, {"a": 2})


def test_without_retention_no_raw_event_is_kept_and_counts_are_the_same():
    store = opened(settings_of(retention=0))
    assert store.put_arrivals([view(), view(), view(reader(1))], NOW).counted == 2
    assert list(store.events()) == []
    assert account(store, "a") == (3, 2, {"half_hour": 1})
    store.close()


def ranges_oracle(arrivals):
    """Return how many views of every article and hour count, range by range."""
    earliest, by_range = {}, {}
    for arrival in arrivals:
        name = (arrival.event.article_id, arrival.event.timestamp // 1_800_000, arrival.client)
        at = arrival.event.timestamp
        earliest[name] = min(at, earliest.get(name, at))
    for (article, _, client), at in earliest.items():
        hour = by_range.setdefault((article, at // 3_600_000), Counter())
        hour[client.network] += 1
    counted = Counter()
    for (article, _), networks in by_range.items():
        for views in networks.values():
            counted[article] += min(views, allowed(networks.total() - views))
    return counted


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_range_counts_what_others_allow_in_whatever_order_and_batches_events_come(seed):
    rng = random.Random(seed)
    crowd = [reader(n, "198.51.100") for n in range(600)] + [reader(n) for n in range(900)]
    crowd += [reader(n, "192.0.2") for n in range(250)]
    rows = [view(rng.choice(crowd), rng.choice("aab"), -rng.randrange(7200)) for _ in range(2500)]
    expected, outcomes = ranges_oracle(rows), []
    for _ in range(3):
        rng.shuffle(rows)
        store = opened(settings_of(events_per_minute=10_000))
        start = 0
        while start < len(rows):
            size = rng.randrange(1, 900)
            store.put_arrivals(rows[start : start + size], NOW)
            start += size
        outcomes.append((totals(store)[0], account(store)))
        received, counted, dropped = account(store)
        assert received == len(rows)
        assert totals(store)[0] == expected
        assert dropped["concentration"] > 0
        assert counted == expected.total()
        store.close()
    assert outcomes[0] == outcomes[1] == outcomes[2]


@pytest.mark.slow
def test_one_range_brings_nothing_up_by_itself_and_its_readers_count_no_more(store):
    rows = [view(reader(n, "198.51.100")) for n in range(2000)]
    store.put_arrivals(rows, NOW)
    views, readers = totals(store)
    assert (views["a"], readers["a"]) == (50, 50)
    store.put_arrivals([view(reader(n)) for n in range(1000)], NOW)
    views, readers = totals(store)
    assert (views["a"], readers["a"]) == (1200, 1200)
    assert account(store, "a") == (3000, 1200, {"concentration": 1800})


instants = st.builds(
    lambda zone, edge, minutes: (zone, edge, minutes),
    st.sampled_from(ZONES),
    st.sampled_from(["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-25", "2026-10-29"]),
    st.integers(-90, 1600),
)


@pytest.mark.slow
@effort(deadline=None, max_examples=examples(60))
@given(
    st.lists(st.tuples(instants, st.integers(0, 3), st.sampled_from("ab")), max_size=60),
    st.randoms(use_true_random=False),
)
def test_any_order_of_the_same_events_gives_the_same_totals(drawn, rng):
    rows = []
    for (zone, edge, minutes), who, name in drawn:
        midnight = datetime.fromisoformat(edge).replace(tzinfo=ZoneInfo(zone))
        at = int((midnight.astimezone(UTC) + timedelta(minutes=minutes)).timestamp() * 1000)
        event = Event(at, name, visitor_id=f"{who}" if who else None, site=zone.replace("/", "-"))
        rows.append(event)
    seen = []
    for imported in (True, False):
        for _ in range(3):
            rng.shuffle(rows)
            store = opened(settings_of(rules=("repeated", "unknown_article", "half_hour")))
            for start in range(0, len(rows), 7):
                arrivals = [
                    Arrival(row, imported=imported, known=row.article_id)
                    for row in rows[start : start + 7]
                ]
                store.put_arrivals(arrivals, NOW)
            counts = store.counts()
            seen.append(
                (
                    sorted(
                        zip(
                            [counts.keys[k] for k in counts.view_key],
                            counts.view_minute.tolist(),
                            counts.views.tolist(),
                            strict=True,
                        )
                    ),
                    sorted(
                        zip(
                            [counts.keys[k] for k in counts.reader_key],
                            counts.reader_day.tolist(),
                            counts.readers.tolist(),
                            strict=True,
                        )
                    ),
                    [account(store, site=zone.replace("/", "-")) for zone in ZONES],
                )
            )
            store.close()
    assert all(each == seen[0] for each in seen)


@pytest.mark.parametrize(
    "zone",
    [z if z in QUICK_ZONES else pytest.param(z, marks=pytest.mark.slow) for z in ZONES],
)
def test_days_of_every_length_are_exact(zone):
    """A view every half hour of 2026: each local day has as many as it has half hours."""
    name, tz = zone.replace("/", "-"), ZoneInfo(zone)
    start = int(datetime(2026, 1, 1, tzinfo=tz).timestamp())
    end = int(datetime(2027, 1, 1, tzinfo=tz).timestamp())
    store = opened()
    instants = range(start, end, 1800)
    store.put_events([Event(at * 1000, "a", site=name) for at in instants])
    expected = Counter(datetime.fromtimestamp(at, tz).date().isoformat() for at in instants)
    document = store.ledger(name, "a").document()
    assert {day["day"]: day["counted"] for day in document["days"]} == expected
    counts = store.counts()
    assert dict(zip(counts.reader_day.tolist(), counts.readers.tolist(), strict=True)) == {
        (datetime.fromisoformat(day) - datetime(1970, 1, 1)).days: n for day, n in expected.items()
    }
    minutes = dict(zip(counts.view_minute.tolist(), counts.views.tolist(), strict=True))
    hours = set()
    for day, n in sorted(expected.items())[2:-1]:
        noon = int(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=tz).timestamp())
        where = span("yesterday", noon + 86400, zone)
        assert where.first_day == day_number(noon, zone)
        width = where.last_minute + 1 - where.first_minute
        hours.add(width / 60)
        assert sum(minutes.get(m, 0) for m in range(where.first_minute, where.last_minute + 1)) == n
    assert hours <= {23, 23.5, 24, 24.5, 25}
    assert (len(hours) > 1) == (zone not in ("UTC", "Asia/Kathmandu"))
    store.close()
