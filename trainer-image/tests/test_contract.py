"""Each stage as its pod runs it: subprocess, variables, exit code, schema-checked termination message."""

import json
import shutil

import pytest
from stages import Stage, document, letters, run, run_here, with_letters, write_rows

from stratos_trainer import digests

PUBLISHED = {
    "README.md",
    "evaluation.json",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
}


@pytest.fixture(scope="module")
def distilled(tmp_path_factory):
    """One distillation through all five stages, the longest of them as a process; the results by stage."""
    folder = with_letters(tmp_path_factory.mktemp("letters"))
    results = {}
    for stage in ("profile", "synthesize", "train", "evaluate", "publish"):
        results[stage] = (run if stage == "train" else run_here)(document(stage, folder)).result
    return folder, results


def test_the_profile_counts_and_describes(distilled):
    _, results = distilled
    teacher, student = results["profile"]["models"]
    assert (teacher["role"], teacher["samples"], student["role"]) == ("Teacher", 4, "Student")
    assert student["facts"]["headSize"] == 32 and student["facts"]["tiedEmbeddings"]
    assert teacher["facts"]["tokenizerDigest"] == student["facts"]["tokenizerDigest"]
    assert teacher["facts"]["parameters"] >= 5 * student["facts"]["parameters"]
    assert results["profile"]["trainExamples"] == 64 and results["profile"]["evaluationExamples"] == 8
    assert student["tokenizers"] == {"tiny": "Same"}


def test_the_synthesis_keeps_what_verifies_with_its_provenance(distilled):
    folder, results = distilled
    path = folder / "attempt-1" / "data" / "shard-0.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert results["synthesize"]["digest"] == digests.of_file(path)
    assert results["synthesize"]["rows"] == len(records) == 64
    assert results["synthesize"]["kept"] == sum(len(record["completions"]) for record in records) > 48
    answers = {row["prompt"]: row["completion"] for row in letters(100, 164)}
    for record in records:
        assert set(record["completions"]) <= {answers[record["messages"][-1]["content"]]}
        assert record["provenance"]["teacher"] == "builtin://models/tiny-teacher"


def test_the_student_learns_and_is_published_whole(distilled):
    folder, results = distilled
    published = folder / "students" / "letters"
    assert results["train"]["finalLoss"] < 1.5 and results["train"]["resumedFromStep"] == 0
    assert {path.name for path in published.iterdir()} >= PUBLISHED
    assert results["publish"]["digest"] == digests.of_folder(published)
    record = json.loads((published / "evaluation.json").read_text())
    assert record["student"].items() >= results["evaluate"]["student"].items()
    assert record["student"]["accuracyLow"] <= record["student"]["accuracy"] <= record["student"]["accuracyHigh"]
    assert [path.name for path in published.parent.iterdir()] == ["letters"]


def test_the_evaluation_compares_question_by_question(distilled):
    _, results = distilled
    result = results["evaluate"]
    assert set(result["comparisons"]) == {"teacher"} and result["contaminated"] == 0
    teacher = result["comparisons"]["teacher"]
    assert (teacher["better"], teacher["worse"]) == (result["pairedBetter"], result["pairedWorse"])
    assert teacher["better"] - teacher["worse"] == result["student"]["correct"] - result["teacher"]["correct"]
    assert teacher["differenceLow"] <= teacher["difference"] <= teacher["differenceHigh"]


def test_attempts_and_slices_are_reported(distilled):
    folder, _ = distilled
    rows = [{**row, "kind": "even" if place % 2 else "odd"} for place, row in enumerate(letters(200, 208))]
    write_rows(folder, "sliced.jsonl", [*rows, letters(100, 101)[0]])
    task = {
        **document("evaluate", folder)["task"],
        "evaluation": {"uri": "pvc://data/sliced.jsonl"},
        "evaluationSamples": 9,
        "evaluationAttempts": 3,
        "sliceField": "kind",
    }
    attempt = {"namespace": "team-a", "name": "letters", "uid": "1-2-3", "attempt": 2}
    shutil.copytree(folder / "attempt-1", folder / "attempt-2", dirs_exist_ok=True)
    result = run_here(document("evaluate", folder, task=task, job=attempt)).result
    assert list(result["student"]["passAtK"]) == ["1", "2", "3"]
    assert sorted(result["student"]["passAtK"].values()) == list(result["student"]["passAtK"].values())
    assert result["contaminated"] == 1
    record = json.loads((folder / "attempt-2" / "evaluation" / "summary.json").read_text())
    parts = {part["value"]: part["student"] for part in record["slices"]}
    assert {value: part["samples"] for value, part in parts.items()} == {"odd": 4, "even": 4, "": 1}
    assert sum(part["correct"] for part in parts.values()) == result["student"]["correct"]
    answers = [
        json.loads(line) for line in (folder / "attempt-2" / "evaluation" / "student.jsonl").read_text().splitlines()
    ]
    mean = sum(answer["rightAttempts"] for answer in answers) / (3 * 9)
    assert result["student"]["passAtK"]["1"] == round(mean, 4)


