"""A student with smaller weights, rounded to nearest, in the compressed-tensors format that vLLM loads as it is.

No calibration data: FP8 has a scale a row and rounds activations as they come, INT4 has a scale for every 128 weights.
What that costs in answers is not predicted: the evaluation asks the quantised student, and the gate reads its answers.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from . import checkpoints, export_check, logs, modeling
from .batches import Example
from .config import StageConfig
from .errors import StageError

# By their names in the API, and in compressed-tensors.
SCHEMES = {"FP8": "FP8_DYNAMIC", "INT4": "W4A16"}
# The largest that divides every layer's inputs. Smaller groups would cost more scales than they bring accuracy.
GROUPS = (128, 64, 32)
# vLLM's kernels work on tiles of this many weights a side.
TILE = 32


def refuse_unfit(model: PreTrainedModel, wanted: str | None) -> None:
    """Asked before training: hours later, nobody could do anything about it."""
    if wanted is None:
        return
    _library()
    if any(parameter.dim() == 3 and "expert" in name for name, parameter in model.named_parameters()):
        raise StageError(
            "ModelIncompatible", f"output.quantization {wanted} cannot be had for a mixture of experts; leave it out"
        )
    if not _fit(model):
        raise StageError(
            "ModelIncompatible",
            f"output.quantization {wanted} needs linear layers whose sides are multiples of {TILE}, and this student "
            "has none; leave it out",
        )


def write(
    config: StageConfig, tokenizer: PreTrainedTokenizerBase, examples: Sequence[Example], pad: int
) -> dict[str, object] | None:
    """Quantises the student that was written before; how far its answers moved is kept beside it."""
    wanted, source = config.quantization, config.trained_model
    if wanted is None:
        return None
    model = modeling.load_model(source, 0, config.training.precision)
    before = export_check.log_probabilities(model, examples, pad)
    partial, folder = config.quantised_model.with_name(".quantised.partial"), config.quantised_model
    for leftover in (partial, folder):
        shutil.rmtree(leftover, ignore_errors=True)
    save(quantised(model, wanted), tokenizer, partial)
    after = export_check.log_probabilities(modeling.load_model(partial, 0, config.training.precision), examples, pad)
    found = {
        "format": wanted,
        **export_check.differences(before, after),
        "bytesBefore": _bytes(source),
        "bytes": _bytes(partial),
    }
    logs.info("quantised the student", **found)
    if not float(found["meanDivergence"]) < float("inf"):
        raise StageError("ModelIncompatible", f"the student in {wanted} answers nothing; leave output.quantization out")
    checkpoints.write_atomically(config.attempt_folder / "quantised.json", json.dumps(found, indent=2) + "\n")
    partial.rename(folder)
    return found


@torch.no_grad()
def quantised(model: PreTrainedModel, wanted: str) -> PreTrainedModel:
    """The same model, its layers packed; saving it saves what vLLM reads."""
    _library()
    from compressed_tensors.quantization import QuantizationConfig, apply_quantization_config, preset_name_to_scheme

    fit = _fit(model)
    scheme = preset_name_to_scheme(SCHEMES[wanted], ["Linear"])
    if scheme.weights.group_size:
        inputs = [layer.in_features for layer in fit.values()]
        scheme.weights.group_size = next(size for size in GROUPS if all(width % size == 0 for width in inputs))
    others = [name for name, layer in model.named_modules() if isinstance(layer, nn.Linear) and name not in fit]
    apply_quantization_config(model, QuantizationConfig(config_groups={"group_0": scheme}, ignore=others))
    for layer in fit.values():
        layer.weight_scale.copy_(_scales(layer.weight, scheme.weights))
    return model


def _scales(weight: torch.Tensor, arguments: object) -> torch.Tensor:
    """One for each group of a row, from the largest weight in it."""
    from compressed_tensors.quantization.utils import calculate_qparams

    groups = weight.unflatten(-1, (-1, arguments.group_size or weight.shape[-1]))
    scales, _ = calculate_qparams(groups.amin(-1), groups.amax(-1), arguments)
    return scales


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    from compressed_tensors.compressors import ModelCompressor

    compressor = ModelCompressor.from_pretrained_model(model)
    compressor.compress_model(model)
    modeling.save(model, tokenizer, folder)
    compressor.update_config(str(folder))


def _fit(model: PreTrainedModel) -> dict[str, nn.Linear]:
    """Layers that kernels can read. Siblings go together: vLLM joins those of a block into one matrix."""
    head = model.get_output_embeddings()
    fit: dict[str, nn.Linear] = {}
    for place, parent in model.named_modules():
        layers = {
            f"{place}.{name}".lstrip("."): layer
            for name, layer in parent.named_children()
            if isinstance(layer, nn.Linear) and layer is not head
        }
        if all(side % TILE == 0 for layer in layers.values() for side in (layer.in_features, layer.out_features)):
            fit.update(layers)
    return fit


def _library() -> None:
    try:
        import compressed_tensors  # noqa: F401
    except ImportError as error:
        raise StageError(
            "ConfigInvalid",
            "output.quantization needs the package compressed-tensors, which this image lacks; leave it out, or use an "
            "image that has it",
        ) from error


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))
