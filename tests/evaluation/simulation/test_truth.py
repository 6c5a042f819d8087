import math

import numpy as np
import pytest

from recsys.evaluation.simulation.truth import NextRead

pytestmark = pytest.mark.slow  # a newsroom is simulated


def following(reads) -> np.ndarray:
    """The row each read's session reads next, -1 for none."""
    order = np.lexsort((np.arange(len(reads)), reads.session))
    session, row = reads.session[order], reads.row[order]
    after = np.full(len(reads), -1)
    after[order[:-1]] = np.where(session[:-1] == session[1:], row[1:], -1)
    return after


def test_chances_sum_to_one_where_there_is_a_next_read(small):
    places = np.arange(0, len(small.dataset.reads), 7)
    found = small.truth.next_read(places)
    goes_on = found.chances.sum(axis=1) > 0
    assert goes_on.mean() > 0.9
    assert found.given_one.sum(axis=1)[goes_on].tolist() == pytest.approx([1.0] * goes_on.sum())
    assert (found.chances >= 0).all()
    assert found.chances.sum(axis=1).max() <= 0.7 + 1e-9  # 0.3 leave


def test_chances_are_those_of_the_slow_way(small):
    truth = small.truth
    for place in range(500, len(small.dataset.reads), 4001):
        found = truth.next_read(np.array([place]))
        slow = slow_chances(truth, place)
        dense = np.zeros(len(truth.world))
        np.add.at(dense, found.rows[0][found.rows[0] >= 0], found.chances[0][found.rows[0] >= 0])
        assert dense.tolist() == pytest.approx(slow, abs=1e-12)


def slow_chances(truth, place) -> list[float]:
    """One read, one article after the other, by the words of the documentation."""
    log, world, choice, pages = truth.log, truth.world, truth.choice, truth.pages
    now, session = int(log.time[place]), int(log.session[place])
    taste = log.tastes[log.kind[session]]
    begin = truth.start * 1000 + int(log.tick[session]) * pages.minutes * 60_000
    read = [int(log.row[i]) for i in range(place + 1) if log.session[i] == session]
    current = read[-1]

    def utility(row):
        hours = (now / 1000 - int(world.published[row])) / 3600
        shared = set(world.people[row].tolist()) & set(world.people[current].tolist()) - {-1}
        return (
            taste[world.section[row]]
            + choice.quality * world.quality[row]
            + choice.novelty * 2 ** (-hours / world.half_life_hours[row])
            + choice.breaking * bool(world.breaking[row]) * 2 ** (-hours / choice.breaking_hours)
            + choice.story * bool(world.story[row] == world.story[current])
            + choice.topic * bool(world.topic[row] == world.topic[current])
            + choice.section * bool(world.section[row] == world.section[current])
            + choice.people * len(shared)
        )

    def fit(row):
        out = row >= 0 and world.published[row] * 1000 < begin
        return out and world.withdrawn[row] > now + 600_000 and row not in read

    chances = [0.0] * len(world)
    if len(read) == 8:
        return chances
    pool = [row for row in truth.nearest[current].tolist() if fit(row)][: pages.pool]
    beside = truth.audience.list_share if len(pool) == pages.pool else 0.0
    seen = [(1 + j) ** -choice.place_power for j in range(pages.list_length)]
    for i, row in enumerate(pool if beside else []):
        for j in range(pages.list_length):
            shown = (1 - pages.exploration) * (i == j) + pages.exploration / pages.pool
            opened = 1 / (1 + math.exp(choice.threshold - utility(row)))
            chances[row] += 0.7 * beside * shown * seen[j] / sum(seen) * opened
    front = [(j, r) for j, r in enumerate(log.fronts[log.tick[session]].tolist()) if fit(r)]
    worth = [math.exp(utility(row) - choice.place_cost * math.log(1 + j)) for j, row in front]
    for (_, row), weight in zip(front, worth, strict=True):
        chances[row] += 0.7 * (1 - beside) * weight / sum(worth)
    return chances


def test_readers_do_as_the_chances_say(small):
    """Sums over all reads lie within four standard errors: of going on, of the likeliest, ..."""
    reads = small.dataset.reads
    places = np.arange(len(reads))
    found, after = small.truth.next_read(places), following(reads)
    for rank in (0, 1, 3, 10):
        likely = np.argsort(-found.chances, axis=1, kind="stable")[:, : rank + 1]
        rows = np.take_along_axis(found.rows, likely, axis=1)
        # a row may come from the list and the front page: both count
        chance = np.where(
            (found.rows[:, :, None] == rows[:, None, :]).any(axis=2) & (found.rows >= 0),
            found.chances,
            0.0,
        ).sum(axis=1)
        hit = ((rows == after[:, None]) & (rows >= 0)).any(axis=1)
        error = np.sqrt((chance * (1 - chance)).sum())
        assert abs(hit.sum() - chance.sum()) < 4 * error
    goes_on = found.chances.sum(axis=1)
    error = np.sqrt((goes_on * (1 - goes_on)).sum())
    assert abs((after >= 0).sum() - goes_on.sum()) < 4 * error


def test_a_list_earns_what_its_rows_are_likely_to_be():
    chances = NextRead(np.array([[4, 7, 4, -1]]), np.array([[0.1, 0.2, 0.1, 0.0]]))
    assert chances.given_one.tolist() == [[0.25, 0.5, 0.25, 0.0]]
    assert chances.earned(np.array([[7, 9]]), np.ones(2)).tolist() == [0.5]
    assert chances.earned(np.array([[9, 4]]), np.array([1.0, 0.5])).tolist() == [0.25]
    assert chances.earned(np.array([[9, -1]]), np.ones(2)).tolist() == [0.0]


def test_lists_are_clicked_as_often_as_expected(small):
    truth = small.truth
    places = np.repeat(truth.log.list_place, 3)
    logged = truth.shown_again(places, np.random.default_rng(2))
    lists = logged.row.reshape(places.size, -1)
    expected = truth.clicks(places, lists)
    clicks = logged.clicked.reshape(lists.shape).any(axis=1)
    error = np.sqrt((expected * (1 - expected)).sum())
    assert abs(clicks.sum() - expected.sum()) < 4 * error
    assert clicks.sum() > 1000
