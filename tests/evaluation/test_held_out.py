import numpy as np
import pytest

from recsys.errors import DataError
from recsys.evaluation.held_out import Cut, HistoriesBefore, part
from recsys.evaluation.history import History, Query
from recsys.evaluation.judged import Questions
from recsys.evaluation.recipes import RecipeRanker, Served
from recsys.evaluation.tasks import forecast, next_read
from recsys.recipe import Recipe
from tests.evaluation.small import ms, read, site

ROWS = np.array([0, 1, 4], dtype=np.int32)


def asked(moments, units, task="next_read") -> Questions:
    n = len(moments)
    return Questions(
        task,
        [Query("default", row) for row in range(n)],
        np.array(moments, dtype=np.int64),
        np.arange(n, dtype=np.int32)[:, None],
        np.ones((n, 1)),
        np.array(units, dtype=np.int64),
        "sessions",
        "hit@10",
        {"by": np.array([f"part {i}" for i in range(n)])},
    )


def test_the_later_units_are_held_out():
    cut = Cut.of(asked([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), 0.4)
    assert (cut.moment, cut.left_out) == (4, 0)
    assert cut.training.now.tolist() == [1, 2, 3]
    assert cut.held_out.now.tolist() == [4, 5]


def test_a_unit_on_both_sides_is_in_neither_part():
    cut = Cut.of(asked([1, 2, 3, 4, 5, 6], [7, 8, 9, 9, 3, 7]), 0.25)
    # Units begin at 1, 2, 3 and 5; 7 goes on until after the last of these has begun.
    assert (cut.moment, cut.left_out) == (5, 1)
    assert cut.training.unit.tolist() == [8, 9, 9]
    assert cut.held_out.unit.tolist() == [3]


def test_a_part_keeps_all_columns_together():
    some = part(asked([1, 2, 3], [4, 5, 6]), np.array([True, False, True]))
    assert [query.row for query in some.queries] == [0, 2]
    assert some.wanted[:, 0].tolist() == [0, 2]
    assert some.unit.tolist() == [4, 6]
    assert some.labels["by"].tolist() == ["part 0", "part 2"]


def test_no_unit_stands_in_both_parts_and_none_of_the_training_ends_after_the_cut():
    draw = np.random.default_rng(5)
    for _ in range(200):
        units = draw.integers(0, 12, 25)
        moments = 3 * units + draw.integers(0, 9, 25)
        order = np.argsort(moments, kind="stable")
        moments, units = moments[order], 7 * units[order]
        cut = Cut.of(asked(moments, units), float(draw.choice([0.2, 0.4, 0.6])))
        assert not set(cut.training.unit.tolist()) & set(cut.held_out.unit.tolist())
        assert cut.training.now.max() < cut.moment <= cut.held_out.now.min()
        inside = len(set(cut.training.unit.tolist())) + len(set(cut.held_out.unit.tolist()))
        assert inside + cut.left_out == len(set(units.tolist()))


def test_what_a_forecast_in_training_wants_has_been_read_before_the_cut():
    data = site([read("ab"[hour % 2], hour + 0.5) for hour in range(48)])
    cut = Cut.of(forecast.questions(data, ms(0), ms(48), 3), 0.5)
    assert int(cut.training.now.max()) + 3 * 3_600_000 < cut.moment
    assert cut.left_out == 1


@pytest.mark.parametrize(("moments", "units"), [([1, 2, 3], [4, 4, 4]), ([2, 2, 2], [4, 5, 6])])
def test_what_cannot_be_cut_in_time_is_refused(moments, units):
    with pytest.raises(DataError, match="cannot be cut in time"):
        Cut.of(asked(moments, units))


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_no_share_is_refused(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Cut.of(asked([1, 2], [1, 2]), share)


def test_histories_before_a_cut_know_nothing_after_it_and_are_kept():
    data = site([read("a", hour, "s") for hour in range(6)])
    histories = HistoriesBefore(data, moment=ms(3))
    for asked_until, known_until in ((None, ms(3)), (ms(9), ms(3)), (ms(2), ms(2))):
        history = histories.until(asked_until)
        assert (history.learn_until, history.reads_until) == (known_until, known_until)
        assert histories.until(asked_until) is history
    assert histories.until(None).n_reads(ms(100)) == 3
    assert len(next_read.questions(data, 0, ms(1000))) == 0


def test_what_is_published_after_the_cut_is_not_taken_in_and_changes_no_answer():
    events = [read("abcdef"[hour % 6], hour + 0.5, f"s{hour}") for hour in range(2, 10)]
    data = site(events)
    history = HistoriesBefore(data, moment=ms(3)).until(None)
    assert history.listed().tolist() == [0, 1, 2]
    assert Served.of(history, Recipe()).outside.tolist() == [0, 1, 2]
    whole = History(data, ms(3), ms(3))
    assert whole.listed().tolist() == [0, 1, 2, 3, 4, 5]
    for kind in ("related", "most_read"):
        ranker = RecipeRanker(Recipe(), kind)
        for query in (Query("default", 2), Query("default"), Query("default", 2, among=ROWS)):
            now = ms(2.9)
            assert ranker(history, query, now, 5).tolist() == ranker(whole, query, now, 5).tolist()
