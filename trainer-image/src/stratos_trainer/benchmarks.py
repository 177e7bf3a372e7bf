"""Benchmarks scored as lm-evaluation-harness scores them, for figures that can be laid beside published ones.

For ``task.metric``: ``type: Custom`` with ``entryPoint: stratos_trainer.benchmarks:gsm8k_strict`` and its neighbours. A
test holds every rule here against the package's own code.
"""

from __future__ import annotations

import re

from .errors import StageError
from .metrics import Verdict

STOPS = ("Question:", "</s>", "<|im_end|>", "<|eot_id|>")
INVALID = "[invalid]"
MARKED = re.compile(r"#### (-?[0-9.,]+)")
NUMBERS = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
IGNORED = (",", r"\$", r"(?s).*#### ", r"\.$")


def gsm8k_strict(_prompt: str, completion: str, reference: str | None) -> Verdict:
    """gsm8k, filter ``strict-match``: the first number behind ``#### ``."""
    found = MARKED.search(_until_stop(completion))
    return _same_number(found.group(1) if found else INVALID, reference)


def gsm8k_flexible(_prompt: str, completion: str, reference: str | None) -> Verdict:
    """gsm8k, filter ``flexible-extract``: the last thing that looks like a number."""
    found = list(NUMBERS.finditer(_until_stop(completion)))
    return _same_number(found[-1].group().strip() if found else INVALID, reference)


def aime(_prompt: str, completion: str, reference: str | None) -> Verdict:
    """aime, aime24, aime25: the last ``\\boxed``, else what is between the first ``$`` and the last, else all."""
    answer = _boxed(text := _until_stop(completion))
    if answer is None:
        answer = text[text.index("$") + 1 : text.rindex("$")] if text.count("$") > 1 else text
    return Verdict(_normal_or_raw(answer, _given(reference)), bool(answer.strip()))


def math_equal(_prompt: str, completion: str, reference: str | None) -> Verdict:
    """Equal as mathematics, by math-verify: 1/2 is 0.5 is \\frac{1}{2}, and sets and intervals are compared as such."""
    try:
        from math_verify import parse, verify
    except ImportError as error:
        raise StageError(
            "ConfigInvalid",
            "stratos_trainer.benchmarks:math_equal needs the package math-verify; add it to the trainer's image, "
            "or use aime",
        ) from error
    # Its time limits use signals, which only a main thread has.
    answer, gold = (parse(text, parsing_timeout=None) for text in (completion, _given(reference)))
    return Verdict(bool(answer) and verify(gold, answer, timeout_seconds=None), bool(answer))


def _until_stop(completion: str) -> str:
    return completion[: min((at for stop in STOPS if (at := completion.find(stop)) >= 0), default=None)]


def _same_number(extracted: str, reference: str | None) -> Verdict:
    return Verdict(_bare(extracted) == _bare(_given(reference)), extracted != INVALID)


def _bare(text: str) -> str:
    for pattern in IGNORED:
        text = re.sub(pattern, "", text)
    return text.lower()


def _given(reference: str | None) -> str:
    if reference is None:
        raise StageError("DataInvalid", "this metric compares with a completion, and the row has none")
    return reference


def _boxed(text: str) -> str | None:
    """What the last ``\\boxed`` holds; with a blank behind the command, everything up to a ``$``."""
    if "\\boxed " in text:
        return text.rpartition("\\boxed ")[2].partition("$")[0]
    start = text.rfind("\\boxed")
    end = _closing_brace(text, start) if start >= 0 else None
    inside = text[start : end + 1] if end is not None else ""
    return inside[7:-1] if inside.startswith("\\boxed{") else None


def _closing_brace(text: str, start: int) -> int | None:
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if text[at] == "}" and depth == 0:
            return at
    return None


def _normal_or_raw(answer: str, reference: str) -> bool:
    """Two texts that cannot both be brought to a normal form are compared as they are."""
    try:
        return _normal(answer) == _normal(reference)
    except ValueError:
        return answer == reference


REMOVED = ("\\left", "\\right", "^{\\circ}", "^\\circ", "\\$")


def _normal(text: str) -> str:
    """The normal form of the MATH benchmark (Hendrycks et al. 2021). Raises ``ValueError`` where that gives up."""
    text = (
        text.replace("\n", "")
        .replace("\\!", "")
        .replace("\\\\", "\\")
        .replace("tfrac", "frac")
        .replace("dfrac", "frac")
    )
    for piece in REMOVED:
        text = text.replace(piece, "")
    text = _without_unit(text).replace("\\%", "").replace(" .", " 0.").replace("{.", "{0.")
    text = "0" + text if text.startswith(".") else text
    text = _without_name(text)
    text = _braced_fractions(_braced_roots(text).replace(" ", ""))
    return _stacked("\\frac{1}{2}" if text == "0.5" else text)


def _without_unit(text: str) -> str:
    parts = text.split("\\text{ ")
    if len(parts) > 2:
        raise ValueError("more than one unit")
    return parts[0]


def _without_name(text: str) -> str:
    """``x=5`` is 5."""
    parts = text.split("=")
    return parts[1] if len(parts) == 2 and len(parts[0]) <= 2 else text


def _braced_roots(text: str) -> str:
    first, *rest = text.split("\\sqrt")
    if "" in rest:
        raise ValueError("a root of nothing")
    return first + "".join("\\sqrt" + (part if part[0] == "{" else f"{{{part[0]}}}{part[1:]}") for part in rest)


def _braced_fractions(text: str) -> str:
    """``\\frac12`` becomes ``\\frac{1}{2}``, and ``\\frac1{72}`` likewise."""
    first, *rest = text.split("\\frac")
    written = first
    for part in rest:
        if not part:
            raise ValueError("a fraction of nothing")
        if part[0] != "{" and len(part) < 2:
            return text
        written += "\\frac" + (part if part[0] == "{" else _braced(part))
    return written


def _braced(part: str) -> str:
    top, bottom, more = part[0], part[1], part[2:]
    return f"{{{top}}}{bottom}{more}" if bottom == "{" else f"{{{top}}}{{{bottom}}}{more}"


def _stacked(text: str) -> str:
    """``3/4`` becomes ``\\frac{3}{4}``; something over something that is no whole number is given up on."""
    parts = text.split("/")
    if len(parts) != 2:
        return text
    top, bottom = (int(part) for part in parts)
    return f"\\frac{{{top}}}{{{bottom}}}" if text == f"{top}/{bottom}" else text
