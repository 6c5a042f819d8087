"""The figure that the English recipe claims, where the data are."""

import os
from pathlib import Path

import pytest

from benchmarks.lee_pincombe import correlation
from recsys.cli.shipped import find_recipe

DATA = Path(os.environ.get("RECSYS_DATA", ""))


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "lee_pincombe" / "similarity.parquet").is_file(),
    reason="no lee_pincombe below RECSYS_DATA",
)
def test_the_english_recipe_agrees_with_people_as_well_as_published_lsa():
    found, low, high = correlation(DATA, find_recipe("english"))
    assert found >= 0.60
    assert low < found < high
