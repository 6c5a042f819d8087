"""What several tests stand on: small newsrooms made by hand, and the sample trained once."""

import pytest

import tests.effort  # noqa: F401, it registers the profile of make check
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.model import Model
from recsys.recipe import Recipe
from recsys.sample import sample_articles, sample_settings

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z


@pytest.fixture(scope="session")
def sample_model() -> Model:
    """The sample newsroom, trained without views as of NOW."""
    return Model(Recipe(), sample_settings()).fit(sample_articles(NOW), KeyedCounts(), now=NOW)


@pytest.fixture(scope="session")
def views_of():
    """From (row, minute, count) triples to the view counts of a corpus of ``n`` articles."""
    import numpy as np

    def make(*triples: tuple[int, int, int], n: int = 3, readers=()) -> ViewCounts:
        columns = np.array(triples or np.zeros((0, 3)), dtype=np.int32).T
        others = np.array(readers or np.zeros((0, 3)), dtype=np.int32).T
        return ViewCounts.from_rows(n, list(columns), list(others))

    return make
