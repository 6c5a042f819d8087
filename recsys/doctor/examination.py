"""All groups of checks, in the order in which a person would look."""

from collections.abc import Iterator

from recsys.data.stores.sqlite_health import Tell
from recsys.doctor.base import Asked, Check, Findings, until_refused
from recsys.doctor.clock import clock
from recsys.doctor.configuration import configuration
from recsys.doctor.installation import installation
from recsys.doctor.models import models
from recsys.doctor.service import service
from recsys.doctor.store import store
from recsys.settings import Settings


def examine(asked: Asked, tell: Tell) -> Iterator[Check]:
    """Yield every check as soon as it is made; what was not asked for is not looked at.

    Parameters
    ----------
    tell
        Told how far long work is: stage, done, total (0 where that is not known).
    """
    found = Findings(Settings())
    yield from until_refused("installation", installation(asked.now))
    yield from until_refused("settings.file", configuration(asked.config, found))
    if asked.store is not None:
        yield from until_refused("store.file", store(asked.store, asked, found, tell))
    if asked.models is not None:
        yield from until_refused("models.current", models(asked.models, asked, found))
    yield from clock(asked.now, found)
    if asked.url is not None:
        yield from until_refused("service.live", service(asked.url, asked.now, found))
