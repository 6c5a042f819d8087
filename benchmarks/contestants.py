"""From raw texts to saved neighbours: ``python -m benchmarks.contestants NAME``, JSON on stdin.

Ours and its peers, each in a process of its own, which prints what its stages took. Nobody's
reading of the file is counted; importing libraries is. Ours starts from articles as a store has
them and saves a whole model (hundred neighbours, stories, vectors); a peer starts from title and
body in one string and saves what is nearest to each article, `K` others.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generated import NOW

K = 20
JARS = Path("/usr/share/java")
_SOURCE = Path(__file__).parent / "lucene" / "MoreLikeThisPass.java"


@dataclass(frozen=True)
class Task:
    """What is to be done.

    Parameters
    ----------
    path
        Parquet file with ``article_id``, ``title`` and ``body``.
    out
        Folder to save into.
    jobs
        Threads.
    step
        Every how manyth article a peer is asked about; what that took is multiplied by it.
    """

    path: str
    out: str
    jobs: int
    step: int = 1

    def texts(self) -> list[str]:
        """Return title and body of every article."""
        import pyarrow.parquet as parquet

        table = parquet.read_table(self.path, columns=["title", "body"])
        pairs = zip(*(table[name].to_pylist() for name in ("title", "body")), strict=True)
        return [f"{title or ''} {body or ''}" for title, body in pairs]


@dataclass
class Stages:
    """What was taken, stage by stage: seconds of the clock, and of processors."""

    passed: dict[str, float] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def timed(self, name: str, times: int = 1) -> Iterator[None]:
        """Time a stage of which only one in ``times`` parts is done."""
        clock, cores = time.perf_counter(), time.process_time()
        yield
        self.passed[name] = times * (time.perf_counter() - clock)
        self.spent[name] = times * (time.process_time() - cores)


def recsys(task: Task, stages: Stages) -> None:
    """Train the default recipe, with as many neighbours as the peers look for, and publish it."""
    from recsys.data.importers.reading import read_articles
    from recsys.settings import read_settings

    # An iterator lets go of its list: nobody else holds the texts when they are counted.
    articles = iter(list(read_articles(Path(task.path), read_settings(None))))
    with stages.timed("model"):
        from recsys.model import Model
        from recsys.recipe import Recipe

        recipe = Recipe("default", {"similarity": {"neighbours": K}})
        model = Model(recipe).fit(articles, now=NOW, jobs=task.jobs)
    with stages.timed("save"):
        from recsys import saving

        saving.publish(model, Path(task.out))
    stages.facts["recall_at_10"] = model.metrics_["recall_at_10"]


def scikit_learn(task: Task, stages: Stages) -> None:
    """``TfidfVectorizer`` and brute ``NearestNeighbors``."""
    texts = task.texts()
    with stages.timed("words"):
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.neighbors import NearestNeighbors

        rows = TfidfVectorizer().fit_transform(texts)
        model = NearestNeighbors(metric="cosine", algorithm="brute", n_jobs=task.jobs).fit(rows)
    asked = rows[:: task.step]
    with stages.timed("neighbours", task.step):
        distances, near = model.kneighbors(asked, K + 1)
    with stages.timed("save"):
        np.savez(Path(task.out) / "near.npz", near=near, distances=distances)


def sparse_dot_topn(task: Task, stages: Stages) -> None:
    """``TfidfVectorizer`` and a product that keeps the best of each row."""
    texts = task.texts()
    with stages.timed("words"):
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sparse_dot_topn import sp_matmul_topn

        rows = TfidfVectorizer().fit_transform(texts)
        columns = rows.T.tocsr()
    asked = rows[:: task.step]
    with stages.timed("neighbours", task.step):
        near = sp_matmul_topn(asked, columns, K + 1, n_threads=task.jobs, sort=True)
    with stages.timed("save"):
        np.savez(Path(task.out) / "near.npz", near=near.indices, cosines=near.data)


def tantivy(task: Task, stages: Stages) -> None:
    """Index, and ask for more like each document."""
    texts = task.texts()
    with stages.timed("index"):
        import tantivy as library

        schema = library.SchemaBuilder().add_text_field("text", stored=True).build()
        index = library.Index(schema, path=task.out)
        writer = index.writer(512 << 20, task.jobs)
        for text in texts:
            writer.add_document(library.Document(text=[text]))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        searcher = index.searcher()
    everything = searcher.search(library.Query.all_query(), len(texts)).hits
    asked = [address for _, address in everything[:: task.step]]

    def like(address: Any) -> list[int]:
        query = library.Query.more_like_this_query(address)
        return [near.doc for _, near in searcher.search(query, K + 1).hits]

    with stages.timed("neighbours", task.step), ThreadPoolExecutor(task.jobs) as threads:
        near = list(threads.map(like, asked, chunksize=64))
    with stages.timed("save"):
        np.save(Path(task.out) / "near.npy", np.concatenate([np.array(row) for row in near]))


def lucene(task: Task, stages: Stages) -> None:
    """Index, and ask for more like each document, with Debian's jars (`MoreLikeThisPass.java`)."""
    texts, out, path = Path(task.out) / "texts.txt", Path(task.out), class_path()
    with texts.open("w", encoding="utf-8") as file:
        file.writelines(" ".join(text.split()) + "\n" for text in task.texts())
    subprocess.run(["javac", "-cp", path, "-d", out, _SOURCE], check=True)
    command = ["java", "-cp", f"{path}{os.pathsep}{out}", _SOURCE.stem, texts, out]
    numbers = [task.jobs, task.step, K]
    done = subprocess.run(
        [*map(str, command), *map(str, numbers)], stdout=subprocess.PIPE, text=True, check=True
    )
    printed = json.loads(done.stdout)
    stages.facts["peak_mb"] = printed.pop("peak_kb") / 1024
    for kind, seconds in printed.items():
        index, neighbours, save = seconds
        taken = {"index": index, "neighbours": task.step * neighbours, "save": save}
        getattr(stages, kind).update(taken)


