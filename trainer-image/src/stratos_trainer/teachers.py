"""Whoever can complete conversations: weights in this process, or an OpenAI-compatible endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch

from . import answer_cache, digests, logs, modeling, vllm_engine
from .answer_cache import AnswerCache, key
from .completions import Completion, Sampling
from .config import Endpoint, Model, StageConfig
from .endpoints import Desk, seeded
from .generate import LocalCompleter
from .ledger import Account
from .prompts import Conversation
from .uris import Resolver


class Completer(Protocol):
    def complete(self, conversations: Sequence[Conversation], sampling: Sampling) -> list[Completion]: ...


def open_completer(config: StageConfig, model: Model, device: torch.device) -> Completer:
    system = config.the_task.system_prompt
    if model.endpoint:
        return EndpointCompleter(model.endpoint, system, model.name)
    folder = folder_of(config, model)
    tokenizer = modeling.load_tokenizer(folder)
    return LocalCompleter(modeling.load_model(folder, config.seed).to(device), tokenizer, system)


def open_generator(config: StageConfig, model: Model, device: torch.device) -> Completer:
    """For many rows: by vLLM where it is installed and there is a GPU, and nothing that was generated before is
    generated again."""
    if model.endpoint:
        return open_completer(config, model, device)
    system = config.the_task.system_prompt
    folder = folder_of(config, model)
    if vllm_engine.serves(device):
        completer: Completer = vllm_engine.VllmCompleter(folder, system, config.seed, device)
    else:
        completer = open_completer(config, model, device)
    logs.info("opened a teacher", model=model.name, engine=type(completer).__name__)
    cache = answer_cache.current()
    return CachedCompleter(completer, digests.fingerprint(folder), system, cache) if cache else completer


def folder_of(config: StageConfig, model: Model) -> Path:
    return Resolver(config, "ModelUnreadable").path(str(model.uri))


class EndpointCompleter:
    """Chat completions over HTTP; each question has its own place in the cache, so that none is paid for twice."""

    def __init__(self, endpoint: Endpoint, system: str | None, name: str = "") -> None:
        self.system = system
        self.desk = Desk(endpoint, Account("Teacher", name or endpoint.model))

    def complete(self, conversations: Sequence[Conversation], sampling: Sampling) -> list[Completion]:
        questions = [talk.with_system(self.system) for talk in conversations]
        return self.desk.ask_all(questions, [seeded(sampling, number) for number in range(len(questions))])


class CachedCompleter:
    """Weights with a memory. Chance runs through a whole batch, so a batch is found as a whole or generated as a
    whole: an interrupted run ends with the bytes of one that was not."""

    def __init__(self, inner: Completer, identity: str, system: str | None, cache: AnswerCache) -> None:
        self.inner = inner
        self.identity = identity
        self.system = system
        self.cache = cache

    def complete(self, conversations: Sequence[Conversation], sampling: Sampling) -> list[Completion]:
        keys = [key(self.identity, talk.with_system(self.system), sampling) for talk in conversations]
        known = [answer for asked in keys if (answer := self.cache.get(asked)) is not None]
        if len(known) == len(keys):
            return known
        answers = self.inner.complete(conversations, sampling)
        for asked, answer in zip(keys, answers, strict=True):
            self.cache.put(asked, answer)
        return answers
