"""What becomes of a thing after it was first written down: every change is a new state, hence a new row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from lachan_sample.form import Form, Mark, Row, Value
from lachan_sample.wards import Register, Ward, spell

Change = tuple[datetime, Mapping[str, Value]]


@dataclass(frozen=True)
class City:
    """One synthetic city in one year. `number` parts its identifiers from those of other cities."""

    seed: int
    year: int
    number: int
    register: Register

    @property
    def suffix(self) -> str:
        """What follows the prefix of every identifier: nothing for the first city."""
        return "" if self.number == 1 else str(self.number)

    @property
    def year_end(self) -> datetime:
        """The last moment at which a state of this year can be saved."""
        return datetime.combine(date(self.year, 12, 31), datetime.max.time()).replace(microsecond=0)

    @property
    def wards(self) -> list[Ward]:
        """The wards in force as the year begins: those that registers of things in place go by."""
        return self.register.on(date(self.year, 1, 1))

    def ident(self, prefix: str, serial: int, digits: int = 6) -> str:
        """An identifier such as TB-2024-000123, or TB2-2024-000123 in the second city."""
        return f"{prefix}{self.suffix}-{self.year}-{serial:0{digits}d}"

    def number_of(self, prefix: str, launched_on: date, serial: int, digits: int) -> str:
        """A number in a register, such as MH-0012; what came in the year has the year's last digit first."""
        first = self.year % 10 if launched_on.year == self.year else 0
        return f"{prefix}{self.suffix}-{first}{serial:0{digits - 1}d}"


def later(rng: Random, moment: datetime, low: float, high: float) -> datetime:
    """A whole minute between `low` and `high` hours after the moment."""
    return moment + timedelta(minutes=round(rng.uniform(low, high) * 60))


def unfold(form: Form, rng: Random, key: str, changes: Sequence[Change], marks: list[Mark]) -> list[Row]:
    """Write one row per change, the first one given first, each with all that is known by then.

    Rows of one key never share a second.
    """
    rows: list[Row] = []
    known: dict[str, Value] = {form.fields[0].name: key}
    saved = changes[0][0] - timedelta(seconds=1)
    ordered = [changes[0], *sorted(changes[1:], key=lambda change: change[0])]
    for number, (moment, values) in enumerate(ordered, start=1):
        saved = max(moment.replace(second=rng.randrange(60)), saved + timedelta(seconds=1))
        known = {**known, **values, "updated_at": saved}
        rows.append(Row(key, saved, form.fill(rng, known), tuple(marks), last=number == len(ordered)))
    return rows


def stand(
    form: Form,
    rng: Random,
    key: str,
    changes: Sequence[tuple[date, Mapping[str, Value]]],
    marks: Sequence[Mark] = (),
    gone: date = date.max,
) -> list[Row]:
    """Write the states of one entry of a register: each holds until the next, and the last until `gone`.

    Who changes an entry leaves the other cells as they were written.
    """
    rows: list[Row] = []
    cells = form.fill(rng, {form.fields[0].name: key})
    ordered = sorted(changes, key=lambda change: change[0])
    ends = [*(day for day, _ in ordered[1:]), gone]
    for (day, values), end in zip(ordered, ends, strict=True):
        written = form.fill(rng, values)
        cells = tuple(
            new if field.name in values else old for field, old, new in zip(form.fields, cells, written, strict=True)
        )
        rows.append(Row(key, datetime.combine(day, time()), cells, tuple(marks), until=min(end, gone)))
    return rows


def ward_cell(rng: Random, ward: Ward, marks: list[Mark], odd: str | None) -> str:
    """The ward as the desk spelled it; `odd` is a spelling that nobody knows, and is noted."""
    if odd is None:
        return spell(rng, ward)
    marks.append(("unknown_wards", odd))
    return odd
