from dataclasses import replace

import numpy as np
import pytest

from recsys.evaluation.dataset import NEVER
from recsys.evaluation.ips import examination
from recsys.evaluation.simulation import simulate, simulation
from recsys.evaluation.simulation.choice import Choice
from recsys.evaluation.simulation.exposure import Pages
from recsys.times import HOUR
from tests.evaluation.simulation.conftest import SMALL

pytestmark = pytest.mark.slow  # a newsroom is simulated


def bytes_of(dataset) -> bytes:
    columns = [
        getattr(part, name)
        for part in (dataset.reads, dataset.impressions, dataset.judgements)
        for name in part.__dataclass_fields__
        if name != "asked"
    ]
    texts = repr(dataset.articles).encode()
    return b"".join(column.tobytes() for column in [*columns, dataset.withdrawn]) + texts


def test_the_same_seed_gives_the_same_bytes_and_another_one_others():
    few = {"days": 1, "articles_per_day": 60, "sessions_per_day": 200}
    once, again, other = (bytes_of(simulate(seed, **few)) for seed in (1, 1, 2))
    assert once == again
    assert once != other


def test_it_says_that_nobody_ever_read_it(small):
    assert small.dataset.simulated
    assert small.dataset.notes[0] == "Simulation: nobody ever read any of it."


def test_rows_are_those_of_the_world(small):
    dataset, world = small.dataset, small.truth.world
    assert (dataset.corpus.published == world.published).all()
    assert (dataset.withdrawn == world.withdrawn).all()
    assert dataset.corpus.shown.all()
    assert (dataset.same == np.arange(len(dataset))).all()


def test_nothing_is_read_before_it_is_published_or_after_it_is_withdrawn(small):
    reads, world = small.dataset.reads, small.truth.world
    assert (world.withdrawn < NEVER).sum() > 10
    assert (reads.time > world.published[reads.row] * 1000).all()
    assert (reads.time < world.withdrawn[reads.row]).all()


def test_nothing_is_shown_before_it_is_published_or_after_it_is_withdrawn(small):
    logged, world = small.dataset.impressions, small.truth.world
    time = logged.time[logged.shown]
    assert (time > world.published[logged.row] * 1000).all()
    assert (time < world.withdrawn[logged.row]).all()


def test_reads_are_in_order_of_time_and_no_session_reads_an_article_twice(small):
    reads = small.dataset.reads
    assert (np.diff(reads.time) >= 0).all()
    pairs = reads.session.astype(np.int64) * len(small.dataset) + reads.row
    assert np.unique(pairs).size == len(reads)
    assert np.bincount(reads.session).max() <= 8


def test_who_comes_from_an_article_read_it_before_and_clicked_it_there(small):
    dataset = small.dataset
    reads, logged = dataset.reads, dataset.impressions
    read = set(zip(reads.session.tolist(), reads.row.tolist(), strict=True))
    came = np.flatnonzero(reads.from_row >= 0)
    assert all((int(reads.session[i]), int(reads.from_row[i])) in read for i in came[:2000])
    assert came.size == logged.clicked.sum()


def test_a_list_has_at_most_one_click_and_its_reader_read_none_of_it(small):
    logged = small.dataset.impressions
    assert np.bincount(logged.shown, weights=logged.clicked).max() == 1
    for i in range(0, logged.n_lists, 97):
        before = logged.history_rows[logged.history_indptr[i] : logged.history_indptr[i + 1]]
        assert before.size
        assert not np.isin(logged.row[logged.shown == i], before).any()


def test_the_day_has_a_rhythm_and_the_newest_is_read_most(small):
    reads, world = small.dataset.reads, small.truth.world
    hours = np.bincount(reads.time // 1000 // HOUR % 24, minlength=24)
    assert hours[13:19].sum() > 2 * hours[1:7].sum()
    age = reads.time / 1000 - world.published[reads.row]
    assert (age < 24 * HOUR).mean() > (age >= 24 * HOUR).mean()


def views_of_the_first_hours(dataset) -> np.ndarray:
    reads, published = dataset.reads, dataset.corpus.published
    early = reads.time / 1000 - published[reads.row] < 3 * HOUR
    return np.bincount(reads.row[early], minlength=len(dataset))


def test_breaking_news_is_read_much_more_than_if_it_did_not_break(small):
    quiet = simulation(5, replace(SMALL, choice=Choice(breaking=0.0))).dataset
    broke = small.truth.world.breaking
    loud, calm = views_of_the_first_hours(small.dataset), views_of_the_first_hours(quiet)
    assert broke.sum() >= 8
    assert loud[broke].mean() > 2 * calm[broke].mean()
    assert loud[~broke].mean() < 1.2 * calm[~broke].mean()


def test_propensities_are_those_of_the_lists_drawn():
    pages = Pages(list_length=3, pool=5, exploration=0.4)
    assert pages.propensities()[0].tolist() == pytest.approx([0.68, 0.08, 0.08])
    assert pages.propensities().sum(axis=0).tolist() == pytest.approx([1, 1, 1])
    shown = pages.drawn(np.random.default_rng(0), 40_000)
    for place in range(3):
        shares = np.bincount(shown[:, place], minlength=5) / 40_000
        assert shares.tolist() == pytest.approx(pages.propensities()[:, place].tolist(), abs=0.01)


def test_pages_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="exploration must be from 0 to 1, got 2"):
        Pages(exploration=2)
    with pytest.raises(ValueError, match="list_length must be from 1 to pool"):
        Pages(list_length=6, pool=5)


def test_how_places_are_looked_at_can_be_found_in_the_log(small):
    many = np.repeat(small.truth.log.list_place, 4)
    logged = small.truth.shown_again(many, np.random.default_rng(0))
    found = examination(logged)
    true = Choice().examination(5)
    assert found.tolist() == pytest.approx((true / true[0]).tolist(), abs=0.08)


def test_what_is_never_looked_at_is_never_clicked(small):
    truth = replace(small.truth, choice=Choice(place_power=60.0))
    logged = truth.shown_again(truth.log.list_place[:3000], np.random.default_rng(1))
    assert set(logged.position[logged.clicked].tolist()) == {0}
