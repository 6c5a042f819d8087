"""Models on disk: written whole, checked before use, mapped and never unpickled.

``models/<name>/<version>/`` holds ``.npy`` arrays, ``names.json`` and ``manifest.json``;
``models/<name>/CURRENT`` names the version that is served, ``HISTORY`` lists the promotions.
"""

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.calibration.freshness import half_lives_of
from recsys.calibration.half_life import factors_of
from recsys.data.corpus import Corpus
from recsys.data.keys import KeyIndex
from recsys.data.strings import Extended, Strings
from recsys.data.views import ViewCounts
from recsys.errors import ModelError, NotFoundError
from recsys.manifest import (
    CURE,
    FORMAT,
    Manifest,
    check_digests,
    check_sizes,
    file_digest,
    flush,
    flush_folder,
    replace_file,
    verify,
)
from recsys.model import Model, library_versions, parts_of
from recsys.notes import noted
from recsys.recipe import Recipe
from recsys.records import ModelName
from recsys.releases import checked_name, checked_version, current, promote
from recsys.settings import Settings
from recsys.signals.co_reading import CoReading
from recsys.signals.inverted import Inverted
from recsys.signals.space import Space
from recsys.snapshot import Snapshot
from recsys.soundness import check_arrays, check_names
from recsys.times import format_instant, parse_instant

Arrays = dict[str, npt.NDArray[Any]]

_SPARSE = ("data", "indices", "indptr")  # what a sparse array is made of
_HEADER = Lock()  # headers are parsed as Python, which 3.11 mixes up between threads: gh-106905


def publish(model: Model, models: Path, promoted: bool = True) -> str:
    """Write a model, whole or not at all, and make it the one that is served.

    Parameters
    ----------
    model
        Fitted.
    models
        The folder of all models; made if it is not there.
    promoted
        Whether ``CURRENT`` is to name it.

    Returns
    -------
    version
        Training the same again gives the same version, and the same bytes.

    Raises
    ------
    ModelError
        If the folder cannot be written.
    """
    home = models / checked_name(model.name.name)
    try:
        home.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=".draft-", dir=home))
        try:
            _write(model, draft)
            _settle(draft, home / model.name.version)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        if promoted:
            promote(models, model.name.name, model.name.version)
    except OSError as error:
        raise ModelError(f"{home}: cannot write the model: {error.strerror or error}") from error
    return model.name.version


def load(
    models: Path,
    name: str,
    settings: Settings | None = None,
    version: str = "",
    notes: Path | None = None,
    at_once: bool = False,
) -> Model:
    """Open a saved model: the current one, or ``version``.

    Every file is checked against the manifest, once, and then mapped; nothing is unpickled.

    Parameters
    ----------
    models, name
        The folder of all models, and which of them.
    settings
        Of the sites.
    version
        Empty for the current one.
    notes
        Where processes that serve the same models note what they have checked
        (`recsys.notes.noted`): each model is checked by one of them.
    at_once
        Work out checksums in one thread and look at the arrays in another: sooner, on two cores.

    Raises
    ------
    NotFoundError
        If there is no such model or version.
    ModelError
        If a file is missing, damaged or truncated, or the format is unknown.
    """
    version = version or current(models, name)
    folder = models / checked_name(name) / checked_version(version)
    if not folder.is_dir():
        raise NotFoundError("version_not_found", f"{folder}: there is no such version")
    manifest = Manifest.read(folder)
    settings = settings or Settings()
    with noted(notes, folder, manifest) as known, ThreadPoolExecutor(1) as beside:
        if known:
            return _fitted(folder, manifest, settings, True)
        check_sizes(folder, manifest)
        checking = beside.submit(check_digests, folder, manifest)
        if not at_once:
            checking.result()
        try:
            return _fitted(folder, manifest, settings, False)
        finally:
            checking.result()  # damage is told of before what it made of those who read it


