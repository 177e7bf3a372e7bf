"""How far a student's distribution q is from its teacher's p, from log-probabilities, as a sum over rows.

    ForwardKL      sum p log(p / q)                              covers all that the teacher would say
    ReverseKL      sum q log(q / p)                              says nothing that the teacher would not
    JensenShannon  b KL(p | m) + (1 - b) KL(q | m), m = b p + (1 - b) q; at b = 0 and 1, where that is 0, its limits
                   over b and 1 - b: ForwardKL and ReverseKL (Agarwal 2024)
    SkewForwardKL  KL(p | a p + (1 - a) q)                       finite gradients where q is tiny (Ko 2024)
    SkewReverseKL  KL(q | (1 - a) p + a q)
    TotalVariation sum |p - q| / 2

Gradients pass through the student alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch.nn import functional

Divergence = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def forward_kl(teacher: torch.Tensor, student: torch.Tensor) -> torch.Tensor:
    return functional.kl_div(student, teacher, reduction="sum", log_target=True)


def reverse_kl(teacher: torch.Tensor, student: torch.Tensor) -> torch.Tensor:
    return functional.kl_div(teacher, student, reduction="sum", log_target=True)


def jensen_shannon(teacher: torch.Tensor, student: torch.Tensor, mixture: float) -> torch.Tensor:
    if mixture == 0:
        return forward_kl(teacher, student)
    if mixture == 1:
        return reverse_kl(teacher, student)
    middle = _mixed(teacher, student, mixture)
    return mixture * forward_kl(teacher, middle) + (1 - mixture) * forward_kl(student, middle)


def skew_forward_kl(teacher: torch.Tensor, student: torch.Tensor, mixture: float) -> torch.Tensor:
    return forward_kl(teacher, _mixed(teacher, student, mixture))


def skew_reverse_kl(teacher: torch.Tensor, student: torch.Tensor, mixture: float) -> torch.Tensor:
    return forward_kl(student, _mixed(student, teacher, mixture))


def total_variation(teacher: torch.Tensor, student: torch.Tensor) -> torch.Tensor:
    return 0.5 * (teacher.exp() - student.exp()).abs().sum()


def named(name: str, mixture: float) -> Divergence:
    """The function (teacher's log-probabilities, student's) -> sum. ``mixture`` is b or a where there is one."""
    plain: dict[str, Divergence] = {
        "ForwardKL": forward_kl,
        "ReverseKL": reverse_kl,
        "TotalVariation": total_variation,
    }
    mixed: dict[str, Callable[..., torch.Tensor]] = {
        "JensenShannon": jensen_shannon,
        "SkewForwardKL": skew_forward_kl,
        "SkewReverseKL": skew_reverse_kl,
    }
    if name in plain:
        return plain[name]
    return lambda teacher, student: mixed[name](teacher, student, mixture)


def log_probabilities(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """In 32 bits at least."""
    exact = logits if logits.dtype == torch.float64 else logits.float()
    return functional.log_softmax(exact / temperature if temperature != 1 else exact, dim=-1)


def from_logits(
    divergence: Divergence, teacher: torch.Tensor, student: torch.Tensor, temperature: float = 1.0
) -> torch.Tensor:
    """``T^2 D(softmax(teacher / T), softmax(student / T))``: with T^2, gradients keep their size whatever T is.

    A head padded for alignment is cut to the ids that both have; real tokens come before the padding.
    """
    width = min(student.shape[-1], teacher.shape[-1])
    p = log_probabilities(teacher[:, :width].detach(), temperature)
    return temperature**2 * divergence(p, log_probabilities(student[:, :width], temperature))


def with_tail(log_probs: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """Log-probabilities of the ``kept`` ids, and of all others together in one last column.

    Without that bucket a divergence that falls with the student's mass (ReverseKL) is lowered by moving mass to where
    nobody looks.
    """
    tail = log_probs.scatter(-1, kept, -math.inf).logsumexp(-1, keepdim=True)
    return torch.cat([log_probs.gather(-1, kept), tail], dim=-1)


def sorted_distance(teacher: torch.Tensor, student: torch.Tensor) -> torch.Tensor:
    """``sum |sort(p) - sort(q)|``, the universal logit distance (Boizard 2024): no token has to mean the same."""
    p = log_probabilities(teacher.detach(), 1).exp().sort(dim=-1, descending=True).values
    q = log_probabilities(student, 1).exp().sort(dim=-1, descending=True).values
    width = max(p.shape[-1], q.shape[-1])
    return (_widened(p, width) - _widened(q, width)).abs().sum()


def _mixed(first: torch.Tensor, second: torch.Tensor, share: float) -> torch.Tensor:
    """``log(share e^first + (1 - share) e^second)``; a share of 0 or 1 is the other alone."""
    if share in (0, 1):
        return first if share == 1 else second
    return torch.logaddexp(first + math.log(share), second + math.log1p(-share))


def _widened(values: torch.Tensor, width: int) -> torch.Tensor:
    return functional.pad(values, (0, width - values.shape[-1]))
