"""Weights run by the real vLLM (its CPU build), in the tier ``make test-e2e``: starting it takes a minute."""

import json

import pytest
from stages import document, run, write_rows

from stratos_trainer import modeling, quantisation, tasks, tiny_models
from stratos_trainer.completions import Sampling
from stratos_trainer.generate import LocalCompleter
from stratos_trainer.prompts import ask
from stratos_trainer.vllm_engine import CHOICE

pytestmark = pytest.mark.e2e

TEACHER = tiny_models.FOLDER / "tiny-teacher"
# What the CPU build needs to be told; test/tools/python/paths.ts says the same for serving.
CPU_BUILD = {"VLLM_TARGET_DEVICE": "cpu", "VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1"}
ROWS, NEW_TOKENS = 24, 24


def synthesized(workspace, monkeypatch, teacher):
    """The stage as a pod runs it, its teacher served by vLLM: the records it wrote, nothing rejected."""
    for name, value in {**CPU_BUILD, CHOICE: "vllm"}.items():
        monkeypatch.setenv(name, value)
    for side in ("train", "test"):
        write_rows(workspace, f"{side}.jsonl", list(tasks.lines(f"tasks/chained-arithmetic/{side}.jsonl"))[:ROWS])
    strategy = {"mode": "KnowledgeAlignment", "samplesPerPrompt": 2, "verification": {"type": "None"}}
    config = document("synthesize", workspace, strategy=strategy, teachers=[{"name": "tiny", "uri": teacher}])
    config["task"] |= {"maxNewTokens": NEW_TOKENS}
    outcome = run(config)
    assert outcome.result["rows"] == ROWS and '"engine": "VllmCompleter"' in outcome.log
    shard = workspace / "attempt-1" / "data" / "shard-0.jsonl"
    return [json.loads(line) for line in shard.read_text().splitlines()], outcome.result


def by_transformers(records, folder, precision="fp32"):
    completer = LocalCompleter(modeling.load_model(folder, 0, precision), modeling.load_tokenizer(folder))
    return completer.complete([ask(record["messages"][-1]["content"]) for record in records], Sampling(NEW_TOKENS))


def greedy(records):
    """The first sample is drawn without chance; a second one that says the same is kept once."""
    assert all(record["provenance"]["sampleIndexes"][0] == 0 for record in records)
    return [record["completions"][0] for record in records]


def test_greedy_answers_of_vllm_are_those_of_transformers(tmp_path, monkeypatch):
    records, result = synthesized(tmp_path, monkeypatch, "builtin://models/tiny-teacher")
    expected = by_transformers(records, TEACHER)
    assert greedy(records) == [answer.text for answer in expected]
    # Both count alike, the token that ends a completion included; the other half of the tokens is chance's.
    assert result["promptTokens"] == 2 * sum(answer.prompt_tokens for answer in expected)
    assert any(len(record["completions"]) == 2 for record in records)


# vLLM's kernels for packed integers multiply in 16 bits, where two libraries may round to either side now and then.
@pytest.mark.parametrize(("wanted", "precision", "same"), [("FP8", "fp32", ROWS), ("INT4", "bf16", ROWS * 3 // 4)])
def test_vllm_reads_a_quantised_student_as_transformers_does(tmp_path, monkeypatch, wanted, precision, same):
    folder = tmp_path / "students" / wanted.lower()
    quantisation.save(
        quantisation.quantised(modeling.load_model(TEACHER, 0), wanted), modeling.load_tokenizer(TEACHER), folder
    )
    records, _ = synthesized(tmp_path, monkeypatch, f"pvc://students/{wanted.lower()}")
    expected = [answer.text for answer in by_transformers(records, folder, precision)]
    assert sum(ours == theirs for ours, theirs in zip(greedy(records), expected, strict=True)) >= same
