"""The tokenizer that all tiny models share: one token per character, with two exceptions.

A run of up to four equal digits is one token, because telling ``111`` from ``11`` is most of the work of reading a
Mahjong hand; and the fixed pieces of the reverse-synthesis prompt are one token each.
"""

from __future__ import annotations

import re
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from .prompts import INSTRUCTIONS, KNOWN_ANSWER, QUESTION

SPECIAL = ["<pad>", "<bos>", "<eos>", "<unk>"]
PHRASES = [QUESTION, KNOWN_ANSWER, *INSTRUCTIONS.values()]
LONGEST_RUN = 4
# The template adds <bos> itself: over the chat API nothing else would, and accuracy would fall silently.
CHAT_TEMPLATE = "{{ bos_token }}{% for message in messages %}{{ message['content'] }}{% endfor %}"


def vocabulary() -> list[str]:
    runs = [str(digit) * length for length in range(2, LONGEST_RUN + 1) for digit in range(1, 10)]
    return SPECIAL + ["\n"] + [chr(code) for code in range(32, 127)] + runs + PHRASES


def build() -> PreTrainedTokenizerFast:
    tokens = {token: index for index, token in enumerate(vocabulary())}
    tokenizer = Tokenizer(models.WordLevel(tokens, unk_token="<unk>"))
    runs = "|".join(f"{digit}{{1,{LONGEST_RUN}}}" for digit in range(1, 10))
    phrases = "|".join(re.escape(phrase).replace("\\\n", "\\n") for phrase in PHRASES)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(f"{phrases}|{runs}|[\\s\\S]"), behavior="isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A",
        special_tokens=[("<bos>", tokens["<bos>"])],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        unk_token="<unk>",
        padding_side="left",
        model_max_length=256,
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def save(folder: Path) -> None:
    build().save_pretrained(folder)
