"""What the pages of figures show, and how they take what a reader may write into an address."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from board.conftest import MARCH, WARD
from helpers.raw_rows import query
from lachan.board import charts
from lachan.board.tables import Column, Table, to_csv, to_xlsx
from lachan.settings import Settings
from starlette.testclient import TestClient

HOSTILE = [
    "'; drop table reporting.figure_state; --",
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "{{ 7 * 7 }}",
    "=1+1",
    "../../etc/passwd",
    "%00",
    "x" * 5000,
    "\u202e",
]
CITY_TOTALS = f"""
select indicator_key, value from reporting.figure
where window_key = '{MARCH}' and ward_key = 'city' and ward_basis = 'as_was' and breakdown_dim = 'total'
"""


def rows_of(answer_text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer_text.removeprefix("\ufeff"))))


def test_the_overview_has_every_indicator_of_the_window(city: Settings, analyst: TestClient) -> None:
    answer = analyst.get(f"/tong-quan?ky={MARCH}&tai=chi-tieu.csv")
    shown = {row["Mã"]: None if row["Giá trị"] == "" else Decimal(row["Giá trị"]) for row in rows_of(answer.text)}
    assert shown == dict(query(city, CITY_TOTALS)) and len(shown) > 35
    page = analyst.get(f"/tong-quan?ky={MARCH}").text
    assert page.count("<article") == len(shown)
    assert "chưa trọn kỳ" in page and not re.search(r"thiếu \d+ ngày", page)
    assert re.search(r"thiếu \d+ ngày", analyst.get("/tong-quan?ky=calendar_year@2024-01-01").text)


def test_the_overview_shows_the_published_year_beside_the_computed_one(city: Settings, analyst: TestClient) -> None:
    rows = rows_of(analyst.get("/tong-quan?ky=calendar_year@2024-01-01&tai=da-cong-bo.csv").text)
    computed = query(
        city,
        "select value from reporting.figure where indicator_key = 'tips_received' and breakdown_dim = 'total'"
        " and ward_key = 'city' and ward_basis = 'as_was' and window_key = 'calendar_year@2024-01-01'",
    )
    assert len(rows) == 38
    [tips] = [row for row in rows if row["Đã công bố"] == "692"]
    assert Decimal(tips["Năm theo lịch"]) == computed[0][0]


def test_figures_are_shown_as_vietnamese_texts_write_them(analyst: TestClient) -> None:
    page = analyst.get("/tong-quan?ky=calendar_year@2024-01-01").text
    assert "1.911" in page and re.search(r"\d,\d%", page) and not re.search(r"\d\.\d%|1,911", page)


def test_without_a_window_the_last_complete_month_is_shown_or_the_last_that_there_is(analyst: TestClient) -> None:
    assert "<h1>" in analyst.get("/tong-quan").text


def test_an_indicator_has_its_definition_wards_and_parts(city: Settings, analyst: TestClient) -> None:
    address = f"/chi-tieu/tips_received?ky={MARCH}"
    page = analyst.get(address).text
    assert "Tin của quần chúng theo ngày tiếp nhận" in page and page.count("<svg") >= 2
    wards = {
        row["Phường, xã"]: int(row["Giá trị"]) for row in rows_of(analyst.get(f"{address}&tai=phuong-xa.csv").text)
    }
    total = dict(query(city, CITY_TOTALS))["tips_received"]
    assert sum(wards.values()) == total > 0 and len(wards) >= 34
    parts = rows_of(analyst.get(f"{address}&tai=phan-to.csv").text)
    assert {row["Phân tổ"] for row in parts} == {"Hòm thư tố giác", "Trực tiếp", "Đường dây nóng"}
    assert sum(int(row["Giá trị"]) for row in parts) == total


def test_an_indicator_is_shown_as_it_was_published_on_a_day(city: Settings, analyst: TestClient) -> None:
    tip_days = "calendar_week@2024-03-11"  # begins with the day that the second publication brought
    address = f"/chi-tieu/patrols_performed?ky={tip_days}"
    assert "Từ số đến dòng" in analyst.get(address).text
    yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011
    assert "Không có số liệu của chỉ tiêu này" in analyst.get(f"{address}&ngay={yesterday}").text
    month = f"/chi-tieu/patrols_performed?ky={MARCH}"
    now, before = (rows_of(analyst.get(f"{month}{day}&tai=phan-to.csv").text) for day in ("", f"&ngay={yesterday}"))
    assert sum(int(row["Giá trị"]) for row in before) < sum(int(row["Giá trị"]) for row in now)


def test_as_of_an_instant_one_indicator_has_the_rows_of_figure_as_of(city: Settings) -> None:
    for at in ("clock_timestamp()", "clock_timestamp() - interval '1 day'", "clock_timestamp() - interval '9 days'"):
        [(only_one, only_other, rows)] = query(
            city,
            f"with one as (select * from reporting.indicator_as_of('tips_received', {at})),"
            f" other as (select * from reporting.figure_as_of({at}) where indicator_key = 'tips_received')"
            " select (select count(*) from (select * from one except select * from other) as a),"
            " (select count(*) from (select * from other except select * from one) as b), (select count(*) from one)",
        )
        assert (only_one, only_other) == (0, 0)
        assert (rows > 0) == ("9 days" not in at)


def test_a_figure_leads_to_its_lines(city: Settings, analyst: TestClient) -> None:
    page = analyst.get(f"/tong-quan?ky={MARCH}").text
    trace = re.search(r'href="(/so-lieu/[0-9a-f]{32})" title="Từ số đến dòng">([\d.]+)<', page)
    assert trace
    answer = analyst.get(trace.group(1)).text
    assert "Cộng các dòng bằng đúng số đã công bố" in answer
    lines = rows_of(analyst.get(f"{trace.group(1)}?tai=dong.csv").text)
    assert sum(int(line["Tính"]) for line in lines) == int(trace.group(2).replace(".", ""))
    for line in lines:
        path = city.home / "landing" / line["Tệp"]
        assert path.exists() and int(line["Dòng"]) > 1


def test_a_long_trace_is_shown_in_parts_and_downloaded_whole(city: Settings, analyst: TestClient) -> None:
    [(figure_id, value)] = query(
        city,
        f"select figure_id, numerator from reporting.figure where indicator_key = 'patrols_planned'"
        f" and window_key = '{MARCH}' and ward_key = 'city' and ward_basis = 'as_was' and breakdown_value = 'total'",
    )
    assert value > 200
    lines = rows_of(analyst.get(f"/so-lieu/{figure_id}?tai=dong.csv").text)
    assert len(lines) == value
    shown = [analyst.get(f"/so-lieu/{figure_id}?trang={page}").text.count("tuan_tra_") for page in (1, 2)]
    assert shown[0] > 200 > shown[1] - 50
    assert analyst.get(f"/so-lieu/{figure_id}?trang=99").status_code == 404


def test_the_revisions_of_a_figure_say_when_and_why(city: Settings, analyst: TestClient) -> None:
    [(figure_id,)] = query(
        city,
        "select figure_id from reporting.figure where revision_no = 2 and indicator_key = 'patrols_performed'"
        f" and window_key = '{MARCH}' and ward_key = 'city' and ward_basis = 'as_was' and breakdown_value = 'total'",
    )
    rows = rows_of(analyst.get(f"/so-lieu/{figure_id}?tai=lan-sua.csv").text)
    assert [(row["Lần"], row["Việc"]) for row in rows] == [("2", "sửa"), ("1", "công bố lần đầu")]
    assert "patrol_rosters 2024-03-11" in rows[0]["Lý do"]


def test_a_workbook_can_be_read_back(city: Settings, analyst: TestClient) -> None:
    answer = analyst.get(f"/chi-tieu/tips_valuable_rate?ky={MARCH}&tai=phuong-xa.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None and sheet.freeze_panes == "A2"
    head = [cell.value for cell in sheet[1]]
    assert head[:3] == ["Phường, xã", "Mã đơn vị", "Giá trị"]
    ratios = [row[2] for row in sheet.iter_rows(min_row=2) if row[2].value is not None]
    assert ratios and all(0 <= cell.value <= 1 and cell.number_format == "0.0%" for cell in ratios)
    again = analyst.get(f"/chi-tieu/tips_valuable_rate?ky={MARCH}&tai=phuong-xa.xlsx")
    assert again.content == answer.content, "the same rows give the same bytes"


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "http://evil.example"])
def test_no_downloaded_cell_is_a_formula(start: str) -> None:
    table = Table("t", "t", (Column("a", "A"), Column("b", "B", "number")), [{"a": start, "b": Decimal("-5")}])
    [row] = rows_of(to_csv(table).decode())
    assert not row["A"].startswith(("=", "+", "-", "@", "\t")) and row["B"] == "-5"
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(table))).active
    assert sheet is not None
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].hyperlink) == (start, "s", None)
    assert sheet["B2"].value == -5


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/tong-quan?ky=calendar_month@1999-01-01", 404, "Không có kỳ báo cáo"),
        ("/chi-tieu/khong_co", 404, "Không có chỉ tiêu"),
        (f"/chi-tieu/tips_received?ky={MARCH}&phuong=99999@2021-02-01", 404, "Không có phường, xã"),
        (f"/chi-tieu/tips_received?ky={MARCH}&ngay=2999-01-01", 400, "chưa đến"),
        (f"/chi-tieu/tips_received?ky={MARCH}&ngay={date.today() + timedelta(days=2)}", 400, "chưa đến"),  # noqa: DTZ011
        (f"/mo-hinh?ngay={date.today() + timedelta(days=2)}", 400, "chưa đến"),  # noqa: DTZ011
        (f"/chi-tieu/tips_received?ky={MARCH}&ngay=31-12-2024", 400, "không phải là ngày"),
        (f"/so-lieu/{'0' * 32}", 404, "Không có số liệu"),
        ("/so-lieu/abc", 404, "Không có số liệu"),
        ("/khong-co-trang", 404, "Không có trang này"),
        (f"/tong-quan?ky={MARCH}&tai=khac.csv", 404, "không có bảng nào"),
        (f"/tong-quan?ky={MARCH}&tai=chi-tieu.exe", 404, "không có bảng nào"),
    ],
)
def test_what_does_not_exist_is_told_in_vietnamese(analyst: TestClient, path: str, status: int, text: str) -> None:
    answer = analyst.get(path)
    assert answer.status_code == status and text in answer.text
    assert "Traceback" not in answer.text and 'lang="vi"' in answer.text


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_reaches_neither_sql_nor_html(city: Settings, analyst: TestClient, value: str) -> None:
    before = query(city, "select count(*) from reporting.figure_state")
    for path, name in (
        ("/tong-quan", "ky"),
        ("/chi-tieu/tips_received", "ky"),
        ("/chi-tieu/tips_received", "phuong"),
        ("/chi-tieu/tips_received", "ngay"),
        ("/tong-quan", "tai"),
        ("/chi-tieu", "unknown"),
        ("/dang-nhap", "tiep"),
    ):
        answer = analyst.get(path, params={name: value})
        expected = 200 if name in ("unknown", "tiep") else (400, 404)
        assert answer.status_code == expected or answer.status_code in (400, 404), (path, name)
        assert "<script>alert" not in answer.text and 'onmouseover="alert' not in answer.text
        assert "49" not in re.findall(r"“(.*?)”", answer.text)
    for path in ("/chi-tieu/", "/so-lieu/"):
        assert analyst.get(path + value.replace("/", "%2F").replace("%00", "%2500")).status_code in (404, 400)
    assert query(city, "select count(*) from reporting.figure_state") == before


def test_a_chart_escapes_its_labels() -> None:
    rows = [{"label": "<script>alert(1)</script> & \"'", "value": 1, "shown": "<b>1</b>"}]
    drawn = charts.ranked_bars([*rows, {"label": "b", "value": 2, "shown": "2"}], "tin")
    assert "<script" not in drawn and "<b>" not in drawn and "&lt;script" in drawn


def test_charts_write_numbers_as_vietnamese_texts_do() -> None:
    drawn = charts.ranked_bars([{"label": str(n), "value": n, "shown": str(n)} for n in (12000, 8000)], "tin")
    assert ">10.000<" in drawn and ">10,000<" not in drawn
    ratio = charts.trend(
        [{"window_key": str(n), "label": str(n), "value": Decimal(n) / 10, "is_complete": True} for n in (1, 2)],
        "tỷ lệ",
        "1",
    )
    assert re.search(r">\d+%<", ratio)


@pytest.mark.parametrize("role", ["reporter", "ward"])
def test_readers_with_fewer_rights_have_their_pages(log_in: Callable[[str], TestClient], role: str) -> None:
    client = log_in(role)
    for path in (f"/tong-quan?ky={MARCH}", "/chi-tieu", f"/chi-tieu/tips_received?ky={MARCH}"):
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        assert ("/so-lieu/" in answer.text) == (role == "reporter" and path != "/chi-tieu")


def test_the_report_leads_from_each_sentence_to_its_lines(city: Settings, analyst: TestClient) -> None:
    sentences = query(
        city,
        f"select sentence_vi, figure_ids from reporting.report_sentence where window_key = '{MARCH}' order by position",
    )
    page = analyst.get(f"/bao-cao?ky={MARCH}").text
    assert len(sentences) > 5
    for sentence, figure_ids in sentences:
        assert html.escape(sentence, quote=False) in page
        assert all(f"/so-lieu/{figure_id}" in page for figure_id in figure_ids)


def test_two_publications_are_compared(city: Settings, analyst: TestClient) -> None:
    [(first,), (last,)] = query(city, "select publication_id from reporting.publication order by 1")
    changed = query(
        city,
        "select figure_id, old_value, new_value from reporting.figure_revision where revision_no = 2"
        f" and window_key = '{MARCH}' and ward_key = 'city' and ward_basis = 'as_was' and old_value <> new_value",
    )
    address = f"/bao-cao/cong-bo?tu={first}&den={last}&ky={MARCH}"
    rows = rows_of(analyst.get(f"{address}&tai=thay-doi.csv").text)
    assert sorted((Decimal(row["Trước"]), Decimal(row["Sau"])) for row in rows if row["Trước"]) == sorted(
        (old, new) for _, old, new in changed
    )
    assert len(changed) > 0 and "patrol_rosters 2024-03-11" in analyst.get(address).text
    assert analyst.get(f"/bao-cao/cong-bo?tu={last}&den={first}").status_code == 400
    assert analyst.get("/bao-cao/cong-bo?tu=999&den=1000").status_code == 404


def test_a_reporter_is_told_what_hidden_numbers_are_and_compares_only_what_may_be_compared(
    city: Settings, analyst: TestClient, log_in: Callable[[str], TestClient]
) -> None:
    [(first,), (last,)] = query(city, "select publication_id from reporting.publication order by 1")
    [(protected,)] = query(city, "select array_agg(label_vi) from reference.indicators where small_count_below > 0")
    address = f"/bao-cao/cong-bo?tu={first}&den={last}&ky={MARCH}"
    note = "để không ai nhận ra người báo tin"
    paths = [f"/tong-quan?ky={MARCH}", f"/chi-tieu/tips_valuable?ky={MARCH}", f"/phuong-xa/{WARD}?ky={MARCH}"]
    of_analyst = {row["Chỉ tiêu"] for row in rows_of(analyst.get(f"{address}&tai=thay-doi.csv").text)}
    assert all(note not in analyst.get(path).text for path in paths)

    reporter = log_in("reporter")
    for path in paths:
        page = reporter.get(path).text
        assert page.count(note) == 1 and ">ẩn<" in page.replace("\n", "").replace(" ", "")
    of_reporter = {row["Chỉ tiêu"] for row in rows_of(reporter.get(f"{address}&tai=thay-doi.csv").text)}
    assert of_reporter and of_reporter == of_analyst - set(protected)


def test_models_without_activity_come_first(city: Settings, analyst: TestClient) -> None:
    rows = rows_of(analyst.get("/mo-hinh?tai=mo-hinh.csv").text)
    states = query(
        city, "select state from marts.model_vitality where as_of = (select max(as_of) from marts.model_vitality)"
    )
    order = ["Không ghi nhận hoạt động", "Hoạt động không đều", "Chưa đủ số liệu", "Hoạt động đều"]
    shown = [order.index(row["Tình trạng"]) for row in rows]
    assert len(shown) == len(states) > 0 and shown == sorted(shown)
    assert analyst.get("/mo-hinh?tinh-trang=khac").status_code == 400
    assert analyst.get("/mo-hinh?ngay=2001-01-01").status_code == 404


def test_a_ward_has_a_page_with_its_place_among_the_wards(city: Settings, log_in: Callable[[str], TestClient]) -> None:
    address = f"/phuong-xa/{WARD}?ky={MARCH}"
    rows = rows_of(log_in("analyst").get(f"{address}&tai=chi-tieu.csv").text)
    [tips] = [row for row in rows if row["Chỉ tiêu"] == "Số tin tiếp nhận"]
    [(value, larger, wards)] = query(
        city,
        f"with f as (select * from reporting.figure where indicator_key = 'tips_received' and window_key = '{MARCH}'"
        " and ward_basis = 'as_was' and breakdown_value = 'total' and ward_code is not null)"
        f" select own.value, (select count(*) from f where f.value > own.value), (select count(*) from f)"
        f" from f as own where own.ward_key = '{WARD}'",
    )
    assert (tips["Đông Vệ"], tips["Thứ bậc"]) == (str(value), f"{larger + 1}/{wards}")
    own = log_in("ward").get(address).text
    assert "Thứ bậc" not in own and "Toàn thành phố" not in own and "Phường Đông Vệ" in own
    assert log_in("ward").get("/phuong-xa/14773@2021-02-01").status_code == 404


@pytest.mark.parametrize("role", ["analyst", "reporter", "steward"])
def test_the_dictionary_describes_tables_and_columns(log_in: Callable[[str], TestClient], role: str) -> None:
    client = log_in(role)
    assert client.get("/").headers["location"] == ("/van-hanh" if role == "steward" else "/tong-quan")
    tables = {row["Bảng"]: row for row in rows_of(client.get("/tu-dien?tai=bang.csv").text)}
    assert tables["reporting.figure"]["Mỗi dòng là"].startswith("One row is") and len(tables) > 50
    columns = rows_of(client.get("/tu-dien?bang=reporting.figure&tai=cot.csv").text)
    assert {row["Cột"] for row in columns} >= {"figure_id", "value"} and all(row["Ý nghĩa"] for row in columns)
    for value in ("no.table", *HOSTILE):
        answer = client.get("/tu-dien", params={"bang": value})
        assert answer.status_code in (400, 404) and "<script>alert" not in answer.text
