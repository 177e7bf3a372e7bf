"""Runs what has not been run yet and writes the page: ``python -m experiments --seeds 5 --workers 2``."""

from __future__ import annotations

import argparse
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runs import Run

# Two threads gain little at this size; one process a core gains all of it. Read when PyTorch is loaded.
os.environ["OMP_NUM_THREADS"] = "1"

ROOT = Path(__file__).parent.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stratos" / "results"


def main() -> None:
    from .runs import Run  # noqa: I001  (first: it notes which modules decide a run)
    from .page import write
    from .studies import SEEDS, STUDIES

    parser = argparse.ArgumentParser(prog="make results", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only-print", action="store_true", help="write the page from what has been run")
    options = parser.parse_args()
    wanted = [Run(name, "teacher", 0) for name in STUDIES]
    for seed in range(options.seeds):
        wanted += [Run(name, arm, seed) for name, study in STUDIES.items() for arm in study.arms]
    if not options.only_print:
        _run([run for run in wanted if not run.is_kept(CACHE)], options.workers)
    write(ROOT / "docs", [run.result(CACHE) for run in wanted if run.is_kept(CACHE)])


def _run(missing: Sequence[Run], workers: int) -> None:
    """Each run in a process of its own; what is finished stays so, and an interrupted study goes on where it was."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, max_tasks_per_child=1) as pool:
        # The teacher's runs also make the rows that all others learn from.
        for batch in ([run for run in missing if run.arm == "teacher"], missing):
            todo = [run for run in batch if not run.is_kept(CACHE)]
            pending = {pool.submit(run.result, CACHE): run for run in todo}
            for done, future in enumerate(as_completed(pending), start=1):
                run, result = pending[future], future.result()
                share = result["correct"].count("1") / len(result["correct"])
                print(f"{done}/{len(pending)} {run.study} {run.arm} seed {run.seed}: {share:.3f}", flush=True)


if __name__ == "__main__":
    main()
