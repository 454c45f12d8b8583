"""The manifest of a sample: every irregularity that was planted and that a loader must find."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

from lachan_sample.deliveries import CORRECTED_SUFFIX, Delivery
from lachan_sample.files import Encoded
from lachan_sample.layout import Layout

IRREGULARITIES = ("defects", "duplicates", "corrected", "late", "unreadable", "out_of_order", "unknown_wards")
IDENTITIES = ("names", "phones", "id_numbers", "plates", "addresses", "staff_codes")


class Manifest:
    """Collects the planted irregularities and the expected counts while files are written."""

    def __init__(self, seed: int, scale: int, start: date, end: date) -> None:
        self._arguments = {"seed": seed, "scale": scale, "start": str(start), "end": str(end)}
        self._lists: dict[str, list[dict[str, Any]]] = {kind: [] for kind in IRREGULARITIES}
        self._identities: dict[str, set[str]] = {kind: set() for kind in IDENTITIES}
        self._expected: dict[str, Counter[str]] = {}

    def add(self, layout: Layout, delivery: Delivery, encoded: Encoded) -> None:
        """Record one file: its irregularities, those of its rows, and the personal details in it."""
        path = layout.export_path(delivery.day, delivery.suffix)
        file: dict[str, Any] = {"feed": layout.feed, "path": path}
        if delivery.late:
            self._add("late", file, export_date=str(delivery.day), delivered_at=str(delivery.delivered_at))
        if delivery.file_defect:
            status = "rejected" if delivery.rejected else "loaded"
            self._add(
                "corrected",
                file,
                flaw=delivery.file_defect,
                corrected_by=layout.export_path(delivery.day, CORRECTED_SUFFIX),
                expected_status=status,
                expected_gate=_gate(layout, delivery),
            )
        if delivery.rejected or delivery.file_defect == "header_only":
            self._add("unreadable", file, reason=delivery.file_defect, expected_status=status)
        if delivery.copy:
            self._add("duplicates", file, original=layout.export_path(delivery.day), expected_status="duplicate")
        self._count(layout, delivery)
        for record in delivery.records:
            for kind, text in record.row.marks:
                if kind in self._identities:
                    self._identities[kind].add(text)
        if not delivery.copy and not delivery.rejected:
            self._add_rows(layout, file, delivery, encoded)

    def _add_rows(self, layout: Layout, file: dict[str, Any], delivery: Delivery, encoded: Encoded) -> None:
        for record, line in zip(delivery.records, encoded.lines, strict=True):
            row = {**file, "line": line, "key": record.row.key}
            if record.defect:
                self._add("defects", row, rule=record.defect.rule, column=record.defect.column)
            if layout.delivery == "changes" and record.row.updated_at.date() != delivery.day:
                self._add("out_of_order", row, updated_at=str(record.row.updated_at))
            for kind, text in record.row.marks:
                if kind == "unknown_wards":
                    self._add(kind, row, spelling=text)

    def _add(self, kind: str, place: dict[str, Any], **more: Any) -> None:
        self._lists[kind].append({**place, **more})

    def _count(self, layout: Layout, delivery: Delivery) -> None:
        count = self._expected.setdefault(layout.feed, Counter())
        rules = [record.defect.rule for record in delivery.records if record.defect]
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
        """The manifest as JSON; the same files give the same text."""
        manifest = {
            **self._arguments,
            "expected": {feed: dict(sorted(count.items())) for feed, count in sorted(self._expected.items())},
            **self._lists,
            "identities": {kind: sorted(texts) for kind, texts in self._identities.items()},
        }
        return json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"


def _gate(layout: Layout, delivery: Delivery) -> str | None:
    """What the gate must decide about a defective file; None for a rejected file, which the gate does not check."""
    if delivery.rejected:
        return None
    return "held" if layout.delivery == "snapshot" and delivery.file_defect == "lacks_rows" else "accepted"
