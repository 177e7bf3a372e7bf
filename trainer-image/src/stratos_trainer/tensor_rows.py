"""Named tensors cut by rows over several files, and read back by any number of processes.

Each process writes the rows it has (safetensors); where a file's rows belong in the whole stands in its header. A
reader takes just the rows it needs from whichever files have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file


@dataclass(frozen=True)
class Part:
    """``rows`` are those from ``start`` on."""

    rows: torch.Tensor
    start: int


def write(path: Path, parts: Mapping[str, Part]) -> None:
    tensors = {name: part.rows.detach().cpu().contiguous() for name, part in parts.items() if part.rows.numel()}
    save_file(tensors, path, {name: str(parts[name].start) for name in tensors})


class Reader:
    """The files of one set; a context, since they stay open."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._stack = ExitStack()
        self._places: dict[str, list[tuple[int, object]]] = {}
        for path in paths:
            file = self._stack.enter_context(safe_open(path, framework="pt"))
            for name, start in (file.metadata() or {}).items():
                self._places.setdefault(name, []).append((int(start), file))

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def fill(self, name: str, target: torch.Tensor, start: int) -> None:
        """Copies the rows from ``start`` on into ``target``. Raises ``KeyError`` when they are not all there."""
        if not target.numel():
            return
        if target.dim() == 0:
            target.copy_(self._places[name][0][1].get_tensor(name))
            return
        missing = len(target)
        for first, file in self._places[name]:
            view = file.get_slice(name)
            size = view.get_shape()
            if list(size[1:]) != list(target.shape[1:]):
                raise KeyError(f"{name} is {size}, not {list(target.shape)}")
            begin, end = max(start, first), min(start + len(target), first + size[0])
            if begin < end:
                target[begin - start : end - start].copy_(view[begin - first : end - first])
                missing -= end - begin
        if missing:
            raise KeyError(f"{name} lacks {missing} rows")
