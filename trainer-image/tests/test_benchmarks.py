"""GSM8K and AIME as lm-evaluation-harness scores them: a table of tricky answers, itself held against the real package.

``make test-lm-eval`` installs the package and runs the second half; without it only the table is checked.
"""

import importlib.util
import random
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from stratos_trainer import benchmarks, metrics
from stratos_trainer.config import Judge

# completion, reference, right by strict-match, right by flexible-extract
GSM8K = {
    "plain": ("so 9 * 2 = <<9*2=18>>18\n#### 18", "#### 18", True, True),
    "thousands with a comma": ("#### 1,234", "#### 1234", True, True),
    "the reference has the comma": ("#### 1234", "worked out\n#### 1,234", True, True),
    "a currency behind the mark": ("#### $18", "#### 18", False, True),
    "a currency and no mark": ("She pays $18", "#### 18", False, True),
    "a trailing period": ("#### 18.", "#### 18", True, True),
    "two trailing periods": ("#### 18..", "#### 18", False, False),
    "decimals are not whole numbers": ("#### 18.00", "#### 18", False, False),
    "cents": ("#### 2.50", "#### 2.50", True, True),
    "a negative number": ("#### -7", "#### -7", True, True),
    "a minus apart from its number": ("#### - 7", "#### -7", False, False),
    "the mark without its blank": ("####18", "#### 18", False, True),
    "two marks": ("#### 5\nno, wait\n#### 18", "#### 18", False, True),
    "words behind the mark": ("#### 18 dollars a day", "#### 18", True, True),
    "a number behind the answer": ("#### 18\nchecked in 2 ways", "#### 18", True, False),
    "the answer in a sentence": ("The answer is 18.", "#### 18", False, True),
    "only a period behind": ("18 . ", "#### 18", False, True),
    "a list": ("1,2,18", "#### 18", False, False),
    "a fraction": ("#### 1/2", "#### 1/2", False, False),
    "boxed": ("\\boxed{18}", "#### 18", False, True),
    "the next question begins": ("#### 18\nQuestion: 7?", "#### 18", True, True),
    "a stray end of turn": ("18<|im_end|>5", "#### 18", False, True),
    "percent": ("#### 50%", "#### 50", True, True),
    "scientific": ("#### 1e3", "#### 1000", False, False),
    "lone commas": (",, 18 ,,", "#### 18", False, False),
    "nothing": ("", "#### 18", False, False),
    "no number": ("I do not know", "#### 18", False, False),
    "leading zeros": ("#### 018", "#### 18", False, False),
    "a lone currency sign pair": ("$$", "#### 18", False, False),
    "unicode digits": ("#### ١٨", "#### 18", False, False),
}

# completion, reference, right
AIME = {
    "plain": ("204", "204", True),
    "boxed": ("thus \\boxed{204}.", "204", True),
    "boxed with leading zeros": ("\\boxed{025}", "25", False),
    "leading zeros on both sides": ("\\boxed{025}", "025", True),
    "the last box counts": ("\\boxed{1} or \\boxed{204}", "204", True),
    "nested braces": ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}", True),
    "a box without braces": ("\\boxed 204", "204", True),
    "a box without braces in a formula": ("$\\boxed 204$ indeed", "204", True),
    "an open box": ("\\boxed{204", "204", False),
    "framed": ("\\fbox{204}", "204", False),
    "in dollars": ("The answer is $204$.", "204", True),
    "two formulas": ("$x$ is $204$", "204", False),
    "one dollar": ("$204", "204", False),
    "a named value": ("\\boxed{n=204}", "204", True),
    "a long name": ("\\boxed{abc=204}", "204", False),
    "degrees": ("\\boxed{60^\\circ}", "60", True),
    "degrees in braces": ("\\boxed{60^{\\circ}}", "60", True),
    "percent": ("\\boxed{60\\%}", "60", True),
    "a unit": ("\\boxed{60\\text{ cm}}", "60", True),
    "two units": ("\\boxed{60\\text{ cm}\\text{ or so}}", "60", False),
    "escaped dollars": ("\\boxed{\\$60}", "60", True),
    "spaces": ("\\boxed{ 2 0 4 }", "204", True),
    "thin spaces": ("\\boxed{1\\!204}", "1204", True),
    "commas stay": ("\\boxed{1,204}", "1204", False),
    "a slash": ("\\boxed{3/4}", "\\frac{3}{4}", True),
    "a slash of letters": ("\\boxed{a/b}", "\\frac{a}{b}", False),
    "a short fraction": ("\\boxed{\\frac34}", "\\frac{3}{4}", True),
    "half a short fraction": ("\\boxed{\\frac3{4}}", "\\frac{3}{4}", True),
    "display and text fractions": ("\\boxed{\\dfrac{3}{4}}", "\\tfrac{3}{4}", True),
    "a cut fraction": ("\\boxed{\\frac}", "\\frac", True),
    "a cut short fraction": ("\\boxed{\\frac3}", "\\frac3", True),
    "half": ("\\boxed{0.5}", "\\frac{1}{2}", True),
    "half without its zero": ("\\boxed{.5}", "\\frac{1}{2}", True),
    "a root": ("\\boxed{\\sqrt3}", "\\sqrt{3}", True),
    "a cut root": ("\\boxed{\\sqrt}", "\\sqrt", True),
    "sized parentheses": ("\\boxed{\\left(1,2\\right)}", "(1,2)", True),
    "negative": ("\\boxed{-7}", "-7", True),
    "a minus apart": ("\\boxed{- 7}", "-7", True),
    "a trailing period in the box": ("\\boxed{204.}", "204", False),
    "a line break in the box": ("\\boxed{20\n4}", "204", True),
    "a number reference with a decimal": ("\\boxed{204.0}", "204", False),
    "the next question begins": ("\\boxed{204} Question: \\boxed{5}", "204", True),
    "nothing": ("", "204", False),
}