def _fitted(folder: Path, manifest: Manifest, settings: Settings, is_sound: bool) -> Model:
    """Put a model together from files that may be damaged; `ModelError` if they do not fit."""
    try:
        return _read(folder, manifest, settings, is_sound)
    except NotFoundError:
        raise
    except Exception as error:  # nobody can foresee what a file makes of those who read it
        raise ModelError(f"{folder}: its files do not fit together ({error}); {CURE}") from error


def load_to_carry_on(models: Path, name: str, settings: Settings, version: str) -> Model:
    """Open a version, or the ``current`` one, from which a training may carry on.

    Raises
    ------
    NotFoundError, ModelError
        As `load`; ModelError also if other versions of the libraries trained it.
    """
    version = current(models, name) if version == "current" else version
    model = load(models, name, settings, version)
    then, here = Manifest.read(models / name / version).libraries, library_versions()
    for library, now in here.items():
        if then.get(library) != now:
            raise ModelError(
                f"{name} {version} was trained with {library} {then.get(library, 'not there')},"
                f" this is {now}: train without --since"
            )
    return model


def _write(model: Model, folder: Path) -> None:
    arrays, labels = _arrays(model.snapshot_)
    for name, array in arrays.items():
        with (folder / f"{name}.npy").open("wb") as file:
            np.save(file, np.ascontiguousarray(array), allow_pickle=False)
            flush(file)
    replace_file(folder / "names.json", json.dumps(labels, ensure_ascii=False, sort_keys=True))
    files = {
        path.name: _file_facts(path, arrays.get(path.stem)) for path in sorted(folder.iterdir())
    }
    manifest = Manifest(
        FORMAT,
        model.name.name,
        model.name.version,
        format_instant(model.now_) or "",
        model.recipe.tables,
        model.facts_,
        model.metrics_,
        library_versions(),
        files,
        model.calibration_,
    )
    replace_file(folder / "manifest.json", manifest.text())


def _settle(draft: Path, folder: Path) -> None:
    """Move a finished draft to its place; an equal, undamaged model there stays as it is."""
    if folder.is_dir():
        try:
            verify(folder)
            return
        except ModelError:
            shutil.rmtree(folder)
    draft.chmod(0o755)
    draft.rename(folder)
    flush_folder(folder.parent)


def _arrays(snapshot: Snapshot) -> tuple[Arrays, dict[str, Any]]:
    corpus, space, views = snapshot.corpus, snapshot.space, snapshot.views
    assert space is not None
    arrays: Arrays = {f"corpus_{name}": column for name, column in corpus.numbers.items()}
    texts = {f"corpus_{name}": column.base for name, column in corpus.texts.items()}
    texts["vocabulary"] = Strings.of(space.vectoriser.vocabulary_)
    texts["surfaces"] = Strings.of(space.vectoriser.surfaces_)
    for name, strings in texts.items():
        arrays |= {f"{name}_text": strings.text, f"{name}_offsets": strings.offsets}
    indexes = {"ids": corpus.ids, "addresses": corpus.addresses, "places": space.places}
    for name, index in indexes.items():
        arrays |= {f"{name}_hashes": index.hashes, f"{name}_rows": index.rows}
    arrays |= {
        "section_indptr": corpus.section_indptr,
        "section_codes": corpus.section_codes,
        "idf": space.vectoriser.idf_,
        "rows_data": space.rows.data,
        "rows_indices": space.rows.indices,
        "rows_indptr": space.rows.indptr,
        "postings_ends": space.inverted.ends,
        "postings_rows": space.inverted.rows,
        "postings_weights": space.inverted.weights,
        "near": space.near,
        "near_cosines": space.near_cosines,
        "leaders": snapshot.leaders,
    }
    if snapshot.co_reading is not None:
        partners = snapshot.co_reading.partners_
        arrays |= {f"partners_{name}": getattr(partners, name) for name in _SPARSE}
    for name, columns in (
        ("views", views.rows_minutes_views()),
        ("readers", views.rows_days_readers()),
    ):
        for part, column in zip(("row", "bucket", "count"), columns, strict=True):
            arrays[f"{name}_{part}"] = column
    labels = {"sites": corpus.sites, "languages": corpus.languages, "sections": corpus.sections}
    return arrays, labels


