"""``stratos-trainer STAGE``: the only place that ends the process."""

from __future__ import annotations

import importlib
import sys
import time

from . import answer_cache, launch, ledger, logs, results, shards, stops
from . import config as configs
from .errors import EXIT_DONE, EXIT_STOPPED, StageError, Stopped
from .progress import Progress

STAGES = ("profile", "pilot", "synthesize", "train", "evaluate", "publish")


def main(arguments: list[str] | None = None) -> None:
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1 or arguments[0] not in STAGES:
        print(f"usage: stratos-trainer {{{','.join(STAGES)}}}", file=sys.stderr)
        sys.exit(2)
    stops.listen()
    sys.exit(run(arguments[0]))


def run(stage: str) -> int:
    """The exit code; the termination message is written by then, unless a checkpoint is all there is to tell."""
    started = time.monotonic()
    logs.start(stage=stage)
    try:
        config = configs.from_environment(stage)
        logs.start(job=f"{config.job.namespace}/{config.job.name}", stage=stage, attempt=config.job.attempt)
        count = launch.processes(config)
        if count > 1:
            results.clear()
            return launch.run(stage, count)
        ledger.start(config, shards.number())
        answer_cache.start(config)
        # Imported late: a bad document is then refused at once, before PyTorch has loaded.
        result = importlib.import_module(f".{stage}", __package__).run(config, Progress())
        if launch.leads():
            results.write(results.success(stage, time.monotonic() - started, result, ledger.current().usage()))
    except Stopped as stop:
        logs.info(str(stop))
        return EXIT_STOPPED
    except BaseException as error:
        return _fail(stage, error)
    logs.info("done", seconds=round(time.monotonic() - started, 3))
    return EXIT_DONE


def _fail(stage: str, error: BaseException) -> int:
    if isinstance(error, (KeyboardInterrupt, SystemExit)):
        raise error
    known = error if isinstance(error, StageError) else _classified(error)
    logs.error(str(known), exception=None if known is error else error, reason=known.reason)
    # Of several processes the first to fail knows why; the others only see it gone.
    failure = results.failure(stage, known, ledger.current().usage())
    results.write(failure, unless_there=launch.is_one_of_several())
    return known.exit_code


def _classified(error: BaseException) -> StageError:
    """What nobody foresaw, with its type, so that the condition on the job says more than "failed"."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return StageError(
            "OutOfMemory", f"{error}; lower training.batchSize or training.maxSequenceLength, or use a larger pool"
        )
    return StageError("Internal", f"{type(error).__name__}: {error}")
