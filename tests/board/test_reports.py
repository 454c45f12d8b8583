"""Báo cáo: reports as files, made again as they were, and what was handed out."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from board.conftest import MARCH, WARD
from board.test_pages import HOSTILE, rows_of
from docx import Document
from helpers.people import person
from helpers.raw_rows import query
from lachan import cli
from lachan.board import office
from lachan.board.sessions import Sessions
from lachan.cities import read_city
from lachan.report.content import published_report
from lachan.report.errors import ReportError
from lachan.report.files import render
from lachan.report.office import read_office
from lachan.settings import PROJECT, Settings
from starlette.testclient import TestClient

LogIn = Callable[[str], TestClient]
OTHER_WARD = "14773@2021-02-01"


def made(settings: Settings, kind: str, ward: str = "city", at: datetime | None = None, role: str = "analyst") -> bytes:
    of_office = read_office(None, read_city(PROJECT / "dbt_project/cities/380"))
    return render(published_report(settings, MARCH, ward, at, of_office.charts, role), kind, of_office)


def then(settings: Settings, ward: str = "city") -> tuple[datetime, Path]:
    """The instant of the reports that were made after the first publication, and their folder."""
    folder = settings.home / "reports of then"
    return datetime.fromisoformat((folder / f"{ward}.as_of").read_text()), folder


def handouts(settings: Settings) -> list[tuple[object, ...]]:
    columns = "handed_out_by, login, document, file_kind, window_key, ward_key, agency, publication_id, sha256"
    return query(settings, f"select {columns} from reporting.handout order by handout_no")


@pytest.mark.parametrize("ward", ["city", WARD])
@pytest.mark.parametrize("kind", ["docx", "xlsx", "csv"])
def test_a_past_report_is_made_again_byte_by_byte_after_a_correction(city: Settings, ward: str, kind: str) -> None:
    at, folder = then(city, ward)
    kept = (folder / f"{ward}.{kind}").read_bytes()
    assert made(city, kind, ward) != kept, "the correction and the new day changed the report"
    assert hashlib.sha256(made(city, kind, ward, at)).digest() == hashlib.sha256(kept).digest()
    assert made(city, kind, ward, at + timedelta(hours=1)) == kept, "nothing was published within the hour"


def test_the_sentences_of_then_are_those_of_then(city: Settings) -> None:
    _, folder = then(city)
    replaced = query(city, f"select sentence_vi from reporting.replaced_sentence where window_key = '{MARCH}'")
    now = query(city, f"select sentence_vi from reporting.report_sentence where window_key = '{MARCH}'")
    assert replaced and not set(replaced) & set(now)
    text = "\n".join(each.text for each in Document(folder / "city.docx").paragraphs)
    assert all(sentence in text for (sentence,) in replaced)


def test_the_command_makes_a_past_report_and_says_which(
    city: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LACHAN_HOME", str(city.home))
    monkeypatch.setenv("LACHAN_DSN", city.dsn)
    at, folder = then(city)
    before = len(handouts(city))
    file = tmp_path / "again.docx"
    assert cli.main(["report", MARCH, "--as-of", at.isoformat(), "--to", str(file), "--by", "Thanh tra"]) == 2
    assert "add --all-numbers" in capsys.readouterr().err and not file.exists()
    again = ["report", MARCH, "--all-numbers", "--as-of", at.isoformat(), "--to", str(file), "--by", "Thanh tra"]
    assert cli.main(again) == 0
    assert file.read_bytes() == (folder / "city.docx").read_bytes()
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert f"as of {at.isoformat()}, SHA-256 {sha256}" in capsys.readouterr().out
    [*_, last] = handouts(city)
    assert len(handouts(city)) == before + 1
    assert last[0] == "Thanh tra" and last[2:] == ("report", "docx", MARCH, "city", None, 1, sha256)
    for wrong, message in (("2999-01-01", "in the future"), ("yesterday", "no instant"), ("2001-01-01", "no figures")):
        assert cli.main(["report", MARCH, "--all-numbers", "--as-of", wrong, "--to", str(tmp_path / "no.docx")]) == 2
        assert message in capsys.readouterr().err
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    for given in (["--as-of", tomorrow], ["--ward", "99999@2021-02-01"], ["--ward", "'; drop table x; --"]):
        assert cli.main(["report", MARCH, *given, "--to", str(tmp_path / "no.docx")]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["again.docx"]
    assert len(handouts(city)) == before + 1, "what was not made is not noted"


def test_a_report_is_downloaded_and_equals_that_of_the_command_line(city: Settings, log_in: LogIn) -> None:
    for kind in ("docx", "xlsx"):
        for role in ("analyst", "reporter"):
            answer = log_in(role).get(f"/bao-cao?ky={MARCH}&tai=bao-cao.{kind}")
            assert answer.status_code == 200 and answer.content == made(city, kind, role=role)
    text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(made(city, "docx"))).paragraphs)
    sentences = f"select sentence_vi from reporting.report_sentence where window_key = '{MARCH}'"
    for (sentence,) in query(city, sentences, role="analyst"):
        assert sentence in text
    ward = published_report(city, MARCH, WARD)
    assert {each["ward_key"] for each in ward.figures} == {WARD} and ward.topics == ()
    assert log_in("ward").get(f"/bao-cao?ky={MARCH}&tai=bao-cao.docx").status_code == 403


def test_what_is_downloaded_is_noted_under_the_login_and_shown(city: Settings, log_in: LogIn) -> None:
    reporter = log_in("reporter")
    content = reporter.get(f"/bao-cao?ky={MARCH}&tai=bao-cao.docx").content
    sha256 = hashlib.sha256(content).hexdigest()
    [*_, last] = handouts(city)
    name = "board_reporter"
    assert last == (name, name, "report", "docx", MARCH, "city", None, 2, sha256)
    shown = rows_of(reporter.get(f"/bao-cao?ky={MARCH}&tai=da-phat-hanh.csv").text)
    assert (shown[0]["Người nhận"], shown[0]["SHA-256"], shown[0]["Báo cáo của"]) == (
        name,
        sha256,
        "Toàn thành phố",
    )
    page = reporter.get(f"/bao-cao?ky={MARCH}").text
    assert sha256 in page and "Đã phát hành" in page
    with_all_numbers = log_in("analyst").get(f"/bao-cao?ky={MARCH}&tai=bao-cao.docx").content
    [*_, last] = handouts(city)
    assert last[-1] == hashlib.sha256(with_all_numbers).hexdigest()
    shown = rows_of(reporter.get(f"/bao-cao?ky={MARCH}&tai=da-phat-hanh.csv").text)
    assert [row["SHA-256"] for row in shown[:2]] == ["", sha256], "a guess at small counts could be tested by the other"
    shown = rows_of(log_in("analyst").get(f"/bao-cao?ky={MARCH}&tai=da-phat-hanh.csv").text)
    assert [row["SHA-256"] for row in shown[:2]] == [last[-1], sha256]


def test_a_past_report_is_made_again_from_the_page(city: Settings, analyst: TestClient) -> None:
    at, folder = then(city)
    address = {"ky": MARCH, "luc": at.isoformat()}
    page = analyst.get("/bao-cao", params=address).text
    [(sentence, *_), *_] = query(
        city, f"select sentence_vi from reporting.replaced_sentence where window_key = '{MARCH}'"
    )
    assert "Như đã công bố đến lúc" in page and sentence in page
    assert sentence not in analyst.get("/bao-cao", params={"ky": MARCH}).text
    for kind in ("docx", "xlsx"):
        answer = analyst.get("/bao-cao", params=address | {"tai": f"bao-cao.{kind}"})
        assert answer.content == (folder / f"city.{kind}").read_bytes()
    for wrong, status in (
        ("2999-01-01", 400),
        ("2999-01-01T00:00:00+07:00", 400),
        ("hôm qua", 400),
        ("2001-02-03", 404),
    ):
        answer = analyst.get("/bao-cao", params=address | {"luc": wrong, "tai": "bao-cao.docx"})
        assert answer.status_code == status and 'lang="vi"' in answer.text


def test_the_report_of_a_ward_is_on_its_page_and_a_ward_takes_its_own(
    city: Settings, analyst: TestClient, log_in: LogIn
) -> None:
    at, folder = then(city, WARD)
    address = f"/phuong-xa/{WARD}"
    asked = {"ky": MARCH, "tai": "bao-cao.docx"}
    assert f"{address}?ky={MARCH}&amp;tai=bao-cao.docx" in analyst.get(address, params={"ky": MARCH}).text
    assert analyst.get(address, params=asked).content == made(city, "docx", WARD)
    again = analyst.get(address, params=asked | {"luc": at.isoformat()})
    assert again.content == (folder / f"{WARD}.docx").read_bytes()
    ward = log_in("ward")
    own = Document(io.BytesIO(ward.get(address, params=asked).content))
    of_reporter = Document(io.BytesIO(made(city, "docx", WARD, role="reporter")))
    rows = [[[cell.text for cell in row.cells] for row in each.tables[1].rows] for each in (own, of_reporter)]
    assert rows[0] == rows[1] and len(rows[0]) > 10, "the same figures"
    [*_, last] = handouts(city)
    assert last[:2] == ("ward_14782_20210201",) * 2 and last[5] == WARD and last[7] is None
    assert ward.get(address, params=asked | {"luc": at.isoformat()}).status_code == 403
    before = handouts(city)
    assert ward.get(f"/phuong-xa/{OTHER_WARD}", params=asked).status_code == 404
    assert analyst.get("/phuong-xa/99999@2021-02-01", params=asked).status_code == 404
    assert handouts(city) == before


def test_a_template_that_does_not_parse_is_told_in_vietnamese_with_its_place(
    city: Settings, passwords: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    document = Document()
    document.add_paragraph("Kính gửi {% if %} các đơn vị")
    document.save(str(tmp_path / "mau.docx"))
    (tmp_path / "office.yaml").write_text("template: mau.docx\ncharts: []\n")
    sessions = Sessions(city.dsn)
    board = office.create(replace(city, office=tmp_path / "office.yaml"), sessions)
    client = TestClient(board, follow_redirects=False, raise_server_exceptions=False)
    name, password = passwords["reporter"]
    client.post("/dang-nhap", data={"ten": name, "mat_khau": password})
    before = handouts(city)
    answer = client.get(f"/bao-cao?ky={MARCH}&tai=bao-cao.docx")
    sessions.end_all()
    assert answer.status_code == 404 and "có thẻ viết sai, ở chỗ “Kính gửi {% if %} các đơn vị”" in answer.text
    assert "Traceback" not in answer.text and handouts(city) == before


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_makes_no_report(city: Settings, analyst: TestClient, value: str) -> None:
    before = handouts(city)
    for name in ("ky", "luc", "tai"):
        answer = analyst.get("/bao-cao", params={"ky": MARCH, "tai": "bao-cao.docx"} | {name: value})
        assert answer.status_code in (400, 404) and "<script>alert" not in answer.text
    assert handouts(city) == before
    with pytest.raises(ReportError):
        published_report(city, value)


@pytest.mark.parametrize("role", ["analyst", "reporter", "steward", "ward"])
def test_nobody_changes_what_is_noted(city: Settings, role: str) -> None:
    with person(city, role, OTHER_WARD) as connection, connection.cursor() as cursor:
        for statement in (
            "insert into reporting.handout (login) values ('x')",
            "update reporting.handout set login = 'x'",
            "delete from reporting.handout",
            "truncate reporting.handout",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
        cursor.execute(
            "select reporting.note_handout('Người khác', 'letter', 'docx', null, null, 'agency', now(), null, %s)",
            ("0" * 64,),
        )
    [*_, last] = handouts(city)
    assert last[0] == "Người khác" and last[1] != "Người khác", "the login is that of the session"
