"""Vận hành: for stewards and engineers, what became of the deliveries and what waits for a person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from lachan import vietnamese
from lachan.board.errors import NotThere
from lachan.board.feeds import known_feeds, title
from lachan.board.markdown import markdown
from lachan.board.request import Asked, Page
from lachan.board.tables import Column, Table
from lachan.operate.alerts import runbook_text
from lachan.operate.limits import watch_limits

STANDINGS = {
    "accepted": "đang dùng",
    "superseded": "đã có tệp thay",
    "loaded": "chờ kiểm tra",
    "held": "bị giữ lại",
    "discarded": "đã bỏ",
    "retracted": "đã rút",
    "rejected": "không đọc được",
    "duplicate": "trùng tệp khác",
}
"""What became of a delivery (ops.delivery)."""

DAYS = {
    "good": "đã nhận",
    "late": "nhận muộn",
    "held": "bị giữ lại",
    "rejected": "không đọc được",
    "missing": "chưa có",
}
"""What became of an export that was owed, as the calendar colours it."""

DECISIONS = {"held": ("nhan", "bo"), "rejected": ("bo", "nap-lai"), "accepted": ("rut",), "superseded": ("rut",)}
"""The decisions that a person can take about a delivery, by its standing (pages/decisions.py)."""

ROWS_SHOWN = 300


def view(asked: Asked) -> Page:
    """What waits, the ledger's balance by feed, the last builds, and the age of the last watch."""
    waiting = _files(asked, None)
    alerts = asked.queries.rows("alerts")
    for row in alerts:
        row["kind_vi"] = vietnamese.ALERTS.get(row["kind"], row["kind"])
        row["runbook"] = asked.link(f"/van-hanh/huong-dan/{row['kind']}")
    balance = asked.queries.rows("balance")
    for row in balance:
        row["title"] = title(asked.settings, row["feed"])
        row["calendar"] = asked.link("/van-hanh/lich", nguon=row["feed"])
        row["quarantine"] = asked.link("/van-hanh/cach-ly", nguon=row["feed"]) if row["rows_waiting"] else ""
        row["balances"] = "cân" if row["rows_read"] == row["rows_accounted"] else "LỆCH"
    tables = [
        Table("bao-dong", "Báo động đang mở", _ALERT_COLUMNS, alerts),
        Table("cho-quyet-dinh", "Tệp chờ người quyết định", _FILE_COLUMNS, waiting),
        Table("so-nhan", "Sổ nhận: dòng đọc được = nạp + cách ly + trùng", _BALANCE_COLUMNS, balance),
        Table("lan-dung", "Các lần dựng số liệu gần đây", _BUILD_COLUMNS, asked.queries.rows("builds")),
        Table("nhom", "Trạng thái các nhóm chỉ tiêu", _GROUP_COLUMNS, _groups(asked)),
        Table(
            "quyet-dinh",
            "Quyết định của người quản trị",
            _DECISION_COLUMNS,
            asked.queries.rows("decisions", of_file=None),
        ),
        Table("don-dep", "Đã dọn những gì hết thời hạn lưu", _REMOVAL_COLUMNS, asked.queries.rows("removals")),
    ]
    state = asked.queries.row("watch_state") or {}
    is_late = (state["seconds_ago"] or 0) > watch_limits(asked.settings).watch_age.total_seconds()
    values = {"state": state, "is_watch_late": is_late, "links": links(asked)}
    return Page("operations.html", "Vận hành", values, tables)


