"""A saved model, brought up to date by a store: what related and explain have in common."""

from contextlib import closing
from pathlib import Path

from recsys import saving
from recsys.cli import options
from recsys.data.corpus import Corpus
from recsys.data.stores import open_store
from recsys.errors import NotFoundError
from recsys.live import up_to_date, with_sessions
from recsys.records import DEFAULT_SITE
from recsys.settings import Settings
from recsys.snapshot import Snapshot


def served(
    models: Path,
    name: str,
    store: str | None,
    settings: Settings,
    now: str | None,
    site: str | None,
) -> tuple[Snapshot, int]:
    """Return what a service would answer from now, and the time it is.

    With a store it is the real time; a model on its own stands at the clock of its training.
    """
    model = saving.load(models, name, settings)
    snapshot = model.snapshot_
    if store is None:
        if now is None:
            return snapshot, model.now_
        return snapshot, options.clock(now, snapshot.data_until, settings, site, from_files=True)
    with closing(open_store(store, settings, create=False)) as opened:
        snapshot = up_to_date(snapshot, opened)
        moment = options.clock(now, snapshot.data_until, settings, site, from_files=False)
        return with_sessions(snapshot, opened, moment), moment


def site_of(corpus: Corpus, asked: str | None) -> str:
    """Return the site a question is about: the one asked for, or the only one there is.

    Raises
    ------
    NotFoundError
        If there is no site of that name.
    """
    if asked is None:
        return corpus.sites[0] if len(corpus.sites) == 1 else DEFAULT_SITE
    if asked not in corpus.sites:
        known = ", ".join(sorted(corpus.sites)) or "none"
        raise NotFoundError("site_not_found", f"there is no site {asked!r}; there are: {known}")
    return asked
