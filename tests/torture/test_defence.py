"""Those who would bring an article up, and those who read: the first do not count, the second do.

What counted is read from the ledger, where ``received == counted + dropped``.
"""

import random
import time

import pytest

from tests.torture.crowd import TRUSTING, Visit, agents, send
from tests.torture.load import until
from tests.torture.server import Server

pytestmark = pytest.mark.torture

HALF_HOUR = 1800
BOTS = (
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2;"
    " +https://openai.com/gptbot)",
    "Twitterbot/1.0",
    "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " HeadlessChrome/126.0.0.0 Safari/537.36",
    "curl/8.5.0",
    "Wget/1.21.4",
    "python-requests/2.32.3",
    "Go-http-client/1.1",
    "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)",
)
PREFETCHING = (
    ("Sec-Purpose", "prefetch"),
    ("Sec-Purpose", "prefetch;prerender"),
    ("Purpose", "prefetch"),
    ("X-Moz", "prefetch"),
)
WINDOWS = ("now", "1h", "24h")


@pytest.fixture
def server(home):
    with Server(home, settings=TRUSTING) as started:
        yield started


def test_one_reader_counts_once_in_half_an_hour(server, tier, told):
    before = half_hour()
    reader = Visit("198.51.100.7", agents(1)[0], ("g1",) * tier.one_reader_views)
    statuses = send(server.port, [reader])
    half_hours = 1 + half_hour() - before
    facts = ledger(server, "g1")
    told("one_reader", views=facts["received"], counted=facts["counted"], statuses=dict(statuses))
    assert facts["received"] == tier.one_reader_views
    assert 1 <= facts["counted"] <= half_hours
    assert set(facts["dropped"]) == {"half_hour"}


def test_one_range_of_addresses_does_not_bring_an_article_up(server, told):
    draw = random.Random(0)
    known = agents(100)
    farm = [Visit(f"203.0.113.{host}", agent, ("g999",)) for host in range(256) for agent in known]
    crowd = [
        Visit(
            f"{draw.randint(11, 99)}.{draw.randint(0, 255)}.{n}.9", draw.choice(known), (article,)
        )
        for article in (f"g{k}" for k in range(10))
        for n in range(80 + 10 * int(article[1:]))
    ]
    both = [*farm, *crowd]
    draw.shuffle(both)
    begun = time.monotonic()
    send(server.port, both)
    taken = time.monotonic() - begun
    facts = ledger(server, "g999")
    until(lambda: views(server, "24h", "g9") > 100, 10, "the lists know it")
    tops = {window: top(server, window) for window in WINDOWS}
    told(
        "one_range",
        received=facts["received"],
        counted=facts["counted"],
        dropped=facts["dropped"],
        seconds=taken,
    )
    assert facts["received"] == len(farm)
    for window, articles in tops.items():
        assert len(articles) == 10
        assert "g999" not in articles, window
    for n in range(10):
        assert ledger(server, f"g{n}")["counted"] >= 75  # readers from everywhere all count


def test_machines_and_prefetching_browsers_do_not_count(server, told):
    browser = agents(1)[0]
    visits = [Visit(f"192.0.2.{n}", agent, ("g3",)) for n, agent in enumerate(BOTS)]
    visits += [Visit("192.0.2.50", agent, ("g3",)) for agent in (None, "", "   ")]
    visits += [
        Visit(f"192.0.2.{100 + n}", browser, ("g3",), headers=(header,))
        for n, header in enumerate(PREFETCHING)
    ]
    send(server.port, visits)
    facts = ledger(server, "g3")
    told("bots", received=facts["received"], counted=facts["counted"], dropped=facts["dropped"])
    assert facts["received"] == len(visits)
    assert facts["counted"] == 0
    assert facts["dropped"] == {"bots": len(BOTS) + 3, "prefetch": len(PREFETCHING)}


def test_readers_behind_one_address_keep_their_counts(server, told):
    draw = random.Random(1)
    articles = [f"g{n}" for n in range(100)]
    visits = [
        Visit("198.51.100.20", agent, tuple(draw.sample(articles, 3))) for agent in agents(500)
    ]
    send(server.port, visits)
    facts = [ledger(server, each) for each in articles]
    received, counted = (sum(each[name] for each in facts) for name in ("received", "counted"))
    told("one_address", received=received, counted=counted, kept=counted / received)
    assert received == 1500
    assert counted >= 0.9 * received


def test_a_forged_address_changes_nothing(home, told):
    agent = agents(1)[0]
    with Server(home, settings={"COUNTING__EVENTS_PER_MINUTE": "1000000"}) as server:
        before = half_hour()
        send(server.port, [Visit(f"8.8.{n}.8", agent, ("g5",)) for n in range(200)])
        half_hours = 1 + half_hour() - before
        untrusted = ledger(server, "g5")
    with Server(home, settings=TRUSTING) as server:  # what a client writes before the proxy does
        forged = [Visit(f"8.8.{n}.8, 198.51.100.9", agent, ("g6",)) for n in range(200)]
        send(server.port, forged)
        half_hours = max(half_hours, 1 + half_hour() - before)
        trusted = ledger(server, "g6")
    told("forged", untrusted=untrusted["counted"], before_the_proxy=trusted["counted"])
    assert (untrusted["received"], trusted["received"]) == (200, 200)
    assert 1 <= untrusted["counted"] <= half_hours
    assert 1 <= trusted["counted"] <= half_hours


def half_hour() -> int:
    return int(time.time()) // HALF_HOUR


def ledger(server: Server, article: str):
    with server.client() as client:
        answer = client.get("/v1/ledger", params={"id": article})
    assert answer.status_code == 200, answer.text
    facts = answer.json()
    assert facts["received"] == facts["counted"] + sum(facts["dropped"].values())
    return facts


def top(server: Server, window: str) -> list[str]:
    with server.client() as client:
        answer = client.get("/v1/most-read", params={"window": window, "limit": 10})
    return [item["article_id"] for item in answer.json()["items"]]


def views(server: Server, window: str, article: str) -> int:
    with server.client() as client:
        answer = client.get("/v1/most-read", params={"window": window, "limit": 100})
    items = {item["article_id"]: item["views"] or 0 for item in answer.json()["items"]}
    return items.get(article, 0)
