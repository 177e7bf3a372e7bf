"""Many questions to one API: side by side, patiently, within the budget, and none asked twice."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from . import answer_cache, chat_api, ledger, logs, retries
from .answer_cache import key
from .chat_api import Answer, Refused, Trouble, Unusable
from .completions import Completion, Sampling
from .config import Endpoint
from .errors import StageError
from .ledger import Account
from .pacing import Pacer
from .prompts import Message

# An answer without text is asked for again, but not for ever: some questions leave a model speechless.
EMPTY_ANSWERS = 3
MOST_REFUSALS = 32
# What some APIs call otherwise or do not know, and say so.
OPTIONAL_PARAMETERS = ("seed", "temperature")


class Desk:
    """Asks one endpoint on behalf of one account. A refused question gets an unfinished, empty answer; if nothing but
    refusals comes back, or the API cannot be used, ``TeacherUnavailable``."""

    def __init__(self, endpoint: Endpoint, account: Account) -> None:
        self.endpoint = endpoint
        self.account = account
        self.identity = f"{endpoint.url.rstrip('/')} {endpoint.model}"
        self._cache = answer_cache.current()
        self._book = ledger.current()
        self._token = self._read_token()
        self._pacer = Pacer(endpoint.max_concurrent_requests, endpoint.requests_per_minute)
        self._renamed: dict[str, str | None] = {}
        self._refusals: list[str] = []

    def ask_all(self, questions: Sequence[list[Message]], samplings: Sequence[Sampling]) -> list[Completion]:
        """The answers in order. When one question fails for good, those under way are still waited for, and kept."""
        failed = threading.Event()

        def one(question: list[Message], sampling: Sampling) -> Completion | None:
            if failed.is_set():
                return None
            try:
                return self.ask(question, sampling)
            except BaseException:
                failed.set()
                raise

        with ThreadPoolExecutor(self.endpoint.max_concurrent_requests) as pool:
            futures = [pool.submit(one, *pair) for pair in zip(questions, samplings, strict=True)]
        answers = [answer for future in futures if (answer := future.result()) is not None]
        if questions and len(self._refusals) >= len(questions):
            raise self._unavailable(self._refusals[0])
        return answers

    def ask(self, messages: list[Message], sampling: Sampling) -> Completion:
        asked = key(self.identity, messages, sampling)
        known = self._cache.get(asked) if self._cache else None
        if known is not None:
            return known
        try:
            answer = self._patiently(messages, sampling)
        except Refused as error:
            return self._note_refusal(str(error))
        except Unusable as error:
            raise self._unavailable(str(error)) from error
        self._refusals.clear()
        if self._cache:
            self._cache.put(asked, answer)
        return answer

    def _note_refusal(self, problem: str) -> Completion:
        """One refused question is lost; many in a row, and it is not about the questions."""
        logs.warning("a question was refused", model=self.endpoint.model, problem=problem)
        self._refusals.append(problem)
        if len(self._refusals) >= MOST_REFUSALS:
            raise self._unavailable(problem)
        return Completion("", 0, 0, finished=False)

    def _patiently(self, messages: list[Message], sampling: Sampling) -> Completion:
        pauses = retries.pauses()
        attempts = empty = 0
        while True:
            attempts += 1
            try:
                answer = self._once(messages, sampling)
                empty += answer.empty
                if not answer.empty or empty == EMPTY_ANSWERS:
                    return answer.completion
                trouble = Trouble("answered with nothing", charged=True)
            except Trouble as error:
                trouble = error
            pause = next(pauses, None)
            if pause is None:
                raise self._unavailable(f"{trouble}, {attempts} times")
            pause = max(pause, trouble.pause)
            if trouble.busy:
                self._pacer.busy(pause)
            retries.sleep(pause)

    def _once(self, messages: list[Message], sampling: Sampling) -> Answer:
        """One attempt, paid for whatever comes of it; parameters that the API does not know are left out from then."""
        while True:
            body = self._body(messages, sampling)
            try:
                with self._pacer.turn():
                    answer = self._paid(body)
            except Refused as error:
                if not self._adapt(body, str(error)):
                    raise
                continue
            self._pacer.answered()
            return answer

    def _paid(self, body: dict[str, Any]) -> Answer:
        reservation = self._book.reserve(self.account, chat_api.worst_case(body))
        used: ledger.Tokens | None = None
        try:
            answer = chat_api.ask(self.endpoint, self._token, body)
            used = answer.used
            return answer
        except Trouble as error:
            used = None if error.charged else ledger.NONE
            raise
        except (Refused, Unusable):
            used = ledger.NONE
            raise
        finally:
            self._book.settle(reservation, used)

    def _body(self, messages: list[Message], sampling: Sampling) -> dict[str, Any]:
        wanted = {
            "max_tokens": sampling.max_new_tokens,
            "temperature": sampling.temperature,
            "seed": sampling.seed if sampling.temperature else 0,
        }
        named = {self._renamed.get(name, name): value for name, value in wanted.items()}
        return {
            "model": self.endpoint.model,
            "messages": messages,
            **{name: value for name, value in named.items() if name is not None},
        }

    def _adapt(self, body: dict[str, Any], problem: str) -> bool:
        """Whether the refusal names a parameter that can be called otherwise or left out."""
        if "max_tokens" in body and "max_completion_tokens" in problem:
            self._renamed["max_tokens"] = "max_completion_tokens"
            return True
        for name in OPTIONAL_PARAMETERS:
            if name in body and name in problem:
                self._renamed[name] = None
                return True
        return False

    def _read_token(self) -> str | None:
        name = self.endpoint.token_env
        if name and not os.environ.get(name):
            raise StageError(
                "ConfigInvalid",
                f"the token of {self.endpoint.url} should be in the environment variable "
                f"{name}, which is not set; check the endpoint's secretRef",
            )
        return os.environ[name] if name else None

    def _unavailable(self, problem: str) -> StageError:
        return StageError("TeacherUnavailable", f"asking {self.endpoint.model} at {self.endpoint.url}: {problem}")


def seeded(sampling: Sampling, number: int) -> Sampling:
    """Chance of its own for every question of a batch."""
    return replace(sampling, seed=(sampling.seed + number) % 2**31) if sampling.temperature else sampling
