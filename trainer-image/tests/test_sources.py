"""Where data may lie, over real protocols: servers of HTTP and S3 on loopback, the Hub's cache, mounted Secrets."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from stages import document, run_here, write_rows
from stores_here import keys_to, secret

from stratos_trainer import config, credentials, data, downloads, retries, stores
from stratos_trainer.credentials import Credentials
from stratos_trainer.errors import StageError

LINE = b'{"prompt": "a", "completion": "b"}\n'


@contextmanager
def web(reply):
    """``reply(headers, number) -> (status, headers, content)`` answers each GET."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers)
            status, headers, content = reply(self.headers, len(seen))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(retries, "FIRST_SECONDS", 0.001)
    monkeypatch.setattr(retries, "LONGEST_SECONDS", 0.01)
    for name in (*credentials.AMAZON, credentials.HUB_TOKEN, credentials.WEB_TOKEN, credentials.GOOGLE_KEY_FILE):
        monkeypatch.delenv(name, raising=False)


def test_a_file_from_the_web_is_fetched_once_though_the_server_stumbles(tmp_path):
    stumbles = {1: (503, {"Retry-After": "0"}, b""), 2: (200, {"Content-Length": "99"}, LINE)}
    with web(lambda _headers, number: stumbles.get(number, (200, {}, LINE * 3))) as (url, seen):
        for _ in range(2):
            got = downloads.fetch(f"{url}/rows.jsonl", Credentials(), tmp_path)
            assert got.read_bytes() == LINE * 3
    assert len(seen) == 3 and [path.name for path in got.parent.iterdir()] == ["rows.jsonl"]


def test_what_is_not_there_is_not_asked_for_again(tmp_path):
    with web(lambda *_: (404, {}, b"")) as (url, seen), pytest.raises(downloads.Unreachable, match="404"):
        downloads.fetch(f"{url}/rows.jsonl", Credentials(), tmp_path)
    assert len(seen) == 1


def test_a_token_goes_to_the_named_server_and_not_to_where_it_redirects(tmp_path):
    keys = Credentials(secret(tmp_path / "secret", HTTP_BEARER_TOKEN="abc"))
    moved = {}
    with web(lambda *_: (200, {}, LINE)) as (other, theirs), web(lambda *_: (302, moved, b"")) as (url, ours):
        moved["Location"] = f"{other}/x"
        downloads.fetch(f"{url}/rows.jsonl", keys, tmp_path / "copies")
    assert [headers["Authorization"] for headers in (*ours, *theirs)] == ["Bearer abc", None]


def test_a_secret_s_key_wins_over_the_environment_and_is_read_when_it_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "from the pod")
    assert Credentials().text("HF_TOKEN") == "from the pod"
    keys = Credentials(secret(tmp_path, HF_TOKEN="first"))
    assert keys.text("HF_TOKEN") == "first"
    secret(tmp_path, HF_TOKEN="rotated", GOOGLE_APPLICATION_CREDENTIALS="{}")
    assert keys.text("HF_TOKEN") == "rotated"
    assert keys.google() == {"service_account": str(tmp_path / "GOOGLE_APPLICATION_CREDENTIALS")}


def put(s3, folder, key, content):
    file = folder / "file"
    file.write_bytes(content)
    stores.place(f"s3://bucket/{key}", Credentials(keys_to(s3, folder / "secret"))).write(key, file)


def test_a_stage_reads_its_data_from_s3_with_the_keys_of_a_mounted_secret(s3, tmp_path):
    put(s3, tmp_path, "sets/train/a.jsonl", LINE)
    put(s3, tmp_path, "sets/train/b.jsonl", b'{"prompt": "c", "completion": "d"}\n')
    write_rows(tmp_path, "test.jsonl", [{"prompt": "held out", "completion": "x"}])
    text = document("synthesize", tmp_path)
    text["task"]["train"] = {"uri": "s3://bucket/sets/train", "credentials": str(tmp_path / "secret")}
    rows = data.for_training(config.parse(text))
    assert [(row.conversation.prompt, row.answer) for row in rows] == [("a", "b"), ("c", "d")]


