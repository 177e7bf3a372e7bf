"""What the teacher finds likeliest at every token of the training data, written down before the student trains.

    logits/<digest>.safetensors   tokens [n, k] and log_probs [n, k + 1]: the k likeliest and all the rest together

A shard is named by everything that its numbers depend on (the teacher's weights, the examples' tokens, k, the
temperature), so that one is never mistaken for another and none is made twice: not after an interruption, not by
another attempt. In 16 and 32 bits k = 64 takes 132 + 256 = 0.4 KB a token where 152 k logits take 600.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from . import batches, divergences, heads, losses
from .batches import Example, TopTokens
from .errors import Stopped
from .ranks import Ranks
from .stops import requested

SHARD_EXAMPLES = 256
FORMAT = "top-tokens v1"


@dataclass(frozen=True)
class TeacherCache:
    folder: Path
    # Digest of the teacher's folder.
    teacher: str
    kept: int
    temperature: float = 1.0

    def path_of(self, examples: Sequence[Example]) -> Path:
        text = repr((FORMAT, self.teacher, self.kept, self.temperature, [(e.prompt, e.completion) for e in examples]))
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()}.safetensors"

    def missing(self, examples: Sequence[Example]) -> list[Sequence[Example]]:
        return [shard for shard in _shards(examples) if self._read(shard) is None]

    def write(self, teacher: torch.nn.Module, examples: Sequence[Example], most_tokens: int) -> None:
        """Scores one shard. A half-written file never has a shard's name."""
        tops = self._scored(teacher, examples, most_tokens)
        path = self.path_of(examples)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        save_file(
            {
                "tokens": torch.cat([top.tokens for top in tops]).int(),
                "log_probs": torch.cat([top.log_probs for top in tops]),
            },
            partial,
        )
        descriptor = os.open(partial, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        partial.replace(path)

    def attached(self, examples: Sequence[Example]) -> list[Example]:
        """The examples with what the cache has on them."""
        done: list[Example] = []
        for shard in _shards(examples):
            tensors = self._read(shard)
            if tensors is None:
                raise KeyError(str(self.path_of(shard)))
            sizes = [len(example.completion) for example in shard]
            columns = zip(shard, tensors["tokens"].split(sizes), tensors["log_probs"].split(sizes), strict=True)
            done += [replace(example, top=TopTokens(tokens, log_probs)) for example, tokens, log_probs in columns]
        return done

    def _read(self, shard: Sequence[Example]) -> dict[str, torch.Tensor] | None:
        """A file that cannot be read, or is of another size, counts as absent and is written again."""
        try:
            tensors = load_file(self.path_of(shard))
            rows = sum(len(example.completion) for example in shard)
            whole = len(tensors["tokens"]) == len(tensors["log_probs"]) == rows
            return tensors if whole else None
        except (OSError, SafetensorError, KeyError):
            return None

    @torch.inference_mode()
    def _scored(self, teacher: torch.nn.Module, examples: Sequence[Example], most_tokens: int) -> list[TopTokens]:
        """In the examples' order, though they are read by length."""
        order = {id(example): place for place, example in enumerate(examples)}
        tops: list[TopTokens | None] = [None] * len(examples)
        for part in batches.micro_batches(examples, most_tokens):
            rows = self._rows(teacher, part)
            for example, top in zip(part, rows, strict=True):
                tops[order[id(example)]] = top
        return [top for top in tops if top is not None]

    def _rows(self, teacher: torch.nn.Module, examples: Sequence[Example]) -> Iterator[TopTokens]:
        device = next(teacher.parameters()).device
        hidden = losses.hidden_rows(teacher, batches.collate(examples, pad=0).to(device))
        head = heads.head_of(teacher)
        tokens, log_probs = [], []
        for chunk in hidden.split(max(1, heads.LOGITS_AT_ONCE // len(head.weight))):
            whole = divergences.log_probabilities(head(chunk), self.temperature)
            kept = whole.topk(min(self.kept, whole.shape[-1] - 1), dim=-1).indices
            tokens.append(kept.cpu())
            log_probs.append(divergences.with_tail(whole, kept).cpu())
        sizes = [len(example.completion) for example in examples]
        for pair in zip(torch.cat(tokens).split(sizes), torch.cat(log_probs).split(sizes), strict=True):
            yield TopTokens(*pair)


def fill(cache: TeacherCache, teacher: torch.nn.Module, examples: Sequence[Example], ranks: Ranks, most: int) -> None:
    """Every process scores a share of what is missing. Raises ``Stopped`` between two shards; those written stay."""
    missing = cache.missing(examples)
    ranks.wait()
    for start in range(0, len(missing), ranks.size):
        if any(row[0] for row in ranks.table([float(requested())])):
            raise Stopped("stopped while scoring the training data with the teacher")
        for shard in missing[start + ranks.rank : start + ranks.rank + 1]:
            cache.write(teacher, shard, most)
    ranks.wait()


def _shards(examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    return (examples[at : at + SHARD_EXAMPLES] for at in range(0, len(examples), SHARD_EXAMPLES))
