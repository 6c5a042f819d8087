import pytest

from recsys.counting.base import Arrival, Client
from recsys.data.stores import open_store
from recsys.records import Article, Event

NOW = 1_772_366_400_000
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def counted(tmp_path):
    """A store in which a reader reloaded, and a robot came by."""
    url = f"sqlite:///{tmp_path}/news.db"
    store = open_store(url)
    store.put_articles([Article("a", title="a"), Article("unread", title="u")])
    person, robot = Client("203.0.113.7", AGENT), Client("203.0.113.8", "curl/8")
    events = [Event(NOW, "a"), Event(NOW, "a"), Event(NOW, "a", event_type="impression")]
    store.put_arrivals([Arrival(event, person) for event in events], NOW)
    store.put_arrivals([Arrival(Event(NOW, "a"), robot)], NOW)
    store.close()
    return url


def test_the_ledger_says_what_counted_and_what_was_dropped_by_which_rule(recsys, counted):
    said = recsys("ledger", "a", "--store", counted, "--json")
    assert said.code == 0
    assert said.document == {
        "site": "default",
        "article_id": "a",
        "received": 4,
        "counted": 2,
        "dropped": {"bots": 1, "half_hour": 1},
        "from_own_lists": 0,
        "types": {
            "view": {"received": 3, "counted": 1, "dropped": {"bots": 1, "half_hour": 1}},
            "impression": {"received": 1, "counted": 1, "dropped": {}},
        },
        "days": [{"day": "2026-03-01", "received": 4, "counted": 2}],
    }
    lines = recsys("ledger", "--store", counted).lines
    assert ["dropped: half_hour", "1"] in lines
    assert ["views", "3 received, 1 counted"] in lines


def test_an_article_nobody_read_has_an_empty_ledger_and_an_unknown_one_none(
    recsys, counted, refused
):
    assert recsys("ledger", "unread", "--store", counted, "--json").document["received"] == 0
    assert "there is no article 'nobody'" in refused(1, "ledger", "nobody", "--store", counted)


def test_a_reader_who_asks_for_it_is_forgotten_and_what_he_read_still_counts(recsys, counted):
    who = ["--address", "203.0.113.7", "--agent", AGENT]
    said = recsys("forget", "--store", counted, *who, "--json")
    assert said.document == {"site": "default", "deleted": 4}
    assert recsys("forget", "--store", counted, *who).out == "0 rows deleted\n"
    assert recsys("ledger", "a", "--store", counted, "--json").document["counted"] == 2


@pytest.mark.parametrize(
    "who",
    [[], ["--address", "203.0.113.7"], ["--agent", AGENT], ["--visitor", "v", "--address", "a"]],
)
def test_whom_to_forget_must_be_said_in_one_way(refused, counted, who):
    said = refused(2, "forget", "--store", counted, *who)
    assert said == "give either --visitor ID, or --address IP and --agent UA"
