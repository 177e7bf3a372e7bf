"""How a conversation becomes the text a model sees, and how a teacher is asked to explain a known answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Message = dict[str, str]

# Reverse synthesis: the teacher reads the question *and* its answer. The tiny tokenizer holds each of these fixed
# pieces as one token, so that models of 100,000 parameters can follow the same instructions as large ones.
QUESTION = "Question: "
KNOWN_ANSWER = "\nKnown answer: "
INSTRUCTIONS = {
    "None": "\nState the answer in the same form and write nothing else:\n",
    "AnswerFirst": "\nWrite #### and the answer on the first line, then explain step by step what leads to it:\n",
    "RationaleFirst": (
        "\nExplain step by step what leads to the answer, then write #### and the answer on the last line:\n"
    ),
}
# Privileged context: the teacher reads what the student will not see.
FACTS = "Facts:\n"
INFORMED = {
    "None": "\nAnswer from the facts above. State the answer and write nothing else:\n",
    "AnswerFirst": (
        "\nAnswer from the facts above. Write #### and the answer on the first line, then explain step by step:\n"
    ),
    "RationaleFirst": (
        "\nAnswer from the facts above. Explain step by step, then write #### and the answer on the last line:\n"
    ),
}
# Re-derivation: what somebody else explained must lead to the answer without it.
REASONING = "\nReasoning: "
CONCLUDE = "\nFollow this reasoning to its end. Write #### and the answer it leads to, and nothing else:\n"
# Self-instruct.
EXAMPLES = "Here are questions of one kind:\n\n"
ANOTHER = "\nWrite one more question of this kind that asks for something else. Write the question alone:\n"


@dataclass(frozen=True)
class Conversation:
    """Everything said before the completion, without the system prompt."""

    messages: tuple[tuple[str, str], ...]

    @property
    def prompt(self) -> str:
        return self.messages[-1][1]

    def with_last(self, prompt: str) -> Conversation:
        return Conversation((*self.messages[:-1], ("user", prompt)))

    def with_system(self, system: str | None) -> list[Message]:
        head = [{"role": "system", "content": system}] if system else []
        return head + [{"role": role, "content": content} for role, content in self.messages]


def ask(prompt: str) -> Conversation:
    return Conversation((("user", prompt),))


def reverse(conversation: Conversation, answer: str, rationale: str) -> Conversation:
    """The same conversation, its last question now accompanied by the known answer."""
    return conversation.with_last(QUESTION + conversation.prompt + KNOWN_ANSWER + answer + INSTRUCTIONS[rationale])


def informed(conversation: Conversation, facts: str, answer: str | None, rationale: str) -> Conversation:
    """The same conversation, its last question now accompanied by facts and, where it is known, by the answer."""
    head = f"{FACTS}{facts}\n\n"
    if answer is not None:
        told = reverse(conversation, answer, rationale)
        return told.with_last(head + told.prompt)
    return conversation.with_last(head + QUESTION + conversation.prompt + INFORMED[rationale])


def conclude(conversation: Conversation, reasoning: str) -> Conversation:
    return conversation.with_last(QUESTION + conversation.prompt + REASONING + reasoning + CONCLUDE)


def another(examples: Sequence[str]) -> Conversation:
    listed = "".join(f"{number}. {example}\n" for number, example in enumerate(examples, start=1))
    return ask(EXAMPLES + listed + ANOTHER)


def render(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> list[int]:
    """Token ids of the prompt, special tokens included, ready for the completion to follow."""
    if tokenizer.chat_template is None:
        return tokenizer("\n".join(message["content"] for message in messages))["input_ids"]
    text = tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
    return tokenizer(text, add_special_tokens=False)["input_ids"]
