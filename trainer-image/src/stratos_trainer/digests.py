"""Names for contents: a file's digest, and a folder's, which depends on nothing but names and bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path


def of_bytes(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def of_file(path: Path) -> str:
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def of_folder(folder: Path) -> str:
    """The digest over the sorted lines ``<relative name> <file digest>``."""
    lines = [f"{path.relative_to(folder).as_posix()} {of_file(path)}\n" for path in files_of(folder)]
    return of_bytes("".join(sorted(lines)).encode())


# Files up to this size count whole; of larger ones, three samples and the length.
SAMPLED_BYTES = 1024 * 1024


def fingerprint(folder: Path) -> str:
    """Tells models apart without reading a hundred gigabytes: whole small files, and samples of the large ones.

    Training changes every tensor, so two versions of one model differ in every sample.
    """
    lines = [f"{path.relative_to(folder).as_posix()} {_sampled(path)}\n" for path in files_of(folder)]
    return of_bytes("".join(sorted(lines)).encode())


def _sampled(path: Path) -> str:
    size = path.stat().st_size
    if size <= 3 * SAMPLED_BYTES:
        return of_file(path)
    with path.open("rb") as file:
        samples = []
        for offset in (0, size // 2, size - SAMPLED_BYTES):
            file.seek(offset)
            samples.append(file.read(SAMPLED_BYTES))
    return f"{size} {of_bytes(b''.join(samples))}"
