"""The tiny models that the image ships: ordinary Llama checkpoints, served by vLLM like any other.

vLLM's CPU attention takes heads of 32, so no model here has smaller ones. Run as a script, it writes the folders of
the two students: a configuration and a tokenizer, no weights.
"""

from __future__ import annotations

from pathlib import Path

from transformers import LlamaConfig

from . import tiny_tokenizer

FOLDER = Path(__file__).parent / "models"
HEAD_SIZE = 32
POSITIONS = 256
# The usual 0.02 suits widths in the thousands; at a width of 64 it costs the first thousand steps.
INITIALIZER_RANGE = 0.1


def llama(hidden: int, layers: int, heads: int, intermediate: int) -> LlamaConfig:
    tokenizer = tiny_tokenizer.build()
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        head_dim=HEAD_SIZE,
        intermediate_size=intermediate,
        max_position_embeddings=POSITIONS,
        initializer_range=INITIALIZER_RANGE,
        tie_word_embeddings=True,
        rope_theta=10_000.0,
        dtype="float32",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        architectures=["LlamaForCausalLM"],
    )


def teacher() -> LlamaConfig:
    return llama(hidden=64, layers=3, heads=2, intermediate=160)


def winning_tiles_student() -> LlamaConfig:
    return llama(hidden=96, layers=3, heads=3, intermediate=192)


def arithmetic_student() -> LlamaConfig:
    return llama(hidden=32, layers=3, heads=1, intermediate=44)


def write_students(folder: Path = FOLDER) -> None:
    for name, config in (
        ("winning-tiles-student", winning_tiles_student()),
        ("arithmetic-student", arithmetic_student()),
    ):
        config.save_pretrained(folder / name)
        tiny_tokenizer.save(folder / name)


if __name__ == "__main__":
    write_students()
