"""What endpoints are paid for, and the budget that no request may exceed.

Before a request its worst case is set aside: no tokenizer makes more tokens of a text than it has bytes, and no answer
is longer than was asked for. When the answer is there, its real tokens replace the worst case. When nobody knows what
was charged, because an answer broke off or made no sense, the worst case stands. A request that does not fit waits for
those under way to settle, and if it still does not fit, it is not sent.

The ledger is a file beside the data, so that a stage that was killed knows what it had spent or set aside.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple

from .appended import AppendedLines, entries
from .config import Pricing, StageConfig
from .errors import StageError

Role = Literal["Teacher", "Judge"]
MILLION = Decimal(1_000_000)


class Account(NamedTuple):
    role: Role
    name: str


class Tokens(NamedTuple):
    prompt: int
    completion: int

    def plus(self, other: Tokens) -> Tokens:
        return Tokens(self.prompt + other.prompt, self.completion + other.completion)


NONE = Tokens(0, 0)


@dataclass(frozen=True)
class Reservation:
    number: int
    account: Account
    worst: Tokens


class Ledger:
    """Shared by all threads of a stage. Without a path it lives in memory, without a budget it only counts."""

    def __init__(
        self, prices: Mapping[Account, Pricing], budget: Decimal | None = None, path: Path | None = None
    ) -> None:
        self.prices = prices
        self.budget = budget
        self._spent: dict[Account, Tokens] = {}
        self._open: dict[int, Reservation] = {}
        self._number = 0
        self._changed = threading.Condition()
        if path and path.exists():
            self._replay(path)
        self._file = AppendedLines(path) if path else None

    def reserve(self, account: Account, worst: Tokens) -> Reservation:
        """Sets the worst case of a request aside; raises ``BudgetExhausted`` when it will not fit."""
        with self._changed:
            while not self._fits(account, worst):
                if not self._open:
                    raise self._exhausted(account, worst)
                self._changed.wait()
            self._number += 1
            reservation = Reservation(self._number, account, worst)
            self._open[reservation.number] = reservation
            self._write("reserve", reservation.number, account.role, account.name, *worst)
            return reservation

    def settle(self, reservation: Reservation, used: Tokens | None) -> None:
        """``used`` is what the endpoint says it charges for; None when nobody knows, and the worst case stands."""
        with self._changed:
            del self._open[reservation.number]
            self._spend(reservation.account, reservation.worst if used is None else used)
            self._write("settle", reservation.number, *(reservation.worst if used is None else used))
            self._changed.notify_all()

    @property
    def cost(self) -> Decimal:
        """What is spent, for the accounts that have prices."""
        return sum((self._price(account, tokens) for account, tokens in self._spent.items()), Decimal(0))

    def usage(self) -> list[dict[str, Any]]:
        """As the termination message has it; what is still set aside counts as used."""
        with self._changed:
            total = dict(self._spent)
            for reservation in self._open.values():
                total[reservation.account] = total.get(reservation.account, NONE).plus(reservation.worst)
        return [
            {"role": role, "name": name, "promptTokens": tokens.prompt, "completionTokens": tokens.completion}
            for (role, name), tokens in sorted(total.items())
            if tokens != NONE
        ]

    def _fits(self, account: Account, worst: Tokens) -> bool:
        if self.budget is None:
            return True
        set_aside = [(open_.account, open_.worst) for open_ in self._open.values()]
        return self.cost + sum(self._price(*entry) for entry in [*set_aside, (account, worst)]) <= self.budget

    def _price(self, account: Account, tokens: Tokens) -> Decimal:
        prices = self.prices.get(account)
        if prices is None:
            return Decimal(0)
        return (
            prices.input_per_million_tokens * tokens.prompt + prices.output_per_million_tokens * tokens.completion
        ) / MILLION

    def _exhausted(self, account: Account, worst: Tokens) -> StageError:
        return StageError(
            "BudgetExhausted",
            f"{account.role.lower()} {account.name} was paid {self.cost:f} of the {self.budget:f} that this stage may "
            f"spend, and the next request could cost {self._price(account, worst):f}; raise "
            "spec.constraints.budget.amount, and it goes on where it stopped",
        )

    def _spend(self, account: Account, tokens: Tokens) -> None:
        self._spent[account] = self._spent.get(account, NONE).plus(tokens)

    def _write(self, *entry: Any) -> None:
        if self._file:
            self._file.append(entry)

    def _replay(self, path: Path) -> None:
        """What was set aside and never settled was perhaps charged: it counts as spent."""
        unsettled: dict[int, Reservation] = {}
        for _, (kind, number, *rest) in entries(path):
            self._number = max(self._number, number)
            if kind == "reserve":
                role, name, *worst = rest
                unsettled[number] = Reservation(number, Account(role, name), Tokens(*worst))
            elif number in unsettled:
                self._spend(unsettled.pop(number).account, Tokens(*rest))
        for reservation in unsettled.values():
            self._spend(reservation.account, reservation.worst)


_current = Ledger({})


def current() -> Ledger:
    return _current


def start(config: StageConfig, shard: int = 0) -> Ledger:
    """Opens the ledger of this stage and shard; a restart finds its own again, another attempt begins a new one."""
    global _current
    prices = {Account("Teacher", model.name): model.endpoint.pricing for model in config.teachers if model.endpoint}
    judge = config.task.metric.judge if config.task else None
    if judge:
        prices[Account("Judge", judge.endpoint.model)] = judge.endpoint.pricing
    known = {account: pricing for account, pricing in prices.items() if pricing}
    # Each trial run has a bill of its own.
    trial = f"-{config.pilot.name}-{config.pilot.rung}" if config.pilot else ""
    name = f"{config.stage}{trial}-{config.job.attempt}-{shard}.jsonl"
    path = config.workspace / "ledger" / name if prices else None
    _current = Ledger(known, config.budget, path)
    return _current
