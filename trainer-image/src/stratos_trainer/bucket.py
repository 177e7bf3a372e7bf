"""Publishing to an object store, which has no rename: into a folder named by its contents, below the key asked for.

Nothing that is there is ever written over, so a server goes on reading what it reads.
"""

from __future__ import annotations

from pathlib import Path

from obstore.exceptions import BaseError

from . import artefact, digests, logs, stores
from .config import StageConfig
from .credentials import of_uri
from .errors import StageError

NAME_DIGITS = 16


def publish(config: StageConfig, folder: Path) -> str:
    """The URI of the folder with exactly these files."""
    uri = str(config.output_uri).rstrip("/")
    version = digests.of_folder(folder).removeprefix("sha256:")[:NAME_DIGITS]
    try:
        place = stores.place(f"{uri}/{version}", of_uri(config, str(config.output_uri)))
        there = set(place.keys())
        # The evaluation comes last: where it is, all the rest is.
        last = f"{place.key}/{artefact.EVALUATION}"
        if last in there:
            logs.info("already published", uri=uri, version=version)
            return f"{uri}/{version}"
        files = {f"{place.key}/{path.relative_to(folder).as_posix()}": path for path in digests.files_of(folder)}
        for key in sorted(files, key=lambda key: (key == last, key)):
            place.write(key, files[key])
    except (BaseError, OSError) as error:
        first = str(error).strip().partition("\n")[0][:500]
        raise StageError(
            "OutputUnwritable", f"publishing to {uri}: {first}; check the bucket, the region and the keys of secretRef"
        ) from error
    return f"{uri}/{version}"
