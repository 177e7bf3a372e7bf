"""A teacher's API that fails costs retries, never rows, and never more than the budget."""

import json
import random
import signal
import time
from decimal import Decimal

import pytest
from misbehaving import CHARGED, QUICK, UNCHARGED, Api, serving
from stages import document, run_here, start, write_rows

from stratos_trainer import answer_cache, chat_api, config, ledger, retries, stops
from stratos_trainer.completions import Sampling
from stratos_trainer.config import Endpoint, Pricing
from stratos_trainer.errors import StageError, Stopped
from stratos_trainer.ledger import Account, Ledger
from stratos_trainer.prompts import ask
from stratos_trainer.teachers import EndpointCompleter

ACCOUNT = Account("Teacher", "m")
# A dollar a token, so that the bill is easy to read.
PRICES = Pricing(Decimal(1_000_000), Decimal(1_000_000))
SAMPLING = Sampling(8)


@pytest.fixture(autouse=True)
def impatient(monkeypatch, tmp_path):
    """Short pauses, and a cache and a ledger of the test's own."""
    monkeypatch.setattr(retries, "FIRST_SECONDS", 0.001)
    monkeypatch.setattr(retries, "LONGEST_SECONDS", 0.01)
    monkeypatch.setattr(chat_api, "TIMEOUT_SECONDS", 0.5)
    open_books(monkeypatch, tmp_path)


def open_books(monkeypatch, folder, budget=None):
    """As a restarted stage finds them."""
    book = Ledger({ACCOUNT: PRICES}, budget, folder / "ledger.jsonl")
    cache = answer_cache.AnswerCache(folder / "cache", f"writer-{time.monotonic_ns()}")
    monkeypatch.setattr(ledger, "_current", book)
    monkeypatch.setattr(answer_cache, "_opener", lambda: cache)
    return book


def teacher(api, concurrent=8, per_minute=0):
    return EndpointCompleter(Endpoint(api.url, "m", None, PRICES, concurrent, per_minute), None)


def prompts(count):
    return [f"question {number}" for number in range(count)]


def answers(api, questions, **settings):
    return [got.text for got in teacher(api, **settings).complete([ask(text) for text in questions], SAMPLING)]


@pytest.mark.parametrize("fault", [*UNCHARGED, *CHARGED])
def test_one_failure_costs_one_retry_and_no_row(fault):
    with serving(Api(lambda _prompt, number: fault if number == 1 else None)) as api:
        assert answers(api, prompts(2)) == [api.answer_to(text) for text in prompts(2)]
        assert set(api.requests.values()) == {2}
        assert_paid(ledger.current(), api)


def assert_paid(book, api):
    """Never less on our books than on theirs."""
    ours = {name: sum(entry[name] for entry in book.usage()) for name in ("promptTokens", "completionTokens")}
    assert ours["promptTokens"] >= api.prompt_tokens and ours["completionTokens"] >= api.completion_tokens
    return ours


def test_without_failures_our_books_are_theirs():
    with serving(Api(lambda *_: None)) as api:
        answers(api, prompts(20))
        assert assert_paid(ledger.current(), api) == {
            "promptTokens": api.prompt_tokens,
            "completionTokens": api.completion_tokens,
        }


@pytest.mark.parametrize("seed", range(25))
def test_any_sequence_of_failures_costs_retries_but_neither_rows_nor_more_than_the_budget(monkeypatch, tmp_path, seed):
    chance = random.Random(seed)
    questions = prompts(chance.randint(1, 12))
    script = {text: [chance.choice(QUICK) for _ in range(chance.randint(0, 5))] for text in questions}
    # Two empty answers are an accident, three are the model's last word.
    for faults in script.values():
        while faults.count("an empty choice") > 2:
            faults.remove("an empty choice")
    api = Api(lambda text, number: script[text][number - 1] if number <= len(script[text]) else None)
    budget = Decimal(chance.choice((50, 150, 400, 1000, 10_000, 100_000)))
    with serving(api):
        got = None
        for _ in range(12):
            book = open_books(monkeypatch, tmp_path, budget)
            try:
                got = answers(api, questions, concurrent=chance.choice((1, 3, 8)))
                break
            except StageError as error:
                assert error.reason == "BudgetExhausted"
                assert api.prompt_tokens + api.completion_tokens <= book.cost <= budget
                budget *= 4
        assert got == [api.answer_to(text) for text in questions]
        assert api.prompt_tokens + api.completion_tokens <= book.cost <= budget
        assert_paid(book, api)
        # What was answered is never asked for again, in whichever life of the stage.
        assert set(api.quiet().answered.values()) == {1}