def calendar(asked: Asked) -> Page:
    """The exports of one feed (`nguon`) in one year (`nam`) by day."""
    feeds = known_feeds(asked.settings)
    name = asked.choice("nguon", list(feeds), next(iter(feeds)))
    exports = asked.queries.rows("expected_exports", of_feed=name)
    years = sorted({row["period_to"].year for row in exports})
    if not years:
        raise NotThere("Chưa có lần dựng số liệu nào, nên chưa có lịch các tệp phải nhận.")
    year = int(asked.choice("nam", [str(each) for each in years], str(years[-1])))
    of_year = [row for row in exports if row["period_to"].year == year]
    for row in of_year:
        row["state"] = _state(row)
        row["state_vi"] = DAYS[row["state"]]
        row["page"] = asked.link(f"/van-hanh/tep/{row['file_id']}") if row["file_id"] else ""
    by_day = {row["period_to"]: row for row in of_year}
    months = [(month, [by_day.get(day) for day in _days(year, month)]) for month in range(1, 13)]
    values = {
        "feed": feeds[name],
        "year": year,
        "feeds": [(each.title, asked.here(nguon=key), key == name) for key, each in feeds.items()],
        "years": [(each, asked.here(nam=each), each == year) for each in years],
        "months": months,
        "counts": [(key, DAYS[key], sum(row["state"] == key for row in of_year)) for key in DAYS],
        "links": links(asked),
    }
    return Page("calendar.html", "Lịch nhận tệp", values, [Table("tep", "Các tệp phải nhận", _EXPORT_COLUMNS, of_year)])


def quarantine(asked: Asked) -> Page:
    """The rows that wait in quarantine, by reason, of one feed (`nguon`) or all; values are masked."""
    feed = asked.key("nguon")
    rows = asked.queries.rows("quarantined_rows", feed_name=feed)
    reasons: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        row["title"] = title(asked.settings, row["feed"])
        row["page"] = asked.link(f"/van-hanh/tep/{row['file_id']}")
        _describe(row)
        for each in row["reasons"]:
            key = (row["title"], each["column"], each["rule"])
            empty = dict(zip(("title", "column", "rule"), key, strict=True)) | {"rows": 0, "expected": each["expected"]}
            reasons.setdefault(key, empty)["rows"] += 1
    counts = sorted(reasons.values(), key=lambda each: (-each["rows"], each["title"], each["column"]))
    tables = [
        Table("ly-do", "Theo lý do", _REASON_COLUMNS, counts),
        Table("dong", "Các dòng (đã che)", _QUARANTINE_COLUMNS, rows, shown_rows=ROWS_SHOWN),
    ]
    return Page("operations_part.html", "Dòng bị cách ly", {"links": links(asked)}, tables)


def verdicts(asked: Asked) -> Page:
    """The verdicts of gate and audit: those that failed in the last runs, and how many of each suite by run."""
    failed = asked.queries.rows("failed_checks")
    for row in failed:
        row["keys"] = ", ".join(map(str, row["failed_keys"] or []))[:500]
    tables = [
        Table("khong-dat", "Không đạt", _CHECK_COLUMNS, failed, shown_rows=ROWS_SHOWN),
        Table("lich-su", "Theo lượt chạy", _CHECK_HISTORY_COLUMNS, asked.queries.rows("check_history")),
    ]
    return Page("operations_part.html", "Kết quả kiểm tra", {"links": links(asked)}, tables)


def run(asked: Asked) -> Page:
    """What the runs of a DAG (`dag`), or one of them (`luot`), loaded, judged and built."""
    dag, number = asked.text("dag"), asked.text("luot")
    run_id = f"{dag}.{number}" if number else f"{dag}."
    files = _files(asked, run_id)
    history = [row for row in asked.queries.rows("check_history") if _is_of(row, run_id)]
    builds = [row for row in asked.queries.rows("builds") if _is_of(row, run_id)]
    tables = [
        Table("tep", "Các tệp đã nạp", _FILE_COLUMNS, files, shown_rows=ROWS_SHOWN),
        Table("kiem-tra", "Kết quả kiểm tra", _CHECK_HISTORY_COLUMNS, history),
        Table("lan-dung", "Các lần dựng số liệu", _BUILD_COLUMNS, builds),
    ]
    values = {"links": links(asked)}
    return Page("operations_part.html", f"Lượt chạy của {dag}" if dag else "Lượt chạy", values, tables)


def _is_of(row: dict[str, Any], run_id: str) -> bool:
    return bool(row["run_id"].startswith(run_id) if run_id.endswith(".") else row["run_id"] == run_id)