@pytest.mark.parametrize(("completion", "reference", "strict", "flexible"), GSM8K.values(), ids=GSM8K.keys())
def test_gsm8k(completion, reference, strict, flexible):
    got = [rule("", completion, reference).correct for rule in (benchmarks.gsm8k_strict, benchmarks.gsm8k_flexible)]
    assert got == [strict, flexible]


@pytest.mark.parametrize(("completion", "reference", "right"), AIME.values(), ids=AIME.keys())
def test_aime(completion, reference, right):
    assert benchmarks.aime("", completion, reference).correct == right


def test_a_benchmark_is_a_metric_that_knows_its_own_format_failures():
    metric = metrics.named(Judge("Custom", "stratos_trainer.benchmarks:gsm8k_strict"))
    assert metric("", "the answer is 18", "#### 18") == (False, False)
    assert metric("", "#### 17", "#### 18") == (False, True)


@pytest.fixture(scope="module")
def lm_eval():
    """The package's folder; its tasks are read from there, since importing them all needs a dozen more packages."""
    pytest.importorskip("lm_eval", reason="make test-lm-eval installs it")
    return Path(importlib.util.find_spec("lm_eval").submodule_search_locations[0])


@pytest.fixture(scope="module")
def gsm8k_of_lm_eval(lm_eval):
    """The task file's own filters and metric, applied as its harness does."""
    from lm_eval.api.metrics import exact_match_hf_evaluate
    from lm_eval.filters import build_filter_ensemble

    task = yaml.safe_load((lm_eval / "tasks" / "gsm8k" / "gsm8k.yaml").read_text())
    options = {key: value for key, value in task["metric_list"][0].items() if key.startswith(("ignore", "regexes"))}

    def score(name, completion, reference):
        chain = next(entry["filter"] for entry in task["filter_list"] if entry["name"] == name)
        steps = [(step["function"], {k: v for k, v in step.items() if k != "function"}) for step in chain]
        cut = _cut(completion, task["generation_kwargs"]["until"])
        instance = SimpleNamespace(resps=[cut], doc={}, filtered_resps={})
        build_filter_ensemble(name, steps).apply([instance])
        return bool(exact_match_hf_evaluate([instance.filtered_resps[name]], [reference], **options)["exact_match"])

    return score


@pytest.fixture(scope="module")
def aime_of_lm_eval(lm_eval):
    folder = lm_eval / "tasks" / "aime"
    stops = re.findall(r'- "(.+)"', (folder / "aime24.yaml").read_text().partition("until:")[2])
    spec = importlib.util.spec_from_file_location("aime_utils", folder / "utils.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda completion, reference: bool(
        module.process_results({"Answer": reference}, [_cut(completion, stops)])["exact_match"]
    )


def _cut(completion, stops):
    for stop in stops:
        completion = completion.split(stop)[0]
    return completion


@pytest.mark.parametrize(("completion", "reference", "strict", "flexible"), GSM8K.values(), ids=GSM8K.keys())
def test_the_table_is_what_lm_eval_says_of_gsm8k(gsm8k_of_lm_eval, completion, reference, strict, flexible):
    assert gsm8k_of_lm_eval("strict-match", completion, reference) == strict
    assert gsm8k_of_lm_eval("flexible-extract", completion, reference) == flexible


@pytest.mark.parametrize(("completion", "reference", "right"), AIME.values(), ids=AIME.keys())
def test_the_table_is_what_lm_eval_says_of_aime(aime_of_lm_eval, completion, reference, right):
    assert aime_of_lm_eval(completion, reference) == right


@pytest.mark.parametrize("seed", range(20))
def test_random_answers_are_scored_as_lm_eval_scores_them(gsm8k_of_lm_eval, aime_of_lm_eval, seed):
    rng = random.Random(seed)
    pieces = [
        "#### ",
        "####",
        "1",
        "20",
        "5",
        ".",
        ",",
        "$",
        "-",
        " ",
        "\n",
        "\\boxed{",
        "}",
        "\\frac",
        "/",
        "=",
        "x",
        "%",
    ]
    for _ in range(100):
        text = "".join(rng.choices(pieces, k=rng.randint(1, 8)))
        reference = rng.choice(["#### 120", "#### 5", "#### -1", "#### 1,205"])
        for name, rule in (("strict-match", benchmarks.gsm8k_strict), ("flexible-extract", benchmarks.gsm8k_flexible)):
            assert rule("", text, reference).correct == gsm8k_of_lm_eval(name, text, reference), (name, text, reference)
        assert benchmarks.aime("", text, "5").correct == aime_of_lm_eval(text, "5"), text


def test_math_verify_sees_through_the_form():
    pytest.importorskip("math_verify")
    for completion in ("\\boxed{0.5}", "$\\frac{1}{2}$", "$1/2$"):
        assert benchmarks.math_equal("", completion, "$\\frac{2}{4}$") == (True, True)
    assert benchmarks.math_equal("", "$0.51$", "$\\frac{1}{2}$") == (False, True)
    assert benchmarks.math_equal("", "no idea", "$5$") == (False, False)
