"""Files that grow by whole lines of JSON. A line that a kill cut short is dropped, as if it had never been begun."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any


class AppendedLines:
    """One writer each, and it may have threads. What is written survives SIGKILL at once, a crash of the node after
    the file system's own delay."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.Lock()
        self._file = path.open("ab")
        self._file.truncate(whole_bytes(path))
        self._file.seek(0, 2)

    def append(self, entry: Any) -> int:
        """The offset at which the entry now stands."""
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            offset = self._file.tell()
            self._file.write(line)
            self._file.flush()
        return offset


def whole_bytes(path: Path) -> int:
    """The size of a file up to its last line end."""
    with path.open("rb") as file:
        size = end = file.seek(0, 2)
        while end > 0:
            start = max(0, end - 65_536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0 if size else size


def entries(path: Path) -> Iterator[tuple[int, Any]]:
    """Every whole entry with its offset; another process may still be writing the last one."""
    offset = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                with suppress(ValueError):
                    yield offset, json.loads(line)
            offset += len(line)


def entry_at(path: Path, offset: int) -> Any:
    with path.open("rb") as file:
        file.seek(offset)
        return json.loads(file.readline())
