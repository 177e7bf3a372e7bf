"""Servers on loopback: a teacher behind an API that first fails, and a listener for progress."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stratos_trainer import modeling, prompts, retries, teachers, tiny_models
from stratos_trainer.config import Endpoint
from stratos_trainer.errors import StageError
from stratos_trainer.generate import LocalCompleter, Sampling
from stratos_trainer.progress import Progress

TEACHER = tiny_models.FOLDER / "tiny-teacher"


@contextmanager
def serving(answer):
    """``answer(path, headers, body) -> (status, headers, document)`` decides each POST."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, reply = answer(self.path, self.headers, body)
            content = json.dumps(reply).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


@pytest.fixture(scope="module")
def local():
    return LocalCompleter(modeling.load_model(TEACHER, 0), modeling.load_tokenizer(TEACHER))


def chat(local, body):
    """The real tiny teacher's answer in the API's shape."""
    talk = prompts.Conversation(tuple((turn["role"], turn["content"]) for turn in body["messages"]))
    (got,) = local.complete([talk], Sampling(body["max_tokens"]))
    return {
        "choices": [{"message": {"content": got.text}, "finish_reason": "stop" if got.finished else "length"}],
        "usage": {"prompt_tokens": got.prompt_tokens, "completion_tokens": got.completion_tokens},
    }


def test_an_endpoint_answers_like_the_weights_behind_it_even_if_it_stumbles(local, monkeypatch):
    monkeypatch.setattr(retries, "FIRST_SECONDS", 0.01)
    monkeypatch.setenv("STRATOS_TOKEN_0", "secret")
    lock, seen = threading.Lock(), []

    def answer(path, headers, body):
        with lock:
            seen.append((path, headers["Authorization"], body["model"]))
            if len(seen) <= 3:
                return 503, {"Retry-After": "0"}, {}
            return 200, {}, chat(local, body)

    talks = [prompts.ask(question) for question in ("A3+4-2?", "A1+1+1?", "A9-1-1-1?")]
    with serving(answer) as url:
        remote = teachers.EndpointCompleter(Endpoint(f"{url}/v1", "tiny", "STRATOS_TOKEN_0"), None)
        assert remote.complete(talks, Sampling(24)) == local.complete(talks, Sampling(24))
    assert set(seen) == {("/v1/chat/completions", "Bearer secret", "tiny")} and len(seen) == 6


@pytest.mark.parametrize(("status", "requests"), [(401, 1), (500, 3)])
def test_a_teacher_that_keeps_failing_is_unavailable(monkeypatch, status, requests):
    monkeypatch.setattr(retries, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(retries, "ATTEMPTS", 3)
    seen = []

    def answer(path, _headers, _body):
        seen.append(path)
        return status, {}, {}

    with serving(answer) as url, pytest.raises(StageError, match=f"asking tiny at {url}: answered {status}") as caught:
        teachers.EndpointCompleter(Endpoint(url, "tiny"), None).complete([prompts.ask("x")], Sampling(4))
    assert caught.value.reason == "TeacherUnavailable" and len(seen) == requests


def test_a_token_that_is_not_there_is_the_configuration_s_fault(monkeypatch):
    monkeypatch.delenv("STRATOS_TOKEN_9", raising=False)
    with pytest.raises(StageError, match="STRATOS_TOKEN_9, which is not set"):
        teachers.EndpointCompleter(Endpoint("http://127.0.0.1:1", "m", "STRATOS_TOKEN_9"), None)


def test_progress_is_throttled_but_the_end_is_told(tmp_path):
    (tmp_path / "token").write_text("abc\n")
    seen = []

    def answer(_path, headers, body):
        seen.append((headers["Authorization"], body["trainerStatus"]))
        return 200, {}, {}

    with serving(answer) as url:
        progress = Progress(
            {"KUBEFLOW_TRAINER_SERVER_URL": url, "KUBEFLOW_TRAINER_SERVER_TOKEN": str(tmp_path / "token")}
        )
        progress.report(1, 100, loss=2.0)
        wait_for(lambda: len(seen) == 1)
        for step in range(2, 101):
            progress.report(step, 100, loss=1.5)
        wait_for(lambda: len(seen) == 2)
    assert [status["progressPercentage"] for _, status in seen] == [1, 100]
    assert seen[1][0] == "Bearer abc"
    assert seen[1][1]["metrics"] == [{"name": "loss", "value": "1.5"}]


def test_nobody_listening_costs_nothing():
    progress = Progress({"KUBEFLOW_TRAINER_SERVER_URL": "http://127.0.0.1:9"})
    started = time.monotonic()
    for step in range(1000):
        progress.report(step, 1000)
    assert time.monotonic() - started < 1


def wait_for(condition, seconds: float = 5.0):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)
