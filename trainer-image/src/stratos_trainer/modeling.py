"""Hugging Face checkpoints: loading them, starting one from its configuration alone, and describing them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as library_logging

from .errors import StageError

# Standard error carries one JSON object a line, and nothing else.
library_logging.disable_progress_bar()
library_logging.set_verbosity_error()

WEIGHT_PATTERNS = ("*.safetensors", "pytorch_model*.bin")
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class ModelFacts:
    """What the planner wants to know about an architecture. Field names are the contract's."""

    parameters: int
    layers: int
    hiddenSize: int  # noqa: N815
    heads: int
    kvHeads: int  # noqa: N815
    headSize: int  # noqa: N815
    intermediateSize: int  # noqa: N815
    vocabularySize: int  # noqa: N815
    tiedEmbeddings: bool  # noqa: N815
    maxPositions: int  # noqa: N815
    bytesPerParameter: int  # noqa: N815
    tokenizerDigest: str  # noqa: N815
    architecture: str

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def has_weights(folder: Path) -> bool:
    return any(next(folder.glob(pattern), None) for pattern in WEIGHT_PATTERNS)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StageError("ModelUnreadable", f"loading the tokenizer of {folder}: {_first_line(error)}") from error
    if tokenizer.eos_token_id is None:
        raise StageError(
            "ModelIncompatible",
            f"the tokenizer of {folder} has no end-of-sequence token, so a student "
            "could not learn to stop; set eos_token in tokenizer_config.json",
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "left"
    return tokenizer


def load_model(folder: Path, seed: int, precision: str = "fp32") -> PreTrainedModel:
    """The checkpoint's weights; without weights, an initialisation that depends on the seed alone."""
    dtype = DTYPES[precision]
    try:
        if has_weights(folder):
            return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise StageError("ModelUnreadable", f"loading the model in {folder}: {_first_line(error)}") from error
    torch.manual_seed(seed)
    return AutoModelForCausalLM.from_config(config, dtype=dtype)


def facts(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> ModelFacts:
    config = model.config.get_text_config()
    heads = config.num_attention_heads
    return ModelFacts(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        layers=config.num_hidden_layers,
        hiddenSize=config.hidden_size,
        heads=heads,
        kvHeads=getattr(config, "num_key_value_heads", None) or heads,
        headSize=getattr(config, "head_dim", None) or config.hidden_size // heads,
        intermediateSize=getattr(config, "intermediate_size", None) or 4 * config.hidden_size,
        vocabularySize=config.vocab_size,
        tiedEmbeddings=bool(config.tie_word_embeddings),
        maxPositions=config.max_position_embeddings,
        bytesPerParameter=_stored_bytes_per_parameter(folder),
        tokenizerDigest=tokenizer_digest(tokenizer),
        architecture=(config.architectures or [type(model).__name__])[0],
    )


def tokenizer_digest(tokenizer: PreTrainedTokenizerBase) -> str:
    """Equal for two tokenizers exactly if both give every token the same number."""
    vocabulary = json.dumps(sorted(tokenizer.get_vocab().items(), key=lambda item: (item[1], item[0])))
    return "sha256:" + hashlib.sha256(vocabulary.encode()).hexdigest()


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """A folder that vLLM serves as it is: both configurations know where to stop."""
    for config in (model.config, model.generation_config):
        config.eos_token_id = tokenizer.eos_token_id
        config.pad_token_id = tokenizer.pad_token_id
        config.bos_token_id = tokenizer.bos_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _stored_bytes_per_parameter(folder: Path) -> int:
    config = json.loads((folder / "config.json").read_text())
    dtype = config.get("dtype") or config.get("torch_dtype") or "float32"
    return getattr(torch, dtype, torch.float32).itemsize


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
