"""The table of recipients, and what happens to mails that the server does not take."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from smtplib import SMTPRecipientsRefused

import pytest
from lachan.operate.digest import write_digests
from lachan.operate.failures import task_failed, task_succeeded
from lachan.operate.mails import deliver
from lachan.operate.recipients import RecipientsError, recipients
from lachan.settings import Settings, load
from lachan.warehouse import transaction
from operate.conftest import NOW, run

WRONG = {
    "no list": ("to: a@b.c", "must be a list of rows"),
    "unreadable": ("- [", "cannot be read"),
    "another key": ("- {to: a@b.c, gets: [digest], agency: x}", "row 1: a row has to, gets and agencies"),
    "two addresses": ("- {to: 'a@b.c, d@e.f', gets: [digest], agencies: all}", "to must be one mail address"),
    "a header": ('- {to: "a@b.c\\nBcc: d@e.f", gets: [digest], agencies: all}', "to must be one mail address"),
    "another mail": ("- {to: a@b.c, gets: [spam], agencies: all}", "gets must be a list of failures, digest"),
    "no agencies": ("- {to: a@b.c, gets: [digest], agencies: x}", "agencies must be all, or a list"),
    "failures of one": ("- {to: a@b.c, gets: [failures], agencies: [x]}", "for who looks after all agencies"),
}


def table(settings: Settings, monkeypatch: pytest.MonkeyPatch, text: str) -> Settings:
    file = settings.home / "recipients.yaml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("LACHAN_RECIPIENTS", str(file))
    return load()


def test_a_table_that_cannot_be_used_says_why_and_loses_no_alert(
    warehouse: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert recipients(warehouse, "digest") == []
    for name, (text, message) in WRONG.items():
        wrong = table(warehouse, monkeypatch, text)
        with pytest.raises(RecipientsError, match=message):
            recipients(wrong, "digest")
        task_failed(wrong, "build", name, "KeyError", NOW)
    assert run(warehouse, "select count(*) from ops.alert where kind = 'dag_failed'") == [(len(WRONG),)]
    assert caplog.text.count("nobody can be written to") == len(WRONG)
    missing = table(warehouse, monkeypatch, "")
    Path(str(missing.recipients)).unlink()
    with pytest.raises(RecipientsError, match="cannot be read"):
        recipients(missing, "digest")


def test_mails_wait_until_the_server_takes_them(warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = table(
        warehouse,
        monkeypatch,
        "- {to: a@x.vn, gets: [failures, digest], agencies: all}\n- {to: b@x.vn, gets: [failures], agencies: all}\n",
    )
    for task in ("gate", "audit"):
        task_failed(settings, "build", task, "KeyError", NOW)
    tried: list[str] = []

    def away(to: str, *_: str) -> None:
        tried.append(to)
        raise ConnectionRefusedError

    def refuses_b(to: str, *_: str) -> None:
        tried.append(to)
        if to == "b@x.vn":
            raise SMTPRecipientsRefused({to: (550, b"no such user")})

    assert deliver(settings, away) == 0 and tried == ["a@x.vn"], "the others are not tried"
    assert deliver(settings, refuses_b) == 2 and tried[1:] == ["a@x.vn", "b@x.vn"] * 2
    states = "select recipient, tries, last_error, sent_at is not null from ops.mail order by mail_id"
    assert run(settings, states) == [
        ("a@x.vn", 2, None, True),
        ("b@x.vn", 1, "SMTPRecipientsRefused", False),
        ("a@x.vn", 1, None, True),
        ("b@x.vn", 1, "SMTPRecipientsRefused", False),
    ]
    with transaction(settings.dsn) as cursor:
        cursor.execute("select from ops.mail where recipient = 'b@x.vn' order by mail_id limit 1 for update")
        assert deliver(settings, refuses_b) == 0 and len(tried) == 6, "another process is sending the other one"
    run(settings, "update ops.mail set created_at = created_at - interval '3 days'")
    assert deliver(settings, refuses_b) == 0 and len(tried) == 6, "too old"

    task_succeeded(settings, "build", "gate", "r2", NOW + timedelta(hours=1))
    task_succeeded(settings, "build", "transform", "r2", NOW + timedelta(hours=1))
    assert deliver(settings, away) == 0
    assert run(settings, "select count(*) from ops.mail where right(mail_key, 5) = ':over'") == [(2,)]
    assert write_digests(settings, NOW + timedelta(hours=2)) == 1
    [(subject, body)] = run(settings, "select subject, body from ops.mail where starts_with(mail_key, 'digest:')")
    assert str(subject).endswith("ngày 20/05/2024: 1 mới, 0 còn mở, 1 đã xong")
    assert "Hướng dẫn: docs/operations/dag_failed.md" in str(body) and "href" not in str(body), "no address of a board"
