"""Whoever can complete conversations: weights in this process, or an OpenAI-compatible endpoint."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import torch

from . import modeling
from .config import Endpoint, Model, StageConfig
from .errors import StageError
from .generate import Completion, LocalCompleter, Sampling
from .prompts import Conversation
from .uris import Resolver

CONCURRENT_REQUESTS = 8
ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
TIMEOUT_SECONDS = 120
WORTH_RETRYING = {408, 409, 425, 429, 500, 502, 503, 504}


class Completer(Protocol):
    def complete(self, conversations: Sequence[Conversation], sampling: Sampling) -> list[Completion]: ...


def open_completer(config: StageConfig, model: Model, device: torch.device) -> Completer:
    system = config.the_task.system_prompt
    if model.endpoint:
        return EndpointCompleter(model.endpoint, system)
    folder = Resolver(config, "ModelUnreadable").path(str(model.uri))
    tokenizer = modeling.load_tokenizer(folder)
    return LocalCompleter(modeling.load_model(folder, config.seed).to(device), tokenizer, system)


class EndpointCompleter:
    """Chat completions over HTTP: eight at a time, with pauses that double and heed ``Retry-After``."""

    def __init__(self, endpoint: Endpoint, system: str | None) -> None:
        self.endpoint = endpoint
        self.system = system
        self.token = self._token()

    def complete(self, conversations: Sequence[Conversation], sampling: Sampling) -> list[Completion]:
        with ThreadPoolExecutor(CONCURRENT_REQUESTS) as pool:
            return list(pool.map(lambda talk: self._one(talk, sampling), conversations))

    def _token(self) -> str | None:
        name = self.endpoint.token_env
        if name and not os.environ.get(name):
            raise StageError(
                "ConfigInvalid",
                f"the token of {self.endpoint.url} should be in the environment variable "
                f"{name}, which is not set; check the teacher's secretRef",
            )
        return os.environ[name] if name else None

    def _one(self, talk: Conversation, sampling: Sampling) -> Completion:
        answer = self._post(
            {
                "model": self.endpoint.model,
                "messages": talk.with_system(self.system),
                "max_tokens": sampling.max_new_tokens,
                "temperature": sampling.temperature,
                "seed": sampling.seed,
            }
        )
        try:
            choice, usage = answer["choices"][0], answer.get("usage") or {}
            text = choice["message"]["content"] or ""
        except (KeyError, IndexError, TypeError) as error:
            raise self._unavailable(f"answered with something that is no chat completion ({error!r})") from error
        return Completion(
            text,
            int(usage.get("prompt_tokens", 0)),
            int(usage.get("completion_tokens", 0)),
            choice.get("finish_reason") != "length",
        )

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            self.endpoint.url.rstrip("/") + "/chat/completions",
            data=json.dumps(body).encode(),
            method="POST",
            headers={
                "Content-Type": "application/json",
                **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            },
        )
        pause = FIRST_PAUSE_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                    return json.load(response)
            except urllib.error.HTTPError as error:
                problem = f"answered {error.code} {error.reason}"
                if error.code not in WORTH_RETRYING:
                    raise self._unavailable(problem) from error
                pause = max(pause, _retry_after(error))
            except (OSError, ValueError) as error:
                problem = str(error)
            if attempt < ATTEMPTS:
                time.sleep(min(pause, LONGEST_PAUSE_SECONDS))
                pause *= 2
        raise self._unavailable(f"{problem}, {ATTEMPTS} times")

    def _unavailable(self, problem: str) -> StageError:
        return StageError("TeacherUnavailable", f"asking {self.endpoint.model} at {self.endpoint.url}: {problem}")


def _retry_after(error: urllib.error.HTTPError) -> float:
    try:
        return float(error.headers.get("Retry-After", 0))
    except ValueError:
        return 0.0
