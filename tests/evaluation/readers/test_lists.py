"""Lists made with arrays against the same made with dictionaries."""

import json
import random

import numpy as np
import pytest

from recsys.evaluation.dataset import Dataset
from recsys.evaluation.readers import Reading
from recsys.evaluation.readers.events import read_columns
from recsys.evaluation.readers.lists import impressions_from
from recsys.records import Article
from recsys.times import UNKNOWN

CORPUS = Dataset.of("x", [Article(str(n), title="t", site="a") for n in range(6)]).corpus


def random_events(rng, n):
    return [
        {
            "site": "a",
            "article_id": str(rng.randrange(7)),  # 6 is nobody
            "event_type": rng.choice(["view", "impression", "impression", "click"]),
            "timestamp": rng.choice([None, *(f"2026-03-01T00:00:{s:02}Z" for s in range(9))]),
            "session_id": rng.choice([None, "s", "t", "u"]),
            "visitor_id": rng.choice([None, "s", "v"]),
            "rec_id": rng.choice([None, "r", "q"]),
            "list": rng.choice([None, "related"]),
            "position": rng.choice([None, 0, 1, 2]),
        }
        for _ in range(n)
    ]


def slow_lists(events):
    """[(time, [(row, position, clicked)], history)] as the docstring has it."""

    def moment(event):
        stamp = event["timestamp"]
        return UNKNOWN if stamp is None else 1_772_323_200_000 + 1000 * int(stamp[-3:-1])

    def reader(event):
        if event["session_id"]:
            return "session", event["session_id"]
        return ("visitor", event["visitor_id"]) if event["visitor_id"] else None

    groups = {}
    for event in events:
        fit = event["article_id"] != "6" and (reader(event) or event["rec_id"])
        if fit and event["event_type"] != "view":
            key = event["rec_id"], event["list"], reader(event)
            groups.setdefault(key, []).append(event)
    told = {
        key: group
        for key, group in groups.items()
        if any(event["event_type"] == "impression" for event in group)
    }
    used = [id(e) for group in told.values() for e in group if e["event_type"] == "click"]
    lists = []
    for key, group in told.items():
        impressions = [e for e in group if e["event_type"] == "impression"]
        time = min((moment(e) for e in impressions if moment(e) != UNKNOWN), default=UNKNOWN)
        items = {}
        for event in [*impressions, *(e for e in group if e["event_type"] == "click")]:
            place = -1 if event["position"] is None else event["position"]
            at = events.index(event)
            row, clicked = int(event["article_id"]), event["event_type"] == "click"
            old = items.get(row, (place, at, False))
            items[row] = (old[0], old[1], old[2] or clicked)
        ordered = sorted(items.items(), key=lambda i: (i[1][0] if i[1][0] >= 0 else 99, i[1][1]))
        views = [
            (moment(e), int(e["article_id"]))
            for e in events
            if e["event_type"] == "view" or (e["event_type"] == "click" and not e["list"])
            if id(e) not in used and e["article_id"] != "6"
            if key[2] is not None and reader(e) == key[2]
            if moment(e) == UNKNOWN or moment(e) < time
        ]
        history = [row for _, row in sorted(views, key=lambda view: view[0])]
        lists.append((time, [(row, i[0], i[2]) for row, i in ordered], history))
    return sorted(lists, key=lambda each: each[0])


@pytest.mark.parametrize("seed", range(40))
def test_lists_are_those_made_the_slow_way(tmp_path, seed):
    events = random_events(random.Random(seed), 40 if seed % 2 else 8)
    for number, event in enumerate(events):
        event["number"] = number  # so that no two are equal
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    columns = read_columns([path], Reading())
    found = impressions_from(columns, columns.rows(CORPUS))
    expected = slow_lists(events)
    given = [place for _, items, _ in expected for _, place, _ in items if place >= 0]
    if given and min(given) > 0:  # counted from 1
        expected = [
            (time, [(row, place - 1 if place > 0 else place, c) for row, place, c in items], h)
            for time, items, h in expected
        ]
    assert found.n_lists == len(expected)
    for number, (time, items, history) in enumerate(expected):
        where = np.flatnonzero(found.shown == number)
        columns_of = (found.row, found.position, found.clicked)
        got = [tuple(column[i].item() for column in columns_of) for i in where]
        assert (found.time[number], got) == (time, items)
        start, end = found.history_indptr[number : number + 2]
        assert found.history_rows[start:end].tolist() == history
