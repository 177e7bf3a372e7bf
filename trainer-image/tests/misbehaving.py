"""A teacher's API on loopback that fails on cue, and keeps its own bill: whatever it worked on, it charges for."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# What each costs its caller: nothing for an error, the whole answer for one that was worked on and got lost.
UNCHARGED = ("429", "429 with a date", "500", "503", "529")
CHARGED = ("half", "half a chunk", "garbage", "no object", "no choice", "an empty choice", "nested", "silence", "drip")
QUICK = (
    *UNCHARGED,
    "half",
    "half a chunk",
    "garbage",
    "no object",
    "no choice",
    "an empty choice",
    "nested",
    "silence",
)


class Api:
    """``faults(prompt, number)`` names what happens to the n-th request for a prompt; None is an answer."""

    def __init__(self, faults: Callable[[str, int], str | None]) -> None:
        self.faults = faults
        self.lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.prompt_tokens = self.completion_tokens = 0
        self.running = 0
        # Those that have nothing of their answer yet: whoever has it may ask the next before its end is noted.
        self.thinking = self.most_thinking = 0
        self.pause = 0.0
        self.url = ""

    def answer_to(self, prompt: str) -> str:
        return f"answer to {prompt}"

    def begin(self, body: dict[str, Any]) -> tuple[str, str | None, str]:
        """The question, what is to happen, and the answer; thought of once, and charged for unless it fails early."""
        prompt = body["messages"][-1]["content"]
        with self.lock:
            self.requests[prompt] += 1
            self.bodies.append(body)
            self.times.append(time.monotonic())
            self.running += 1
            self.thinking += 1
            self.most_thinking = max(self.most_thinking, self.thinking)
            fault = self.faults(prompt, self.requests[prompt])
            answer = self.answer_to(prompt)
            if fault not in UNCHARGED and fault not in ("400", "401", "307"):
                self.prompt_tokens += len(prompt.split()) + 3
                self.completion_tokens += len(answer.split())
        return prompt, fault, answer

    def think(self) -> None:
        time.sleep(self.pause)
        with self.lock:
            self.thinking -= 1

    def end(self, prompt: str, fault: str | None) -> None:
        with self.lock:
            self.running -= 1
            if fault is None:
                self.answered[prompt] += 1

    def quiet(self) -> Api:
        """Once every request has been counted: a client may have its answer before the server has noted it."""
        deadline = time.monotonic() + 5
        while self.running > 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        return self

    def document(self, prompt: str, text: str) -> dict[str, Any]:
        return {
            "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": len(prompt.split()) + 3, "completion_tokens": len(text.split())},
        }


class _Handler(BaseHTTPRequestHandler):
    api: Api
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt, fault, answer = self.api.begin(body)
        try:
            self.api.think()
            self.close_connection = True
            self._reply(fault, self.api.document(prompt, answer))
        except OSError:
            pass
        finally:
            self.api.end(prompt, fault)

    def _reply(self, fault: str | None, document: dict[str, Any]) -> None:
        whole = json.dumps(document).encode()
        if fault is None:
            self._send(200, whole)
        elif fault == "429 with a date":
            self._send(429, b"{}", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
        elif fault.isdecimal():
            self._send(int(fault), b'{"error": {"message": "no, because"}}', {"Retry-After": "0", "Location": "/x"})
        elif fault == "silence":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault == "half":
            self._send(200, whole[: len(whole) // 2], {"Content-Length": str(len(whole))})
        elif fault == "half a chunk":
            self._head(200, {"Transfer-Encoding": "chunked"})
            self.wfile.write(b"%x\r\n" % len(whole) + whole[: len(whole) // 2])
        elif fault == "drip":
            self._head(200, {"Content-Length": str(len(whole))})
            for byte in whole:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.02)
        else:
            self._send(200, self._nonsense(fault, document))

    def _nonsense(self, fault: str, document: dict[str, Any]) -> bytes:
        if fault == "no choice":
            return json.dumps({**document, "choices": []}).encode()
        if fault == "an empty choice":
            choice = {"message": {"content": None}, "finish_reason": "stop"}
            return json.dumps({**document, "choices": [choice]}).encode()
        return {"garbage": b"\xff\x00<html>oops", "no object": b"[1, 2]", "nested": b"[" * 100_000}[fault]

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, {"Content-Length": str(len(content)), **(headers or {})})
        self.wfile.write(content)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is one of the things that happen here."""


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    handler = type("Handler", (_Handler,), {"api": api})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