def test_the_student_stops_where_both_configurations_say(distilled):
    folder, _ = distilled
    published = folder / "students" / "letters"
    for name in ("config.json", "generation_config.json"):
        assert json.loads((published / name).read_text())["eos_token_id"] == 2


def test_publishing_again_is_success_and_changes_nothing(distilled):
    folder, results = distilled
    before = (folder / "students" / "letters" / "model.safetensors").stat().st_ino
    assert run_here(document("publish", folder)).result == results["publish"]
    assert (folder / "students" / "letters" / "model.safetensors").stat().st_ino == before


def test_a_finished_shard_is_not_written_again(distilled):
    folder, results = distilled
    assert run_here(document("synthesize", folder)).result == results["synthesize"]


def test_somebody_else_s_folder_is_not_replaced(distilled):
    folder, _ = distilled
    other = folder / "students" / "taken"
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    outcome = run_here(document("publish", folder, output={"uri": "pvc://students/taken"}))
    assert (outcome.code, outcome.reason) == (1, "OutputUnwritable")
    assert [path.name for path in other.iterdir()] == ["notes.txt"]


def test_a_missing_source_is_named_with_what_is_there(tmp_path):
    write_rows(tmp_path, "other.jsonl", letters(0, 4))
    write_rows(tmp_path, "test.jsonl", letters(4, 8))
    outcome = run_here(document("synthesize", tmp_path))
    assert (outcome.code, outcome.reason) == (2, "DataUnreadable")
    assert "pvc://data/train.jsonl" in outcome.error and "other.jsonl" in outcome.error


def test_a_bad_row_is_named_in_the_termination_message(tmp_path):
    write_rows(tmp_path, "test.jsonl", letters(0, 4))
    write_rows(tmp_path, "train.jsonl", [{"prompt": "x", "completion": "y"}, {"prompt": ""}])
    outcome = run_here(document("synthesize", tmp_path))
    assert (outcome.code, outcome.reason) == (2, "DataInvalid")
    assert 'pvc://data/train.jsonl, line 2: field "prompt" must be a non-empty string' in outcome.error


def test_a_broken_checkpoint_is_bad_input(tmp_path):
    with_letters(tmp_path)
    (tmp_path / "students" / "broken").mkdir(parents=True)
    (tmp_path / "students" / "broken" / "config.json").write_text("{}")
    outcome = run_here(document("synthesize", tmp_path, teachers=[{"name": "b", "uri": "pvc://students/broken"}]))
    assert (outcome.code, outcome.reason) == (2, "ModelUnreadable")


def test_a_full_or_forbidden_output_may_be_retried(distilled):
    folder, _ = distilled
    (folder / "students" / "a-file").write_text("")
    outcome = run_here(document("publish", folder, output={"uri": "pvc://students/a-file/below"}))
    assert (outcome.code, outcome.reason) == (1, "OutputUnwritable")


INVALID = {
    "not JSON": ("{", "train", "is not JSON"),
    "an unknown field": ({"sped": 7}, "train", "'sped' was unexpected"),
    "another stage's document": ({}, "evaluate", "was started as 'evaluate', but the document is for 'train'"),
    "a missing section": ({"training": None}, "train", "training"),
}


@pytest.mark.parametrize(("changes", "stage", "want"), INVALID.values(), ids=INVALID.keys())
def test_an_invalid_document_is_refused_before_pytorch_is_loaded(tmp_path, changes, stage, want):
    text = changes if isinstance(changes, str) else json.dumps(document("train", tmp_path, **changes))
    outcome = Stage(stage, text, tmp_path / "termination").wait()
    assert (outcome.code, outcome.reason) == (2, "ConfigInvalid")
    assert want in outcome.error


def test_a_long_error_is_cut_to_what_kubernetes_takes(tmp_path):
    outcome = run_here(document("train", tmp_path, **{"x" * 3000 + "\n" * 3000: 1}))
    assert outcome.code == 2 and outcome.error.endswith("[cut]")


def test_the_log_is_json_with_job_stage_and_attempt(tmp_path):
    write_rows(tmp_path, "train.jsonl", ["{"])
    last = json.loads(run_here(document("synthesize", tmp_path)).log.splitlines()[-1])
    assert (last["job"], last["stage"], last["attempt"], last["level"]) == ("team-a/letters", "synthesize", 1, "error")
