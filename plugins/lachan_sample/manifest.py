"""What was planted: everything that a loader must find again, in one file."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

from lachan_sample.deliveries import Delivery
from lachan_sample.files import Encoded
from lachan_sample.form import Form

PLANTED = ("defects", "duplicates", "corrected", "late", "unreadable", "out_of_order", "unknown_wards")
IDENTITIES = ("names", "phones", "id_numbers", "plates", "addresses", "staff_codes")


class Manifest:
    """Collects what is planted while files are written."""

    def __init__(self, seed: int, scale: int, start: date, end: date) -> None:
        self._about = {"seed": seed, "scale": scale, "start": str(start), "end": str(end)}
        self._lists: dict[str, list[dict[str, Any]]] = {kind: [] for kind in PLANTED}
        self._marks: dict[str, set[str]] = {kind: set() for kind in IDENTITIES}
        self._expected: dict[str, Counter[str]] = {}

    def add(self, form: Form, delivery: Delivery, encoded: Encoded) -> None:
        """Note one file: what is wrong with it, with its rows, and whose details are in it."""
        path = form.file(delivery.day, delivery.suffix)
        where: dict[str, Any] = {"feed": form.feed, "path": path}
        if delivery.late:
            self._note("late", where, export_date=str(delivery.day), delivered_at=str(delivery.delivered_at))
        if delivery.wrong:
            status = "rejected" if delivery.rejected else "loaded"
            self._note(
                "corrected",
                where,
                flaw=delivery.wrong,
                corrected_by=form.file(delivery.day, "_sua"),
                expected_status=status,
                expected_gate=_gate(form, delivery),
            )
        if delivery.rejected or delivery.wrong == "header_only":
            self._note("unreadable", where, reason=delivery.wrong, expected_status=status)
        if delivery.copy:
            self._note("duplicates", where, original=form.file(delivery.day), expected_status="duplicate")
        self._count(form, delivery)
        for record in delivery.records:
            for kind, text in record.row.marks:
                if kind in self._marks:
                    self._marks[kind].add(text)
        if not delivery.copy and not delivery.rejected:
            self._rows(form, where, delivery, encoded)

    def _rows(self, form: Form, where: dict[str, Any], delivery: Delivery, encoded: Encoded) -> None:
        for record, line in zip(delivery.records, encoded.lines, strict=True):
            here = {**where, "line": line, "key": record.row.key}
            if record.flaw:
                self._note("defects", here, rule=record.flaw.rule, column=record.flaw.column)
            if form.delivery == "changes" and record.row.updated_at.date() != delivery.day:
                self._note("out_of_order", here, updated_at=str(record.row.updated_at))
            for kind, text in record.row.marks:
                if kind == "unknown_wards":
                    self._note(kind, here, spelling=text)

    def _note(self, kind: str, where: dict[str, Any], **more: Any) -> None:
        self._lists[kind].append({**where, **more})

    def _count(self, form: Form, delivery: Delivery) -> None:
        count = self._expected.setdefault(form.feed, Counter())
        rules = [record.flaw.rule for record in delivery.records if record.flaw]
        count["files"] += 1
        if delivery.rejected:
            count["files_rejected"] += 1
        elif delivery.copy:
            count["files_duplicate"] += 1
            count["rows_read"] += len(delivery.records)
            count["rows_duplicate"] += len(delivery.records)
        else:
            count["files_loaded"] += 1
            count["rows_read"] += len(delivery.records)
            count["rows_duplicate"] += rules.count("duplicate")
            count["rows_quarantined"] += len(rules) - rules.count("duplicate")
            count["rows_loaded"] += len(delivery.records) - len(rules)

    def text(self) -> str:
        """The manifest as JSON, the same for the same files."""
        whole = {
            **self._about,
            "expected": {feed: dict(sorted(count.items())) for feed, count in sorted(self._expected.items())},
            **self._lists,
            "identities": {kind: sorted(texts) for kind, texts in self._marks.items()},
        }
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _gate(form: Form, delivery: Delivery) -> str | None:
    """What becomes of a wrong delivery at the gate; one that was rejected never comes there."""
    if delivery.rejected:
        return None
    return "held" if form.delivery == "snapshot" and delivery.wrong == "lacks_rows" else "accepted"
