"""Stage ``publish``: the student, its card and its evaluation go to where servers load models from.

Publishing the same bytes twice is success wherever they go, so a stage that died at any moment may simply run again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import artefact, bucket, digests, hub, logs, modelpack
from .config import StageConfig
from .errors import StageError
from .progress import Progress
from .uris import Resolver

# (the document, the assembled folder) -> the URI under which exactly these bytes are found
Destination = Callable[[StageConfig, Path], str]


def run(config: StageConfig, progress: Progress) -> dict[str, Any]:
    uri = str(config.output_uri)
    scheme = urlsplit(uri).scheme
    try:
        if scheme == "pvc":
            result = _onto_volume(config, Resolver(config, "OutputUnwritable").mounted(uri), uri)
        elif scheme in DESTINATIONS:
            result = _elsewhere(config, DESTINATIONS[scheme])
        else:
            raise StageError(
                "ConfigInvalid",
                f"output.uri {uri}: this trainer publishes to {', '.join(sorted(['pvc', *DESTINATIONS]))}",
            )
    except OSError as error:
        raise StageError("OutputUnwritable", f"writing {uri}: {error}") from error
    progress.report(1, 1)
    return result


DESTINATIONS: dict[str, Destination] = {
    "hf": hub.publish,
    "oci": modelpack.publish,
    "s3": bucket.publish,
    "gs": bucket.publish,
}


def _elsewhere(config: StageConfig, destination: Destination) -> dict[str, Any]:
    """Assembled in the workspace, handed over, and forgotten here: the workspace keeps the model itself."""
    with tempfile.TemporaryDirectory(prefix=".publish-", dir=config.attempt_folder) as scratch:
        folder = Path(scratch) / "artefact"
        artefact.assemble(config, folder)
        return _described(destination(config, folder), folder)


def _described(uri: str, folder: Path) -> dict[str, Any]:
    files = digests.files_of(folder)
    return {
        "uri": uri,
        "digest": digests.of_folder(folder),
        "bytes": sum(path.stat().st_size for path in files),
        "files": len(files),
    }


def _onto_volume(config: StageConfig, target: Path, uri: str) -> dict[str, Any]:
    """Whoever looks at the volume sees the old folder or the new one, never half of either."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{config.job.uid}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    artefact.assemble(config, partial)
    digest = digests.of_folder(partial)
    if target.exists() and digests.of_folder(target) == digest:
        logs.info("already published", digest=digest)
        shutil.rmtree(partial)
    else:
        _swap(partial, target)
    return _described(uri, target)


def _swap(partial: Path, target: Path) -> None:
    """Two renames. We only ever replace what we published: a folder without our evaluation is somebody else's."""
    if not target.exists():
        partial.rename(target)
        return
    if any(target.iterdir()) and not (target / artefact.EVALUATION).exists():
        shutil.rmtree(partial)
        raise StageError(
            "OutputUnwritable", f"{target} holds files that Stratos did not publish; choose another output.uri"
        )
    previous = target.with_name(f".{target.name}.previous")
    shutil.rmtree(previous, ignore_errors=True)
    target.rename(previous)
    partial.rename(target)
    shutil.rmtree(previous, ignore_errors=True)
