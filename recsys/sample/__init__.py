"""The sample newsroom and its simulated readers: something true to look at, and to test with.

`sample_articles` dates two hundred articles back from a clock, `sample_settings` is their site,
`stories` says which of them report the same event. `Readers` reads them, and knows how much;
`Crowd` reads any newsroom.
"""

from recsys.sample.crowd import Crowd
from recsys.sample.newsroom import NAMES, sample_articles, sample_settings, stories
from recsys.sample.traffic import Readers

__all__ = ["NAMES", "Crowd", "Readers", "sample_articles", "sample_settings", "stories"]
