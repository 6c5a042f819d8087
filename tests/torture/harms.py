"""The table of all harms to a saved model, and of what may stand in the place of ``CURRENT``."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from recsys.manifest import FORMAT
from tests.torture.hostile import (
    Harm,
    a_file_for_a_folder,
    a_folder_for_a_file,
    a_version_of_numpy_unknown,
    another_array_with_a_pickle,
    bare_pickle,
    doubled_keys,
    empty_files,
    empty_folder,
    files_changed,
    flip,
    header,
    in_array,
    labels,
    lengthen,
    link_of_an_array,
    link_of_the_folder,
    link_of_the_manifest,
    link_to_nowhere,
    manifest_text,
    one_value,
    outside_by_name,
    pickled,
    pipe_for_an_array,
    pipe_for_the_manifest,
    remove,
    says,
    swap,
    truncate,
)

PLACES = (
    "near",
    "leaders",
    "rows_indices",
    "postings_rows",
    "section_codes",
    "ids_rows",
    "places_rows",
    "corpus_site",
    "corpus_language",
    "views_row",
    "readers_row",
)  # arrays whose values are places in another
ENDS = (
    "rows_indptr",
    "postings_ends",
    "section_indptr",
    "corpus_title_offsets",
    "corpus_article_id_offsets",
    "vocabulary_offsets",
    "surfaces_offsets",
)  # arrays of where something ends
FLOATS = ("idf", "rows_data", "postings_weights", "near_cosines")
TEXTS = ("corpus_title_text", "corpus_article_id_text", "vocabulary_text", "surfaces_text")
HEADERS = (
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-5,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '|V1000000000', 'fortran_order': False, 'shape': (9,), }",
    "{'descr': [('a', '<f8'), ('b', '|O')], 'fortran_order': True, 'shape': (2, 2), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': ('9',), }",
    "{'descr': __import__('os').getcwd(), 'fortran_order': False, 'shape': (1,), }",
    "[" * 3000,
    "nonsense",
)


def harms(target: Path) -> dict[str, Harm]:
    """Return every harm by name; ``target`` is what an executed pickle would make."""
    found: dict[str, Harm] = {
        "flip": flip,
        "truncate": truncate,
        "lengthen": lengthen,
        "swap": swap,
        "remove": remove,
        "empty files": empty_files,
        "empty folder": empty_folder,
        "a file for a folder": a_file_for_a_folder,
        "a folder for a file": a_folder_for_a_file,
        "link of an array": link_of_an_array,
        "link of the manifest": link_of_the_manifest,
        "link to nowhere": link_to_nowhere,
        "link of the folder": link_of_the_folder,
        "pipe for an array": pipe_for_an_array,
        "doubled keys": doubled_keys,
        "pickle in an array": lambda folder, draw: pickled(folder, draw, target),
        "pickle for an array": lambda folder, draw: bare_pickle(folder, draw, target),
        "array more": lambda folder, draw: another_array_with_a_pickle(folder, draw, target),
        "version of NumPy": a_version_of_numpy_unknown,
        "outside by name": outside_by_name,
    }
    found |= {f"header {text[:60]}": header(text) for text in HEADERS}
    found |= _manifest_harms() | _array_harms()
    found["pipe for the manifest"] = pipe_for_the_manifest
    return found


def _manifest_harms() -> dict[str, Harm]:
    deep = "[" * 200_000
    texts = {"nothing": "", "null": "null", "deep": deep, "deep object": '{"a":' * 50_000}
    texts |= {"list": "[]", "no UTF-8": b"\xff\xfe\x00", "number": "1e999"}
    found = {f"manifest: {name}": manifest_text(text) for name, text in texts.items()}
    texts = {"deep": deep, "list": "[]", "no keys": "{}", "no UTF-8": b"\xff", "null": "null"}
    texts["numbers"] = '{"languages": [1], "sections": [2], "sites": [3]}'
    texts["no sections"] = '{"languages": ["ar"], "sections": [], "sites": ["default"]}'
    texts["no lists"] = '{"languages": "ar", "sections": "abcdef", "sites": {"default": 1}}'
    found |= {f"names: {name}": labels(text) for name, text in texts.items()}
    claims: dict[str, dict[str, Any]] = {
        "a newer format": {"format": FORMAT + 1},
        "a format that is text": {"format": "1"},
        "another name": {"name": "../other"},
        "another version": {"version": "20200101T000000Z-00000000"},
        "no clock": {"now": "yesterday"},
        "an empty clock": {"now": ""},
        "an unknown recipe": {"recipe": {"nonsense": {"a": 1}}},
        "a recipe of no table": {"recipe": {"similarity": 5}},
        "an absurd recipe": {"recipe": {"similarity": {"neighbours": -(10**30)}}},
        "data that is text": {"data": "text"},
        "metrics that are a list": {"metrics": [1, 2]},
        "no calibration": {"calibration": {}},
        "a calibration that is text": {"calibration": "text"},
        "a half-life for ever": {"calibration": {"half_life": {"default": {"factor": 1e9}}}},
        "a half-life that is text": {"calibration": {"half_life": {"default": {"factor": "long"}}}},
        "freshness for ever": {
            "calibration": {"half_life": {}, "freshness": {"default": {"half_life_days": 1e99}}}
        },
        "freshness that is text": {
            "calibration": {"half_life": {}, "freshness": {"default": {"half_life_days": "long"}}}
        },
        "no freshness": {"calibration": {"half_life": {}}},
        "files that are a list": {"files": ["idf.npy"]},
        "no files": {"files": {}},
    }
    found |= {f"manifest says {name}": says(**changes) for name, changes in claims.items()}
    changed: dict[str, Callable[[dict[str, Any]], Any]] = {
        "no facts": lambda files: {**files, "idf.npy": {}},
        "facts that are text": lambda files: {**files, "idf.npy": "text"},
        "a size that is text": lambda files: {**files, "idf.npy": {"bytes": "9", "sha256": 5}},
        "NUL in a name": lambda files: {**files, "a\0b": {"bytes": 1, "sha256": ""}},
        "the folder itself": lambda files: {**files, "..": {"bytes": 1, "sha256": ""}},
    }
    return found | {f"files: {name}": files_changed(change) for name, change in changed.items()}


def _array_harms() -> dict[str, Harm]:
    found: dict[str, Harm] = {}
    for name in FLOATS:
        for value in (np.nan, np.inf, -np.inf):
            found[f"{name} {value}"] = in_array(name, one_value(value))
    for name in PLACES:
        found[f"{name} too large"] = in_array(name, one_value(2**15 - 1))
        found[f"{name} negative"] = in_array(name, one_value(-(2**14)))
    for name in ENDS:
        found[f"{name} too large"] = in_array(name, one_value(2**30))
        found[f"{name} negative"] = in_array(name, one_value(-7))
        found[f"{name} reversed"] = in_array(name, lambda array, draw: array[::-1].copy())
    for name in TEXTS:
        found[f"{name} no UTF-8"] = in_array(name, one_value(0xFF))
    for name in ("leaders", "near", "corpus_published", "idf", "corpus_site", "ids_hashes"):
        found[f"{name} short"] = in_array(name, lambda array, draw: array[:-1])
        found[f"{name} empty"] = in_array(name, lambda array, draw: array[:0])
        found[f"{name} deeper"] = in_array(name, lambda array, draw: array[..., None])
    for name in ("near", "idf", "rows_indices"):
        found[f"{name} as text"] = in_array(name, lambda array, draw: array.astype("U32"))
    found["ids_hashes unsorted"] = in_array("ids_hashes", lambda array, draw: array[::-1].copy())
    return found


def currents() -> dict[str, Callable[[Path], object]]:
    """Return what makes something of a path that cannot be ``CURRENT``."""
    texts = {
        "upwards": b"../../etc\n",
        "absolute": b"/etc/passwd\n",
        "newline": b"20260101T000000Z-00000000\n20260101T000000Z-11111111\n",
        "NUL": b"20260101T000000Z-00000000\0",
        "no such version": b"20200101T000000Z-00000000\n",
        "nothing": b"",
        "no ASCII": "٢٠٢٦".encode(),
        "a megabyte": b"2" * 2**20,
        "no text": bytes(range(256)),
    }
    found: dict[str, Callable[[Path], object]] = {
        name: lambda path, text=text: path.write_bytes(text) for name, text in texts.items()
    }
    return found | {
        "link to another file": lambda path: path.symlink_to("/proc/self/environ"),
        "link to nowhere": lambda path: path.symlink_to("/nowhere/at/all"),
        "pipe": os.mkfifo,
    }
