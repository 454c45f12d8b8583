"""What in a cell that should hold one person's name is the name: cells also hold titles, notes and further people."""

from __future__ import annotations

import re
from collections.abc import Iterator

TITLES = (
    "ông|bà|anh|chị|em|cháu|cô|chú|bác|cụ|dì|cậu|mợ|thím|đồng chí|đ/c|đc|tên|họ tên|thiếu úy|trung úy|thượng úy|đại úy|"
    "thiếu tá|trung tá|thượng tá|đại tá|hạ sĩ|trung sĩ|thượng sĩ"
)
"""Words before a name, in lower case, as alternatives of a regular expression."""
LEADING_TITLES = rf"^(?:(?:{TITLES})[ .:]+)+"
PART_ENDS = r"[();,/|\r\n0-9]| - "
"""Where a cell is cut into parts."""
MANY_PARTED = rf"(?i){LEADING_TITLES}|^\p{{L}}+ \p{{L}}[^0-9();,/|\r\n]*(?:{PART_ENDS})"
"""Cells that may hold more than a name: they begin with a title, or with two words. Addresses begin with a number."""
_TITLE = re.compile(rf"(?i){LEADING_TITLES}")
_BEGINS_LIKE_A_NAME = re.compile(rf"(?i){LEADING_TITLES}|^[^\W\d_]+ [^\W\d_]")


def parts_of(cell: str) -> Iterator[str]:
    """The parts of a cell that may be names of people: of two words or more, without their titles.

    There are none in a cell that begins like an address or a number.
    """
    if not _BEGINS_LIKE_A_NAME.match(cell):
        return
    for part in re.split(PART_ENDS, _TITLE.sub("", cell)):
        name = _TITLE.sub("", part.strip()).strip()
        if " " in name and name != cell:
            yield name
