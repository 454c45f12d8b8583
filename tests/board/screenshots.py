"""`PYTHONPATH=plugins:tests python tests/board/screenshots.py`: the pictures of docs/board.md, from LACHAN_HOME.

The figures of the sample year must be published there (`make run`). Chromium must be installed.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from helpers.browsers import browser, log_in, served
from lachan import settings as lachan_settings
from lachan.board import office
from lachan.local import postgres
from lachan.settings import PROJECT
from lachan.warehouse import transaction
from lachan.warehouse.logins import add_login, end_login

FOLDER = PROJECT / "docs" / "board"
WIDTHS = {"desk": (1280, 860), "phone": (390, 844)}
YEAR, MONTH, WARD = "calendar_year@2024-01-01", "calendar_month@2024-10-01", "14782@2021-02-01"
PAGES = {
    "reporter": {
        "tong-quan": f"/tong-quan?ky={YEAR}",
        "chi-tieu": f"/chi-tieu/tips_received?ky={MONTH}",
        "o-luoi": f"/chi-tieu/patrols_performed?ky={MONTH}#o-luoi",
        "so-lieu": "/so-lieu/{figure}",
        "mo-hinh": "/mo-hinh",
        "phuong-xa": f"/phuong-xa/{WARD}?ky={MONTH}",
        "bao-cao": f"/bao-cao?ky={YEAR}",
        "tu-dien": "/tu-dien?bang=reporting.figure",
    },
    "steward": {
        "van-hanh": "/van-hanh",
        "lich": "/van-hanh/lich?nguon=tips",
        "cong-van": "/van-hanh/cong-van/hotline-113",
        "dia-danh": "/van-hanh/dia-danh",
        "tep": "/van-hanh/tep/{file}",
    },
}


def main() -> None:
    settings = lachan_settings.load()
    if settings.dsn_override is None:
        postgres.start(settings.home)
    with transaction(settings.dsn) as cursor:
        cursor.execute(
            "select (select figure_id from reporting.figure where indicator_key = 'camera_cases_clarified'"
            " and ward_key = 'city' and window_key = %s and ward_basis = 'as_was' and breakdown_dim = 'total'),"
            " (select min(file_id) from ops.delivery where standing = 'held')",
            (YEAR,),
        )
        figure, file = cursor.fetchone() or ("", 0)
    FOLDER.mkdir(exist_ok=True)
    with browser() as chromium, served(office.create(settings)) as address:
        for role, pages in PAGES.items():
            name, password = add_login(settings.dsn, f"anh_{secrets.token_hex(3)}", role)
            try:
                for width_name, (width, height) in WIDTHS.items():
                    context = chromium.new_context(viewport={"width": width, "height": height}, locale="vi-VN")
                    page = context.new_page()
                    log_in(page, address, name, password or "")
                    for picture, path in pages.items():
                        page.goto(address + path.format(figure=figure, file=file))
                        path_of_picture: Path = FOLDER / f"{picture}-{width_name}.png"
                        page.screenshot(path=path_of_picture)
                        print(path_of_picture.relative_to(PROJECT))
                    context.close()
            finally:
                end_login(settings.dsn, name)


if __name__ == "__main__":
    main()
