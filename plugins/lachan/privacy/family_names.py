"""The most frequent Vietnamese family names, with which names are found that no cue word precedes.

The fourteen most frequent ones, which about nine in ten people have, are those of Lê Trung Hoa, Họ và tên người Việt
Nam (2005); the others are frequent names of the Kinh and of the peoples of Thanh Hóa and the northern mountains.
"""

from __future__ import annotations

_MOST_FREQUENT = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý"
_FREQUENT = (
    "Âu Bạch Bành Bế Cao Cầm Chu Châu Chử Chúc Cù Cung Cái Diệp Doãn Dư Đàm Đào Đậu Đinh Điền Đoàn Đồng Đới Giàng "
    "Giang Giáp Hà Hàn Hầu Hứa Kha Khổng Khuất Khúc Kiều Lã Lại Lâm Lầu Lềnh Liêu Liễu Lò Lộc Lục Lương Lưu Ma Mạc Mai "
    "Mẫn Mạnh Mùa Nghiêm Ngọ Ninh Nông Ông Phí Phó Phùng Quách Quản Quàng Sầm Sùng Tạ Tăng Thạch Thái Thào Thân Thiều "
    "Tiêu Tô Tôn Tống Trịnh Triệu Trương Từ Ứng Vàng Văn Vi Viên Vương Vừ Xa"
)
FAMILY_NAMES: tuple[str, ...] = tuple(f"{_MOST_FREQUENT} {_FREQUENT}".split())
"""Each once, in usual spelling."""