def test_a_model_s_folder_comes_from_s3_as_it_is(s3, tmp_path):
    put(s3, tmp_path, "models/tiny/config.json", b"{}")
    put(s3, tmp_path, "models/tiny/sub/weights.safetensors", bytes(20_000_000))
    put(s3, tmp_path, "models/tiny-other/config.json", b"{}")
    got = downloads.fetch("s3://bucket/models/tiny/", Credentials(tmp_path / "secret"), tmp_path / "copies")
    assert sorted(path.relative_to(got).as_posix() for path in got.rglob("*") if path.is_file()) == [
        "config.json",
        "sub/weights.safetensors",
    ]
    assert (got / "sub/weights.safetensors").stat().st_size == 20_000_000


def test_a_key_that_is_not_there_is_named_with_a_way_out_and_without_the_keys(s3, tmp_path):
    text = document("synthesize", tmp_path)
    text["task"]["train"] = {"uri": "s3://bucket/nothing.jsonl", "credentials": str(keys_to(s3, tmp_path / "secret"))}
    write_rows(tmp_path, "test.jsonl", [{"prompt": "held out", "completion": "x"}])
    outcome = run_here(text)
    assert (outcome.code, outcome.reason) == (2, "DataUnreadable")
    assert "reading s3://bucket/nothing.jsonl: the bucket holds nothing of that name" in outcome.error
    text["task"]["train"]["uri"] = "s3://no-bucket/x.jsonl"
    outcome = run_here(text)
    assert outcome.reason == "DataUnreadable" and "check the bucket, the region and the keys" in outcome.error


def test_gs_needs_a_key_file_that_is_one(tmp_path):
    keys = secret(tmp_path / "secret", GOOGLE_APPLICATION_CREDENTIALS="not a key")
    with pytest.raises(downloads.Unreachable, match="check the bucket"):
        downloads.fetch("gs://bucket/x.jsonl", Credentials(keys), tmp_path / "copies")


def test_a_data_set_of_the_hub_is_found_in_its_cache_without_a_network(tmp_path, monkeypatch):
    """The Hub's client alone decides what is fetched: its cache is laid out as it does it."""
    from huggingface_hub import constants

    repository = tmp_path / "hub" / "datasets--acme--rows"
    snapshot = repository / "snapshots" / "abc"
    (snapshot / "data").mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    (snapshot / "data" / "train.jsonl").write_bytes(LINE)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    got = downloads.fetch("hf://datasets/acme/rows/data/train.jsonl", Credentials(), tmp_path)
    assert got.read_bytes() == LINE
    with pytest.raises(downloads.Unreachable, match="a gated repository needs the key HF_TOKEN"):
        downloads.fetch("hf://acme/other", Credentials(), tmp_path)


def test_two_secrets_for_two_sources_do_not_mix(tmp_path):
    text = document("publish", tmp_path, output={"uri": "pvc://students/x", "credentials": "/secrets/b"})
    text["task"]["train"]["credentials"] = "/secrets/a"
    parsed = config.parse(text)
    assert str(credentials.of_uri(parsed, parsed.the_task.train).folder) == "/secrets/a"
    assert str(credentials.of_uri(parsed, "pvc://students/x").folder) == "/secrets/b"
    assert credentials.of_uri(parsed, "pvc://data/test.jsonl").folder is None


def test_a_failure_to_read_is_a_stage_s_own_kind_of_error(tmp_path):
    text = document("synthesize", tmp_path)
    text["task"]["train"] = {"uri": "https://127.0.0.1:9/train.jsonl"}
    write_rows(tmp_path, "test.jsonl", [{"prompt": "held out", "completion": "x"}])
    with pytest.raises(StageError, match=r"reading https://127\.0\.0\.1:9/train\.jsonl") as caught:
        data.for_training(config.parse(text))
    assert caught.value.reason == "DataUnreadable"