def test_the_budget_stops_before_the_request_that_could_exceed_it(monkeypatch, tmp_path):
    book = open_books(monkeypatch, tmp_path, Decimal(120))
    with serving(Api(lambda *_: None)) as api:
        with pytest.raises(StageError, match=r"teacher m was paid \d+ of the 120 that this stage may spend") as caught:
            answers(api, prompts(40), concurrent=1)
        assert caught.value.reason == "BudgetExhausted"
        assert 0 < api.prompt_tokens + api.completion_tokens == book.cost <= 120


def test_what_was_set_aside_by_a_killed_process_counts_as_spent(tmp_path):
    path = tmp_path / "killed.jsonl"
    first = Ledger({ACCOUNT: PRICES}, None, path)
    first.settle(first.reserve(ACCOUNT, ledger.Tokens(50, 50)), ledger.Tokens(3, 4))
    first.reserve(ACCOUNT, ledger.Tokens(10, 20))
    with path.open("ab") as file:
        file.write(b'["reserve",9,"Teach')
    again = Ledger({ACCOUNT: PRICES}, None, path)
    assert again.cost == 37
    again.settle(again.reserve(ACCOUNT, ledger.Tokens(1, 1)), ledger.Tokens(1, 0))
    assert Ledger({ACCOUNT: PRICES}, None, path).cost == 38


@pytest.mark.parametrize(("fault", "attempts"), [("401", 1), ("500", 3), ("307", 1)])
def test_an_api_that_never_answers_is_unavailable(monkeypatch, fault, attempts):
    monkeypatch.setattr(retries, "ATTEMPTS", 3)
    with serving(Api(lambda *_: fault)) as api:
        with pytest.raises(StageError, match=f"asking m at {api.url}: answered {fault}.*no, because") as caught:
            answers(api, ["x"])
        assert caught.value.reason == "TeacherUnavailable" and api.requests["x"] == attempts
        assert ledger.current().usage() == []


def test_one_refused_question_is_not_an_outage_but_nothing_else_than_refusals_is():
    with serving(Api(lambda prompt, _: "400" if prompt == "question 1" else None)) as api:
        got = teacher(api).complete([ask(text) for text in prompts(3)], SAMPLING)
        assert [one.finished for one in got] == [True, False, True] and got[1].text == ""
        with pytest.raises(StageError, match="answered 400"):
            answers(api, ["question 1"])


def test_a_model_that_has_nothing_to_say_is_taken_at_its_word_after_three_times():
    with serving(Api(lambda *_: "an empty choice")) as api:
        assert answers(api, ["x"]) == [""] and api.requests["x"] == 3


class Picky(Api):
    """Knows neither ``seed`` nor ``max_tokens``, and says so, one at a time."""

    def begin(self, body):
        prompt, _, answer = super().begin(body)
        return prompt, next((name for name in ("max_tokens", "seed") if name in body), None), answer


def test_parameters_that_an_api_does_not_know_are_left_out_from_then_on(monkeypatch):
    refusals = {
        "max_tokens": "use max_completion_tokens instead of max_tokens",
        "seed": "unknown parameter: seed",
    }
    monkeypatch.setattr(chat_api, "_said", lambda error: refusals[error.headers["X-Name"]])
    api = Picky(lambda *_: None)
    with serving(api) as served:
        from misbehaving import _Handler

        monkeypatch.setattr(_Handler, "_reply", picky_reply(_Handler._reply))
        assert answers(served, prompts(2), concurrent=1) == [api.answer_to(text) for text in prompts(2)]
    assert len(api.bodies) == 4
    assert {"max_completion_tokens"} == {name for name in api.bodies[-1] if name.startswith("max")}
    assert "seed" not in api.bodies[-1]


def picky_reply(usual):
    def reply(self, fault, document):
        if fault is None:
            return usual(self, None, document)
        return self._send(400, b"{}", {"X-Name": fault})

    return reply


