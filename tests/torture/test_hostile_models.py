"""Damaged and hostile models, published by hand: refused by name, while the one before serves."""

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys import saving
from tests.torture.harms import currents, harms
from tests.torture.hostile import another_array_with_a_pickle, files_of, sealed
from tests.torture.load import BROKEN, Connection, until
from tests.torture.server import Server, recsys

pytestmark = pytest.mark.torture

NOTICED_SECONDS = 5.0
START_SECONDS = 15.0
STARTED_ON = (
    "flip",
    "empty folder",
    "manifest: deep",
    "files: no facts",
    "manifest says an unknown recipe",
    "corpus_site empty",
    "pipe for the manifest",
)
QUESTIONS = (
    "/health/ready",
    "/v1/page?id=g1",
    "/v1/related?id=g2&limit=100&explain=1",
    "/v1/related.html?id=g3",
    "/v1/most-read?window=7d",
    "/v1/latest?limit=100",
    "/v1/latest?section=sport",
)


class Trial:
    """One server with a good model, to which hostile ones are shown one after another."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.model = server.home.models / "default"
        self.good = saving.current(server.home.models, "default")
        self.faults: list[str] = []

    def version(self, n: int) -> str:
        return f"20260101T000000Z-{n:08x}"

    def publish(self, name: str, n: int, harm) -> None:
        """Spoil a copy of the good model and make it the current one."""
        folder = self.model / self.version(n)
        shutil.copytree(self.model / self.good, folder)
        harm(folder, random.Random(n))
        self._write(self.version(n))
        self.look(name, self.version(n))

    def look(self, name: str, version: str) -> None:
        """Look at what becomes of a ``CURRENT``; afterwards the good one serves."""
        problem = self._problem(version)
        if problem:
            self.faults.append(f"{name}: {problem}")
            self.recover()

    def _problem(self, version: str) -> str:
        try:
            until(lambda: self._seen(version), NOTICED_SECONDS, "it is named or served")
        except AssertionError:
            return "neither refused by name nor served"
        except BROKEN as error:
            return f"no answer from the server any more ({error!r})"
        served, statuses = self._answers()
        if served != {self.good}:
            return f"is served, answers {statuses}"
        return "" if set(statuses) == {200} else f"refused, but answers {statuses}"

    def _seen(self, version: str) -> bool:
        answer = self._get("/health/ready")
        if answer.status != 200:  # it is served, and breaks everything
            return True
        health = answer.document
        named = [one["version"] for one in health["refused"]]
        return version in named or (health["model"] or {}).get("version") != self.good

    def _answers(self) -> tuple[set[str], list[object]]:
        served, statuses = set(), []
        for question in QUESTIONS:
            try:
                answer = self._get(question)
                served.add(answer.headers.get("x-model-version", self.good))
                statuses.append(answer.status)
            except BROKEN as error:
                statuses.append(type(error).__name__)
        return served, statuses

    def recover(self) -> None:
        """Have the good model served again, by a new server if nothing else helps."""
        try:
            assert "neither" not in self.faults[-1], "perhaps nobody looks at models any more"
            self.restore()
        except (AssertionError, *BROKEN):
            self._write(self.good)
            self._restart()

    def restore(self) -> None:
        self._write(self.good)
        until(self._recovered, NOTICED_SECONDS, "the good model is served again")

    def start_anew(self, name: str, version: str) -> None:
        """Start a server on a hostile model: it is to serve the good one."""
        self._write(version)
        try:
            self._restart()
        except AssertionError:
            self.faults.append(f"{name}: the server does not start")
            return
        if self._answers() != ({self.good}, [200] * len(QUESTIONS)):
            self.faults.append(f"{name}: after a start the good model is not served")

    def _restart(self) -> None:
        self.server.kill()
        self.server.start()
        self.server.wait_until_ready(START_SECONDS)

    def _recovered(self) -> bool:
        answer = self._get("/health/ready")
        if answer.status != 200:
            return False
        health = answer.document
        return (
            health["model"] == {"name": "default", "version": self.good} and not health["refused"]
        )

    def _get(self, path: str):
        connection = Connection(self.server.port, timeout=10)
        try:
            return connection.get(path)
        finally:
            connection.close()

    def _write(self, version: str) -> None:
        self.put_current(lambda path: path.write_text(f"{version}\n"))

    def put_current(self, make: Callable[[Path], object]) -> None:
        """Put something made by ``make`` in the place of ``CURRENT``, at once."""
        draft = self.model / ".CURRENT"
        make(draft)
        os.replace(draft, self.model / "CURRENT")


def test_hostile_models_are_refused_and_the_good_one_serves_on(home, tier, told, tmp_path):
    target = tmp_path / "executed"
    known = list(harms(target).items())
    number = max(tier.hostile_models, len(known))
    chosen = [known[n % len(known)] for n in range(number)]
    with Server(home, watched=True) as server:
        trial = Trial(server)
        for n, (name, harm) in enumerate(chosen):
            trial.publish(name, n, harm)
        for name in STARTED_ON:
            trial.start_anew(name, trial.version(list(harms(target)).index(name)))
    faults = sorted(set(trial.faults))
    told("hostile", models=number, kinds=len(known), not_refused=len(faults))
    assert not target.exists(), "something was executed"
    assert not faults, "\n".join(faults)


def test_a_current_that_names_no_version_is_refused(home, told):
    with Server(home, watched=True) as server:
        trial = Trial(server)
        for name, make in currents().items():
            trial.put_current(make)
            trial.look(name, "CURRENT")
            trial.restore()
    told("current", kinds=len(currents()), not_refused=len(trial.faults))
    assert not trial.faults, "\n".join(trial.faults)


def test_what_the_manifest_does_not_name_is_never_opened(home, told, tmp_path):
    target = tmp_path / "executed"
    with Server(home, watched=True) as server:
        trial = Trial(server)
        folder = trial.model / trial.version(0)
        shutil.copytree(trial.model / trial.good, folder)
        another_array_with_a_pickle(folder, random.Random(0), target)
        sealed(
            folder, files={name: facts for name, facts in files_of(folder) if name != "more.npy"}
        )
        trial._write(trial.version(0))
        until(lambda: trial._seen(trial.version(0)), NOTICED_SECONDS, "it is refused or served")
        assert trial._answers()[1] == [200] * len(QUESTIONS)
    told("unnamed", executed=target.exists())
    assert not target.exists()


def test_verify_names_every_damaged_version(home, told, tmp_path):
    model = home.models / "default"
    good = saving.current(home.models, "default")
    kinds = ("flip", "truncate", "lengthen", "swap", "remove", "empty folder", "link of an array")
    known = harms(tmp_path / "executed")
    for n, kind in enumerate(kinds):
        folder = model / f"20260101T000000Z-{n:08x}"
        shutil.copytree(model / good, folder)
        known[kind](folder, random.Random(n))
    command = recsys("models", "verify", "--models", home.models)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    told("verify", damaged=len(kinds), code=done.returncode)
    assert done.returncode == 1
    assert all(f"20260101T000000Z-{n:08x}" in done.stdout for n in range(len(kinds)))
    assert done.stdout.count("as it was written") == 1
