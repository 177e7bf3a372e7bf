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