def test_no_more_requests_run_at_once_than_allowed_and_fewer_when_it_is_too_much():
    api = Api(lambda _prompt, number: None)
    api.pause = 0.01
    with serving(api):
        answers(api, prompts(30), concurrent=3)
    assert api.most_thinking == 3
    busy = Api(lambda prompt, number: "429" if number == 1 and prompt in prompts(4) else None)
    with serving(busy):
        completer = teacher(busy)
        completer.complete([ask(text) for text in prompts(8)], SAMPLING)
        assert completer.desk._pacer.allowed < 8


def test_requests_are_spread_over_the_minute():
    with serving(Api(lambda *_: None)) as api:
        answers(api, prompts(6), per_minute=1200)
    gaps = [later - earlier for earlier, later in zip(sorted(api.times), sorted(api.times)[1:], strict=False)]
    assert api.times[-1] - api.times[0] >= 0.2 and min(gaps) > 0.01


def test_the_server_s_own_pause_is_kept_by_all(monkeypatch):
    api = Api(lambda _prompt, number: "429" if number == 1 else None)
    monkeypatch.setattr(chat_api, "asked_pause", lambda _headers: 0.4)
    with serving(api):
        answers(api, ["a"], concurrent=1)
    assert api.times[1] - api.times[0] >= 0.4


PAUSES = {
    "a number": ("1.5", 1.5),
    "a day that is long gone": ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    "more than anybody should wait": ("86400", 120.0),
    "less than nothing": ("-3", 0.0),
    "no number at all": ("nan", 0.0),
    "words": ("soon", 0.0),
}


@pytest.mark.parametrize(("header", "want"), PAUSES.values(), ids=PAUSES.keys())
def test_retry_after_may_be(header, want):
    assert retries.asked_pause({"Retry-After": header}) == want


def test_sigterm_ends_the_waiting(monkeypatch):
    monkeypatch.setattr(stops, "_requested", True)
    with serving(Api(lambda *_: None)) as api, pytest.raises(Stopped):
        answers(api, prompts(4))
    assert not api.requests


def synthesis(folder, api):
    endpoint = {
        "url": api.url,
        "model": "m",
        "maxConcurrentRequests": 2,
        "pricing": {"inputPerMillionTokens": "1000000", "outputPerMillionTokens": "1000000"},
    }
    return document(
        "synthesize",
        folder,
        teachers=[{"name": "api", "endpoint": endpoint}],
        strategy={"mode": "KnowledgeAlignment", "samplesPerPrompt": 2, "verification": {"type": "None"}},
        budget={"amount": "100000"},
    )


def test_a_killed_synthesis_asks_again_only_for_what_was_under_way_and_ends_with_the_same_bytes(tmp_path):
    shards = []
    for name, killed in (("whole", False), ("killed", True)):
        folder = tmp_path / name
        write_rows(folder, "train.jsonl", [{"prompt": text} for text in prompts(30)])
        write_rows(folder, "test.jsonl", [{"prompt": "held out"}])
        api = Api(lambda *_: None)
        api.pause = 0.01
        with serving(api):
            text = synthesis(folder, api)
            if killed:
                stage = start(text)
                while sum(api.answered.values()) < 12:
                    time.sleep(0.005)
                stage.process.send_signal(signal.SIGKILL)
                stage.wait()
            outcome = run_here(text)
        assert outcome.result["rows"] == 30
        # Each question was asked twice, as two samples; the kill may cost the two that were under way.
        assert 60 <= sum(api.requests.values()) <= 62
        (paid,) = outcome.message["usage"]
        assert paid["promptTokens"] >= api.prompt_tokens and paid["name"] == "api"
        records = [json.loads(line) for line in (folder / "attempt-1/data/shard-0.jsonl").read_text().splitlines()]
        for record in records:
            record["provenance"].pop("teacher")
        shards.append(records)
    assert shards[0] == shards[1]


def test_a_synthesis_without_money_says_so_and_goes_on_when_there_is_some(tmp_path):
    write_rows(tmp_path, "train.jsonl", [{"prompt": text} for text in prompts(10)])
    write_rows(tmp_path, "test.jsonl", [{"prompt": "held out"}])
    with serving(Api(lambda *_: None)) as api:
        text = synthesis(tmp_path, api)
        poor = run_here({**text, "budget": {"amount": "200"}})
        assert (poor.code, poor.reason) == (2, "BudgetExhausted")
        assert sum(poor.message["usage"][0][name] for name in ("promptTokens", "completionTokens")) <= 200
        assert run_here(text).result["kept"] == 10
        assert set(api.requests.values()) == {2}
        assert config.parse(text).budget == 100_000