def file(asked: Asked) -> Page:
    """One entry of the ledger: what was read, what became of it, and what can be decided about it."""
    number = asked.parts["file"]
    is_number = number.isascii() and number.isdecimal() and len(number) < 16
    entry = asked.queries.row("ledger_entry", file_id=int(number)) if is_number else None
    if entry is None:
        raise NotThere(f"Sổ nhận không có tệp số {number[:20]}.")
    rows = asked.queries.rows("rows_of_file", file_id=entry["file_id"])
    for row in rows:
        _describe(row)
        row["now"] = "đã nạp lại" if row["replayed_by"] else row["discarded_why"] or "đang chờ"
    waiting = sum(row["now"] == "đang chờ" for row in rows)
    decisions = list(DECISIONS.get(entry["standing"], ()))
    if waiting and entry["standing"] == "accepted":
        decisions += ["bo", "nap-lai"]
    values = {
        "entry": entry | {"title": title(asked.settings, entry["feed"]), "standing_vi": STANDINGS[entry["standing"]]},
        "waiting": waiting,
        "decisions": decisions if asked.reader.may_decide else [],
        "links": links(asked),
    }
    tables = [
        Table("cach-ly", "Dòng bị cách ly (đã che)", _ROW_COLUMNS, rows, shown_rows=ROWS_SHOWN),
        Table("quyet-dinh", "Quyết định", _DECISION_COLUMNS, asked.queries.rows("decisions", of_file=entry["file_id"])),
    ]
    return Page("file.html", f"Tệp {number}", values, tables)


def runbook(asked: Asked) -> Page:
    """The page about one kind of alert: what it means, what to do, and when it ends."""
    kind = asked.parts["kind"].removesuffix(".md")  # as the pages refer to each other
    text = runbook_text(asked.settings, kind)
    if text is None:
        raise NotThere("Không có hướng dẫn cho loại báo động này.")
    values = {"text": markdown(text), "links": links(asked)}
    return Page("runbook.html", f"Hướng dẫn: {vietnamese.ALERTS.get(kind, kind)}", values)


def links(asked: Asked) -> list[tuple[str, str, bool]]:
    """The parts of Vận hành: name, address, and whether the reader is there."""
    parts = {
        "/van-hanh": "Tổng hợp",
        "/van-hanh/lich": "Lịch nhận tệp",
        "/van-hanh/cach-ly": "Dòng bị cách ly",
        "/van-hanh/kiem-tra": "Kết quả kiểm tra",
        "/van-hanh/cong-van": "Công văn gửi đầu mối",
        "/van-hanh/dia-danh": "Địa danh",
    }
    return [(name, asked.link(path), path == asked.path) for path, name in parts.items()]


def _files(asked: Asked, run_id: str | None) -> list[dict[str, Any]]:
    """The files of a run; of all runs whose names begin with `run_id` if it ends with a dot; None: those that wait."""
    rows = asked.queries.rows("files", run_id=run_id, is_prefix=run_id is not None and run_id.endswith("."))
    for row in rows:
        row["title"] = title(asked.settings, row["feed"])
        row["standing_vi"] = STANDINGS[row["standing"]]
        row["page"] = asked.link(f"/van-hanh/tep/{row['file_id']}")
    return rows


def _describe(row: dict[str, Any]) -> None:
    """Give a quarantined row its reasons and its masked values as text."""
    row["why"] = "; ".join(f"{each['column']}: {each['rule']} ({each['expected']})" for each in row["reasons"])
    row["values"] = ", ".join(f"{name}: {value}" for name, value in row["masked_row"].items())


def _groups(asked: Asked) -> list[dict[str, Any]]:
    states = {
        "built": "đã dựng",
        "audited": "đã kiểm tra, công bố được",
        "published": "đã công bố",
        "held": "bị giữ lại",
    }
    rows = asked.queries.rows("group_states")
    for row in rows:
        row["stage"] = states[row["stage"]]
    return rows


def _state(export: dict[str, Any]) -> str:
    if export["standing"] == "in_force":
        return "late" if export["days_late"] else "good"
    return {"misdated": "held", "held": "held", "rejected": "rejected"}.get(export["standing"], "missing")


def _days(year: int, month: int) -> list[date]:
    first = date(year, month, 1)
    return [day for number in range(31) if (day := first + timedelta(days=number)).month == month]


