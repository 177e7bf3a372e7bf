"""The termination message: always within what a pod may leave, and never another result than the stage had."""

import hashlib
import json

import pytest

from stratos_trainer import results, schemas
from stratos_trainer.errors import StageError


def model(role, number, name, teachers=()):
    """As different from the others as models can be: nothing for the compression to find but the form."""
    digest = hashlib.sha256(f"{role}{number}".encode())
    noise = int.from_bytes(digest.digest()[:6])
    facts = {
        "parameters": noise,
        "layers": 16 + noise % 80,
        "hiddenSize": noise % 8192,
        "heads": noise % 64,
        "kvHeads": 8,
        "headSize": 128,
        "intermediateSize": noise % 30_000,
        "vocabularySize": noise % 260_000,
        "tiedEmbeddings": noise % 2 == 0,
        "maxPositions": 131_072,
        "bytesPerParameter": 2,
        "tokenizerDigest": f"sha256:{digest.hexdigest()}",
        "architecture": "Qwen2ForCausalLM",
    }
    return {
        "name": name,
        "role": role,
        "samples": 2000,
        "correct": noise % 2000,
        "formatFailures": noise % 300,
        "meanLatencyMilliseconds": noise % 500_000 / 100,
        "promptTokens": noise % 10_000_000,
        "completionTokens": noise % 9_999_991,
        "facts": facts,
        **({"tokenizers": dict.fromkeys(teachers, "Different")} if role == "Student" else {}),
    }


def profile(teachers, students, name=lambda role, number: f"{role.lower()}-{number}"):
    large = [name("Teacher", number) for number in range(teachers)]
    models = [model("Teacher", number, one) for number, one in enumerate(large)]
    models += [model("Student", number, name("Student", number), large) for number in range(students)]
    return {
        "models": models,
        "trainExamples": 100_000,
        "evaluationExamples": 2000,
        "chanceCorrect": 0.01,
        "meanPromptTokens": 100.1,
        "meanCompletionTokens": 30.2,
    }


@pytest.mark.parametrize(("teachers", "students", "packed"), [(1, 2, False), (2, 6, True), (8, 16, True)])
def test_a_profile_of_as_many_models_as_a_job_may_name_fits(teachers, students, packed):
    message = results.success("profile", 1.5, profile(teachers, students))
    encoded = results.encode(message)
    assert len(encoded) <= results.MOST_BYTES
    read = json.loads(encoded)
    assert ("packed" in read) is packed
    assert schemas.complaint("stage-result.v1.json", read) is None
    assert results.unpack(read) == message


def test_what_fits_in_no_way_is_refused_with_the_way_out():
    long = profile(8, 16, lambda role, number: hashlib.sha256(f"{role}/{number}".encode()).hexdigest()[:63])
    with pytest.raises(StageError, match="name fewer teachers and students") as caught:
        results.encode(results.success("profile", 1.5, long))
    assert caught.value.reason == "ConfigInvalid"


def test_a_message_has_a_result_or_a_packed_one_and_not_both():
    message = results.success("profile", 1.5, profile(1, 1))
    assert schemas.complaint("stage-result.v1.json", {**message, "packed": "eJw="}) is not None
    del message["result"]
    assert schemas.complaint("stage-result.v1.json", message) is not None
