"""Related news and most read: a recommendation engine for the widgets of news websites.

>>> from recsys import Article, Model
>>> articles = [
...     Article("1", title="The ship reached the harbour"),
...     Article("2", title="A second ship in the harbour"),
... ]
>>> model = Model().fit(articles, now=1_800_000_000)
>>> [item.article_id for item in model.related("1").items]
['2']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys.data.importers.reading import Report, read_articles, read_events
    from recsys.data.stores import open_store
    from recsys.data.views import KeyedCounts
    from recsys.errors import (
        DataError,
        ModelError,
        NotFoundError,
        RecipeError,
        RecsysError,
        RequestError,
        SettingsError,
        StoreError,
    )
    from recsys.lists import Query, recommend
    from recsys.model import Model
    from recsys.page import compose, parse_blocks
    from recsys.recipe import Recipe
    from recsys.records import Article, Event, Recommendation, RecommendationList
    from recsys.saving import load, publish
    from recsys.settings import Settings, read_settings

__version__ = "0.1.0"

_HOMES = {
    "recsys.data.importers.reading": ("Report", "read_articles", "read_events"),
    "recsys.data.stores": ("open_store",),
    "recsys.data.views": ("KeyedCounts",),
    "recsys.errors": (
        "DataError",
        "ModelError",
        "NotFoundError",
        "RecipeError",
        "RecsysError",
        "RequestError",
        "SettingsError",
        "StoreError",
    ),
    "recsys.lists": ("Query", "recommend"),
    "recsys.model": ("Model",),
    "recsys.page": ("compose", "parse_blocks"),
    "recsys.recipe": ("Recipe",),
    "recsys.records": ("Article", "Event", "Recommendation", "RecommendationList"),
    "recsys.saving": ("load", "publish"),
    "recsys.settings": ("Settings", "read_settings"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Article",
    "DataError",
    "Event",
    "KeyedCounts",
    "Model",
    "ModelError",
    "NotFoundError",
    "Query",
    "Recipe",
    "RecipeError",
    "Recommendation",
    "RecommendationList",
    "RecsysError",
    "Report",
    "RequestError",
    "Settings",
    "SettingsError",
    "StoreError",
    "compose",
    "load",
    "open_store",
    "parse_blocks",
    "publish",
    "read_articles",
    "read_events",
    "read_settings",
    "recommend",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: ``import recsys`` alone costs nothing."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'recsys' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