_ALERT_COLUMNS = (
    Column("severity", "Mức"),
    Column("kind_vi", "Loại", link="runbook"),
    Column("message", "Việc"),
    Column("first_seen", "Từ", "instant"),
    Column("last_seen", "Gần nhất", "instant"),
)
_FILE_COLUMNS = (
    Column("file_id", "Số", link="page"),
    Column("title", "Nguồn"),
    Column("path", "Tệp", link="page"),
    Column("export_date", "Ngày", "date"),
    Column("standing_vi", "Trạng thái"),
    Column("why", "Lý do"),
    Column("rows_read", "Dòng", "number"),
    Column("since", "Từ", "instant"),
)
_BALANCE_COLUMNS = (
    Column("title", "Nguồn", link="calendar"),
    Column("files", "Tệp", "number"),
    Column("rows_read", "Đọc được", "number"),
    Column("rows_loaded", "Nạp", "number"),
    Column("rows_quarantined", "Cách ly", "number", "quarantine"),
    Column("rows_duplicate", "Trùng", "number"),
    Column("balances", "Cân đối"),
    Column("rows_waiting", "Còn chờ", "number", "quarantine"),
    Column("newest", "Ngày mới nhất", "date"),
)
_BUILD_COLUMNS = (
    Column("run_id", "Lượt chạy"),
    Column("finished_at", "Lúc", "instant"),
    Column("nodes", "Bước", "number"),
    Column("failed", "Lỗi", "number"),
    Column("seconds", "Giây", "number"),
    Column("slowest", "Bước lâu nhất"),
)
_REMOVAL_COLUMNS = (
    Column("removed_at", "Lúc", "instant"),
    Column("thing", "Nơi lưu"),
    Column("item_count", "Dòng hoặc tệp", "number"),
    Column("megabytes", "MB", "number"),
    Column("older_than", "Cũ hơn", "instant"),
    Column("run_id", "Lượt chạy"),
)
_GROUP_COLUMNS = (
    Column("indicator_group", "Nhóm"),
    Column("stage", "Trạng thái"),
    Column("kept_at", "Lúc", "instant"),
    Column("why", "Lý do"),
    Column("run_id", "Lượt chạy"),
)
_DECISION_COLUMNS = (
    Column("decided_at", "Lúc", "instant"),
    Column("decision", "Quyết định"),
    Column("file_id", "Tệp số"),
    Column("decided_by", "Người"),
    Column("why", "Lý do"),
)
_EXPORT_COLUMNS = (
    Column("period_from", "Từ ngày", "date"),
    Column("period_to", "Đến ngày", "date"),
    Column("due_on", "Hạn nhận", "date"),
    Column("state_vi", "Trạng thái", link="page"),
    Column("delivered_on", "Nhận ngày", "date"),
    Column("days_late", "Muộn (ngày)", "number"),
    Column("rows_quarantined", "Dòng cách ly", "number"),
)
_REASON_COLUMNS = (
    Column("title", "Nguồn"),
    Column("column", "Cột"),
    Column("rule", "Quy tắc"),
    Column("expected", "Cần có"),
    Column("rows", "Dòng", "number"),
)
_QUARANTINE_COLUMNS = (
    Column("title", "Nguồn"),
    Column("path", "Tệp", link="page"),
    Column("line_no", "Dòng"),
    Column("why", "Lý do"),
    Column("values", "Giá trị đã che"),
)
_ROW_COLUMNS = (
    Column("line_no", "Dòng"),
    Column("why", "Lý do"),
    Column("values", "Giá trị đã che"),
    Column("now", "Hiện nay"),
)
_CHECK_COLUMNS = (
    Column("checked_at", "Lúc", "instant"),
    Column("stage", "Bước"),
    Column("suite", "Bộ kiểm tra"),
    Column("expectation", "Kiểm tra"),
    Column("column_name", "Cột"),
    Column("severity", "Mức"),
    Column("expected", "Cần có"),
    Column("keys", "Không đạt"),
    Column("exception", "Lỗi"),
)
_CHECK_HISTORY_COLUMNS = (
    Column("checked_at", "Lúc", "instant"),
    Column("stage", "Bước"),
    Column("suite", "Bộ kiểm tra"),
    Column("checks", "Kiểm tra", "number"),
    Column("failed_critical", "Không đạt: giữ lại", "number"),
    Column("failed_warning", "Không đạt: cảnh báo", "number"),
    Column("run_id", "Lượt chạy"),
)
