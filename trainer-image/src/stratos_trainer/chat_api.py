"""One request to an OpenAI-compatible API, and what can come back: an answer, a refusal, or trouble that may pass."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .completions import Completion
from .config import Endpoint
from .ledger import Tokens
from .retries import asked_pause

TIMEOUT_SECONDS = 120.0
MOST_BYTES = 16 * 1024 * 1024
PASSING = {408, 409, 425, 429, 500, 502, 503, 504, 529}
# The API looked at this very question and will not answer it, whoever asks again.
REFUSING = {400, 413, 422}
# What models charge for a conversation besides its text: its frame, and a turn's.
FRAME_TOKENS, TURN_TOKENS = 64, 16


class Trouble(Exception):
    """An attempt that came to nothing. ``charged`` tells whether somebody may be asked to pay for it."""

    def __init__(self, problem: str, *, charged: bool, pause: float = 0.0, busy: bool = False) -> None:
        super().__init__(problem)
        self.charged = charged
        self.pause = pause
        self.busy = busy


class Refused(Exception):
    """The API will not answer this question; other questions may fare better."""


class Unusable(Exception):
    """The API will not answer any: a wrong token, a wrong address, an unknown model."""


@dataclass(frozen=True)
class Answer:
    completion: Completion
    used: Tokens | None
    # An answer without text: perhaps the model's last word, perhaps an accident.
    empty: bool


def worst_case(body: Mapping[str, Any]) -> Tokens:
    """No tokenizer makes more tokens of a text than it has bytes."""
    turns = body["messages"]
    size = sum(len(turn["content"].encode()) + TURN_TOKENS for turn in turns)
    return Tokens(size + FRAME_TOKENS, body.get("max_tokens") or body.get("max_completion_tokens"))


def ask(endpoint: Endpoint, token: str | None, body: Mapping[str, Any]) -> Answer:
    """Raises ``Trouble``, ``Refused`` or ``Unusable``."""
    started = time.monotonic()
    document = _document(_exchange(endpoint, token, body, started + TIMEOUT_SECONDS))
    return _answer(document, time.monotonic() - started)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token is for the address that the user gave, and for no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _exchange(endpoint: Endpoint, token: str | None, body: Mapping[str, Any], deadline: float) -> bytes:
    request = urllib.request.Request(
        endpoint.url.rstrip("/") + "/chat/completions",
        data=json.dumps(body).encode(),
        method="POST",
        headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})},
    )
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return _body(response, deadline)
    except urllib.error.HTTPError as error:
        raise _rejected(error) from error
    except (OSError, http.client.HTTPException) as error:
        # Nobody was reached: there is nobody to be paid. A connection that breaks later may have cost the answer.
        unreached = isinstance(getattr(error, "reason", None), ConnectionRefusedError)
        raise Trouble(str(error) or type(error).__name__, charged=not unreached) from error


def _body(response: http.client.HTTPResponse, deadline: float) -> bytes:
    """Bounded in size and in time: a server that sends a byte now and then never runs into a socket's timeout."""
    parts: list[bytes] = []
    size = 0
    while part := response.read1(65_536):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise Trouble(f"answered with more than {MOST_BYTES} bytes", charged=True)
        if time.monotonic() > deadline:
            raise Trouble(f"had not answered in full after {TIMEOUT_SECONDS:g} seconds", charged=True)
    left = response.length
    if left:
        raise Trouble(f"broke off {left} bytes before the end of its answer", charged=True)
    return b"".join(parts)


def _rejected(error: urllib.error.HTTPError) -> Exception:
    problem = f"answered {error.code} {error.reason}"
    said = _said(error)
    if said:
        problem = f"{problem}: {said}"
    if error.code in PASSING:
        return Trouble(problem, charged=False, pause=asked_pause(error.headers), busy=error.code in (429, 503, 529))
    return Refused(problem) if error.code in REFUSING else Unusable(problem)


def _said(error: urllib.error.HTTPError) -> str:
    """The API's own words, where it has any."""
    try:
        text = error.read(4096).decode("utf-8", "replace")
        message = json.loads(text)["error"]["message"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return str(message)[:300]


def _document(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Trouble(f"answered with something that is not JSON ({error})", charged=True) from error
    if not isinstance(document, dict):
        raise Trouble("answered with JSON that is no object", charged=True)
    return document


def _answer(document: dict[str, Any], seconds: float) -> Answer:
    used = _used(document.get("usage"))
    try:
        choice = document["choices"][0]
        text = _text(choice["message"].get("content"))
        reason = choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Trouble(f"answered with something that is no chat completion ({error!r})", charged=True) from error
    tokens = used or Tokens(0, len(text.encode()) // 4)
    completion = Completion(text, tokens.prompt, tokens.completion, reason not in ("length", "content_filter"), seconds)
    return Answer(completion, used, not text.strip())


def _text(content: Any) -> str:
    """A string, nothing, or a list of parts of which some are text."""
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if part.get("type") == "text")
    if not isinstance(content, str):
        raise TypeError(f"content is {type(content).__name__}")
    return content


def _used(usage: Any) -> Tokens | None:
    """None unless both counts are there and make sense: then the worst case has to stand."""
    if not isinstance(usage, dict):
        return None
    counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if any(not isinstance(count, int) or isinstance(count, bool) or count < 0 for count in counts):
        return None
    return Tokens(*counts)