def _read(folder: Path, manifest: Manifest, settings: Settings, is_sound: bool) -> Model:
    arrays = {
        name.removesuffix(".npy"): _mapped(folder / name, facts)
        for name, facts in manifest.files.items()
        if name.endswith(".npy")
    }
    labels = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    check_names(labels)
    if not is_sound:
        check_arrays(arrays, labels)
    recipe = Recipe(manifest.name, manifest.recipe)
    vectoriser, parts = parts_of(recipe)
    vectoriser.vocabulary_ = _strings(arrays, "vocabulary")
    vectoriser.surfaces_ = _strings(arrays, "surfaces")
    vectoriser.idf_ = arrays["idf"]
    corpus = _corpus(arrays, labels)
    shape = (len(corpus), len(vectoriser.vocabulary_))
    parts_of_rows = (arrays["rows_data"], arrays["rows_indices"], arrays["rows_indptr"])
    rows = csr_array(parts_of_rows, shape=shape)
    ends, owners, weights = (arrays[f"postings_{part}"] for part in ("ends", "rows", "weights"))
    space = Space.of(
        vectoriser,
        _index(arrays, "places"),
        rows,
        arrays["near"],
        arrays["near_cosines"],
        Inverted(ends, owners, weights, len(corpus), matrix=rows),
    )
    views = ViewCounts.from_rows(
        len(corpus),
        *([arrays[f"{n}_{p}"] for p in ("row", "bucket", "count")] for n in ("views", "readers")),
    )
    model = Model(recipe, settings)
    model.now_ = parse_instant(manifest.now)
    model.facts_, model.metrics_ = dict(manifest.data), dict(manifest.metrics)
    model.calibration_ = dict(manifest.calibration)
    name = ModelName(manifest.name, manifest.version)
    model.snapshot_ = Snapshot(
        corpus,
        views,
        arrays["leaders"],
        parts,
        space,
        name,
        settings,
        half_life_factors=factors_of(model.calibration_["half_life"]),
        freshness_days=half_lives_of(model.calibration_["freshness"]),
        co_reading=_co_reading(arrays, parts.co_reading, len(corpus)),
    )
    return model


def _co_reading(arrays: Arrays, given: CoReading, n: int) -> CoReading | None:
    if "partners_data" not in arrays:
        return None
    learned = replace(given)
    columns = (arrays["partners_data"], arrays["partners_indices"], arrays["partners_indptr"])
    learned.partners_ = csr_array(columns, shape=(n, n))
    return learned


def _corpus(arrays: Arrays, labels: Mapping[str, Any]) -> Corpus:
    kinds = Corpus.empty()
    return Corpus(
        sites=tuple(labels["sites"]),
        languages=tuple(labels["languages"]),
        sections=tuple(labels["sections"]),
        texts={name: Extended(_strings(arrays, f"corpus_{name}")) for name in kinds.texts},
        numbers={name: arrays[f"corpus_{name}"] for name in kinds.numbers},
        section_indptr=arrays["section_indptr"],
        section_codes=arrays["section_codes"],
        ids=_index(arrays, "ids"),
        addresses=_index(arrays, "addresses"),
    )


def _strings(arrays: Arrays, name: str) -> Strings:
    return Strings(arrays[f"{name}_text"], arrays[f"{name}_offsets"])


def _index(arrays: Arrays, name: str) -> KeyIndex:
    return KeyIndex(arrays[f"{name}_hashes"], arrays[f"{name}_rows"], {})


def _mapped(path: Path, facts: Mapping[str, Any]) -> npt.NDArray[Any]:
    with _HEADER:
        array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    if str(array.dtype) != facts["dtype"] or list(array.shape) != facts["shape"]:
        raise ModelError(
            f"{path}: {array.dtype}{array.shape} is not what the manifest says; {CURE}"
        )
    return array


def _file_facts(path: Path, array: npt.NDArray[Any] | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"sha256": file_digest(path), "bytes": path.stat().st_size}
    if array is not None:
        facts |= {"dtype": str(array.dtype), "shape": list(array.shape)}
    return facts
