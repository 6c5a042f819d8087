"""What processes that serve the same models tell each other: this one was checked."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recsys.manifest import Manifest


@contextmanager
def noted(notes: Path | None, folder: Path, manifest: Manifest) -> Iterator[bool]:
    """Say whether a model was checked since its files were last written; note it at the end.

    Who comes meanwhile waits, so that a model is checked once for all. Nothing is noted if the
    block raises.

    Parameters
    ----------
    notes
        A folder that only these processes can write to. None notes nothing.
    folder, manifest
        Of the model.
    """
    if notes is None:
        yield False
        return
    with (notes / f"{manifest.name}-{manifest.version}").open("a+") as note:
        fcntl.flock(note, fcntl.LOCK_EX)
        note.seek(0)
        stamp = _stamp(folder, manifest)
        known = stamp != "" and note.read() == stamp
        yield known
        if not known:
            note.truncate(0)
            note.write(stamp)


def _stamp(folder: Path, manifest: Manifest) -> str:
    """Return what changes whenever a file of the model is written; empty if one is not there."""
    try:
        facts = {name: (folder / name).lstat() for name in manifest.files}
    except OSError:
        return ""
    written = {
        name: [fact.st_dev, fact.st_ino, fact.st_size, fact.st_mtime_ns, fact.st_ctime_ns]
        for name, fact in facts.items()
    }
    return json.dumps([manifest.text(), written], sort_keys=True)
