"""The models on disk: which one is served, whether it is whole, whether it is of today."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from recsys import releases, saving
from recsys.doctor.base import Asked, Check, Findings, fault, long, ok, until_refused, warning
from recsys.doctor.store import disk
from recsys.manifest import regular_text
from recsys.model import Model
from recsys.times import DAY, MINUTE, parse_instant

OLD_SECONDS = 7 * DAY
LEAST_KNOWN = 0.5  # of the store's articles
UNFINISHED_SECONDS = 10 * MINUTE  # nobody publishes for so long

_TRAIN = "train again (recsys train)"


def models(folder: Path, asked: Asked, found: Findings) -> Iterator[Check]:
    """Yield the checks of one model; an error of ours if none can be served."""
    home = folder / releases.checked_name(asked.model)
    version = found.version = releases.current(folder, asked.model)
    yield ok("models.current", f"model {asked.model} {version}")
    yield from until_refused("models.folder", _beside(home, version, asked.now))
    yield from until_refused("models.files", _files(folder, version, asked, found))


def _beside(home: Path, version: str, now: float) -> Iterator[Check]:
    """Yield the checks of what lies around the version that is served."""
    yield _history(home, version)
    yield _age(version, now)
    yield _leftovers(home, now)
    yield disk("models.disk", home)


def _history(home: Path, version: str) -> Check:
    name, path = "models.history", home / "HISTORY"
    cure = f"promote {version} to write it anew"
    try:
        if path.exists():
            regular_text(path)
    except (OSError, ValueError):
        return fault(name, f"{path}: cannot be read; remove it, and {cure}")
    past = releases.history(home.parent, home.name)
    if past[-1:] != [version]:
        return warning(name, f"{path}: does not end with the version in CURRENT; {cure}")
    gone = [each for each in past if not (home / each).is_dir()]
    if len(past) - len(gone) == 1:
        return ok(name, f"{len(past)} promotions, and no version to go back to")
    return ok(name, f"{len(past)} promotions, versions to go back to: {len(past) - len(gone) - 1}")


def _age(version: str, now: float) -> Check:
    age = now - parse_instant(version.partition("-")[0])
    if age > OLD_SECONDS:
        return warning("models.age", f"the model is {long(age)} old; {_TRAIN}, once a day is usual")
    return ok("models.age", f"the model is {long(max(0, age))} old")


def _leftovers(home: Path, now: float) -> Check:
    """Look for drafts; a young one may be somebody's who publishes at this moment."""
    name, latest = "models.leftovers", now - UNFINISHED_SECONDS
    left = [path.name for path in home.glob(".*") if path.lstat().st_mtime < latest]
    if left:
        what = ", ".join(sorted(left))
        return warning(name, f"{home}: left by a publish that never ended, remove: {what}")
    return ok(name, "nothing is left of unfinished publishes")


def _files(folder: Path, version: str, asked: Asked, found: Findings) -> Iterator[Check]:
    """Open the model as the service does: every checksum is compared."""
    model = saving.load(folder, asked.model, found.settings, version)
    corpus = model.snapshot_.corpus
    yield ok("models.files", f"every file is as it was written; {len(corpus)} articles")
    if found.articles:
        yield _known(model, found.articles)


def _known(model: Model, articles: Sequence[tuple[str, str]]) -> Check:
    corpus = model.snapshot_.corpus
    known = sum(corpus.row_of(*key) >= 0 for key in articles)
    what = f"of {len(articles)} articles of the store the model knows {known}"
    if known < LEAST_KNOWN * len(articles):
        return warning("models.articles", f"{what}; {_TRAIN}, on this store")
    return ok("models.articles", what)
