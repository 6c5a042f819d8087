import os
import threading

import pytest

from recsys import saving
from recsys.errors import ModelError
from recsys.manifest import Manifest
from recsys.notes import noted


@pytest.fixture
def saved(sample_model, tmp_path):
    """A saved model's folder, and a place for notes."""
    version = saving.publish(sample_model, tmp_path / "models")
    (tmp_path / "notes").mkdir()
    return tmp_path / "models" / "default" / version, tmp_path / "notes"


def is_known(folder, notes):
    with noted(notes, folder, Manifest.read(folder)) as known:
        return known


def load(folder, notes):
    return saving.load(folder.parent.parent, "default", notes=notes)


def test_a_model_is_checked_once_by_those_who_share_their_notes(saved, tmp_path):
    folder, notes = saved
    (tmp_path / "others").mkdir()
    assert not is_known(folder, None)
    assert not is_known(folder, notes)
    assert is_known(folder, notes)
    assert not is_known(folder, tmp_path / "others")


def test_what_was_refused_is_not_noted(saved):
    folder, notes = saved
    (folder / "idf.npy").write_bytes(b"0" * (folder / "idf.npy").stat().st_size)
    for _ in range(2):
        with pytest.raises(ModelError, match="damaged"):
            load(folder, notes)


@pytest.mark.parametrize("name", ["near.npy", "names.json"])
def test_a_file_written_since_is_checked_again_whatever_its_time_says(saved, name):
    folder, notes = saved
    load(folder, notes)
    facts, data = (folder / name).stat(), bytearray((folder / name).read_bytes())
    data[-1] ^= 1
    (folder / name).write_bytes(data)
    os.utime(folder / name, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    with pytest.raises(ModelError, match=name):
        load(folder, notes)


def test_a_file_that_went_is_missed(saved):
    folder, notes = saved
    load(folder, notes)
    (folder / "near.npy").unlink()
    with pytest.raises(ModelError, match=r"near.npy: missing"):
        load(folder, notes)


def test_who_comes_while_another_checks_waits_and_need_not(saved):
    folder, notes = saved
    found = []
    second = threading.Thread(target=lambda: found.append(is_known(folder, notes)))
    with noted(notes, folder, Manifest.read(folder)) as known:
        second.start()
        second.join(0.2)
        assert (known, found) == (False, [])
    second.join()
    assert found == [True]
