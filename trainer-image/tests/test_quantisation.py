"""Smaller weights: the format that vLLM and transformers read, and that it is what is judged and published."""

import json

import pytest
import torch
from safetensors import safe_open
from stages import document, run_here, with_letters
from torch import nn

from stratos_trainer import export_check, modeling, quantisation, tasks, tiny_models
from stratos_trainer.batches import Example
from stratos_trainer.errors import StageError
from stratos_trainer.prompts import ask, render

TEACHER = tiny_models.FOLDER / "tiny-teacher"


def sums(tokenizer):
    rows = [json.loads(line) for line in list(tasks.lines("tasks/chained-arithmetic/test.jsonl"))[:8]]
    return [
        Example(
            tuple(render(tokenizer, ask(row["prompt"]).with_system(None))), tuple(tokenizer.encode(row["completion"]))
        )
        for row in rows
    ]


def tensors(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no dict)


@pytest.mark.parametrize(("wanted", "largest_divergence"), [("FP8", 0.02), ("INT4", 0.5)])
def test_the_saved_student_is_the_rounded_one(tmp_path, wanted, largest_divergence):
    tokenizer, whole = modeling.load_tokenizer(TEACHER), modeling.load_model(TEACHER, 0)
    examples = sums(tokenizer)
    before = export_check.log_probabilities(whole, examples, tokenizer.pad_token_id)
    rounded = quantisation.quantised(modeling.load_model(TEACHER, 0), wanted)
    quantisation.save(rounded, tokenizer, tmp_path / "student")
    found = modeling.load_model(tmp_path / "student", 0)
    after = export_check.log_probabilities(found, examples, tokenizer.pad_token_id)
    assert 0 < export_check.differences(before, after)["meanDivergence"] < largest_divergence


def test_int4_keeps_sixteen_levels_a_group_and_no_weight_moves_by_more_than_half_a_level(tmp_path):
    tokenizer, whole = modeling.load_tokenizer(TEACHER), modeling.load_model(TEACHER, 0)
    quantisation.save(quantisation.quantised(modeling.load_model(TEACHER, 0), "INT4"), tokenizer, tmp_path / "student")
    stored = tensors(tmp_path / "student")
    place = "model.layers.0.mlp.down_proj"
    packed, scale = stored[f"{place}.weight_packed"], stored[f"{place}.weight_scale"]
    original = whole.get_submodule(place).weight.detach()
    levels = torch.stack([(packed >> (4 * nibble)) & 15 for nibble in range(8)], dim=-1).flatten(1) - 8
    ours = levels.unflatten(1, (-1, 32)) * scale[..., None]
    # Symmetric, so that the largest weight of a group may lie half a level beyond the last one.
    assert torch.all((ours.flatten(1) - original).abs() <= 0.5 * scale.repeat_interleave(32, dim=1) + 1e-6)
    assert stored["model.embed_tokens.weight"].dtype == torch.float32


def test_fp8_keeps_eight_bits_and_a_scale_a_row(tmp_path):
    tokenizer = modeling.load_tokenizer(TEACHER)
    quantisation.save(quantisation.quantised(modeling.load_model(TEACHER, 0), "FP8"), tokenizer, tmp_path / "student")
    stored = tensors(tmp_path / "student")
    weight = stored["model.layers.0.mlp.down_proj.weight"]
    assert weight.dtype == torch.float8_e4m3fn
    assert stored["model.layers.0.mlp.down_proj.weight_scale"].shape == (len(weight), 1)
    settings = json.loads((tmp_path / "student" / "config.json").read_text())["quantization_config"]
    assert settings["quant_method"] == "compressed-tensors" and settings["ignore"] == ["lm_head"]


def test_layers_that_no_kernel_reads_stay_whole_together_with_their_siblings():
    # 32 wide, and 44 within: attention fits the tiles, the three layers of the other block do not.
    student = modeling.load_model(tiny_models.FOLDER / "arithmetic-student", 0)
    quantisation.refuse_unfit(student, "INT4")
    kinds = {
        name: hasattr(layer, "quantization_scheme")
        for name, layer in quantisation.quantised(student, "INT4").named_modules()
        if isinstance(layer, nn.Linear)
    }
    assert {name.split(".")[-2] for name, packed in kinds.items() if packed} == {"self_attn"}
    assert not any(packed for name, packed in kinds.items() if ".mlp." in name or name == "lm_head")


@pytest.mark.parametrize("what", ["narrow", "experts"])
def test_a_student_that_cannot_be_packed_is_refused_before_it_is_trained(what):
    student = modeling.load_model(tiny_models.FOLDER / "arithmetic-student", 0)
    if what == "narrow":
        for layer in student.model.layers:
            layer.self_attn.q_proj = nn.Linear(32, 30)
    else:
        student.experts = nn.ParameterList([nn.Parameter(torch.zeros(2, 32, 32))])
    with pytest.raises(StageError, match=r"output\.quantization INT4"):
        quantisation.refuse_unfit(student, "INT4")
    quantisation.refuse_unfit(student, None)


def test_what_is_judged_and_published_is_the_quantised_student(tmp_path):
    output = {"uri": "pvc://students/letters", "quantization": "INT4"}
    training = {"learningRate": 0.003, "batchSize": 8, "epochs": 1, "warmupSteps": 1, "maxSequenceLength": 32}
    with_letters(tmp_path)
    for stage in ("synthesize", "train", "evaluate", "publish"):
        assert run_here(document(stage, tmp_path, output=output, training=training)).code == 0, stage
    published = tmp_path / "students" / "letters"
    assert "model.layers.0.self_attn.q_proj.weight_packed" in tensors(published)
    record = json.loads((published / "evaluation.json").read_text())
    assert record["quantised"]["format"] == "INT4" and record["export"]["meanDivergence"] <= 1e-6
    assert record["quantised"]["bytes"] < record["quantised"]["bytesBefore"]
    assert "weights in INT4" in (published / "README.md").read_text()
    answered = json.loads((tmp_path / "attempt-1" / "evaluation" / "student.jsonl").read_text().splitlines()[0])
    assert "completion" in answered


def test_without_the_quantised_student_nothing_is_judged(tmp_path):
    with_letters(tmp_path)
    training = {"learningRate": 0.003, "batchSize": 8, "epochs": 1, "warmupSteps": 1, "maxSequenceLength": 32}
    for stage in ("synthesize", "train"):
        assert run_here(document(stage, tmp_path, training=training)).code == 0
    output = {"uri": "pvc://students/letters", "quantization": "FP8"}
    outcome = run_here(document("evaluate", tmp_path, output=output))
    assert outcome.reason == "ModelUnreadable" and "quantised" in outcome.error
