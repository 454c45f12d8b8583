"""Write figures directly into the marts and record the marts as audited, in place of dbt and the audit."""

from __future__ import annotations

import hashlib

from lachan.settings import Settings
from lachan.warehouse import connect, transaction
from lachan.warehouse.mart_state import fingerprints, record_states

FIGURE = {
    "indicator_key": "tips_received",
    "unit": "tip",
    "measure": "flow",
    "window_key": "m",
    "window_kind": "month",
    "window_basis": "calendar",
    "window_label_vi": "Tháng 3",
    "window_starts_on": "2024-03-01",
    "window_ends_on": "2024-03-31",
    "is_complete": True,
    "days_missing": 0,
    "ward_basis": "as_was",
    "ward_key": "14782@2021-02-01",
    "ward_code": "14782",
    "ward_name": "Phường",
    "breakdown_dim": "total",
    "breakdown_label_vi": "Tổng số",
    "is_small_count": False,
}


def figure_id(name: str) -> str:
    """The figure_id of a figure that set_figures has written."""
    return hashlib.md5(name.encode()).hexdigest()


def set_figures(settings: Settings, *figures: tuple[str, int], label: str = "Số tin") -> None:
    """Make marts.figure contain exactly these (breakdown_value, value), and record the marts as audited."""
    rows = [
        FIGURE
        | {"figure_id": figure_id(name), "breakdown_value": name, "label_vi": label, "numerator": value, "value": value}
        for name, value in figures
    ]
    with connect(settings.dsn, role="transformer") as connection, connection.cursor() as cursor:
        cursor.execute("create table if not exists marts.figure as select * from reporting.figure limit 0")
        for added in ("revision_no", "published_at", "suppressed"):  # columns of reporting only
            cursor.execute(f"alter table marts.figure drop column if exists {added}")
        cursor.execute("delete from marts.figure")
        cursor.execute(
            "create table if not exists marts.reconciliation"
            " (check_key text, indicator_group text, difference numeric);"
            "create table if not exists marts.expected_export"
            " (feed text, period_from date, period_to date, due_on date);"
            "create table if not exists reference.indicators (indicator_key text, indicator_group text, feed text,"
            " small_count_below integer, ward_window text);"
            "create table if not exists reference.indicator_count"
            " (indicator_key text, count_key text, counted_as text, part_of text);"
            "create table if not exists marts.ward_recast (ward_key text, recast_ward_key text);"
            "create table if not exists reference.report_template (sentence_key text, template_vi text);"
            "delete from reference.indicators;"
            "insert into reference.indicators values ('tips_received', 'tips', 'tips', 0, 'year');"
            "create or replace view marts.figure_fingerprint as"
            " select window_key, indicator_group, count(*) as row_count,"
            " sum(hashtextextended(figure::text, 0)) as hash_sum"
            " from marts.figure inner join reference.indicators using (indicator_key)"
            " group by window_key, indicator_group"
        )
        cursor.execute(
            "create table if not exists marts.report_sentence as select * from reporting.stored_sentence limit 0"
        )
        for row in rows:
            names, places = ", ".join(row), ", ".join(f"%({name})s" for name in row)
            cursor.execute(f"insert into marts.figure ({names}) values ({places})", row)
        cursor.execute(
            "insert into ops.unpublished_window (mart, indicator_group, window_key)"
            " values ('figure', 'tips', %(window_key)s) on conflict do nothing",
            FIGURE,
        )
    connection.close()
    mark_as_audited(settings)


def mark_as_audited(settings: Settings) -> None:
    """Record the marts as audited without running the audit, which takes seconds."""
    with transaction(settings.dsn, "auditor") as cursor:
        marts = fingerprints(cursor)
    with transaction(settings.dsn, "auditor") as cursor:
        record_states(cursor, "audited", "test", marts)