def class_path() -> str:
    """Return the jars that Lucene's pass needs; empty where they are not all there."""
    found = [
        next(iter(sorted(JARS.glob(f"lucene-{name}-[0-9]*.jar"))), None)
        for name in ("core", "queries", "analyzers-common")
    ]
    return os.pathsep.join(map(str, found)) if all(found) else ""


def compiled(task: Task, stages: Stages) -> None:
    """Compile what only large sets need, so that it is in the cache."""
    from benchmarks.generated import generated_rows
    from recsys.kernels.budgeted import Heaviest
    from recsys.kernels.exact import nearest

    rows = generated_rows(3000)
    with stages.timed("compiling"):
        list(Heaviest.of(rows, task.jobs).nearest(rows, K, task.jobs, 2048))
        list(nearest(rows, rows, K, task.jobs))
        list(nearest(rows[:500], rows, K, task.jobs))


CONTESTANTS: Mapping[str, Callable[[Task, Stages], None]] = {
    "recsys": recsys,
    "scikit-learn": scikit_learn,
    "sparse_dot_topn": sparse_dot_topn,
    "tantivy": tantivy,
    "Lucene": lucene,
}


def missing(name: str) -> str:
    """Return why a contestant cannot run here; empty if it can."""
    from importlib.util import find_spec

    if name == "Lucene":
        if not (shutil.which("java") and shutil.which("javac")):
            return "there is no java and javac"
        return "" if class_path() else f"no jars of Lucene in {JARS} (Debian's liblucene8-java)"
    module = {"scikit-learn": "sklearn"}.get(name, name)
    return "" if find_spec(module) else f"{name} is not installed (the extra bench)"


def peak_mb() -> float:
    """Return the most memory that this process had.

    What the system says of a process that has ended (``ru_maxrss``) is at least what the process
    that started it had.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Do what a task says."""
    task, stages = Task(**json.load(sys.stdin)), Stages()
    {**CONTESTANTS, "compiled": compiled}[sys.argv[1]](task, stages)
    stages.facts.setdefault("peak_mb", peak_mb())
    print(json.dumps(asdict(stages)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
