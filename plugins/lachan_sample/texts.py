"""Templates of the free texts in the exports.

A `{slot}` is filled with an entry of SLOTS, a street or house number, or by the method of PersonalDetails with
that name.
"""

# ruff: noqa: E501 (sentences are not wrapped)

from __future__ import annotations

import re
from random import Random

from lachan_sample.people import STREETS, PersonalDetails

SLOTS: dict[str, tuple[str, ...]] = {
    "nhóm": (
        "hai thanh niên",
        "một nhóm thanh niên khoảng 5 người",
        "một nam giới lạ mặt",
        "ba đối tượng lạ",
        "một người đàn ông đội mũ lưỡi trai",
        "một nhóm học sinh",
        "vài người không rõ lai lịch",
    ),
    "xe": (
        "xe máy Wave màu đen",
        "xe Exciter màu xanh",
        "xe bán tải màu trắng",
        "xe đạp điện",
        "ô tô con màu bạc",
        "xe ba gác",
        "xe máy không rõ loại",
    ),
    "tài_sản": (
        "một xe máy dựng trước cửa",
        "điện thoại và ví tiền",
        "dây điện và sắt công trình",
        "bình ắc quy ô tô",
        "chó nuôi trong ngõ",
        "một xe đạp điện",
        "mấy tấm nắp cống bằng gang",
        "túi xách treo trên xe",
    ),
    "lúc": (
        "khoảng nửa đêm",
        "lúc gần sáng",
        "chập tối",
        "giữa trưa",
        "lúc 23h15",
        "sau giờ tan tầm",
        "mấy tối liền",
    ),
    "nơi": (
        "khu chợ tạm",
        "ngõ sau nhà văn hóa tổ dân phố",
        "bãi đất trống gần hồ",
        "khu nhà trọ công nhân",
        "quán nước đầu ngõ",
        "công viên",
        "chân cầu vượt",
        "cổng trường tiểu học",
        "bãi xe bệnh viện",
    ),
    "hỏi": (
        "đề nghị công an xuống ngay",
        "đề nghị xác minh",
        "xin giữ kín tên",
        "bà con rất bức xúc",
        "mong sớm xử lý",
        "đã nhắc nhiều lần không được",
    ),
}

CONTENT: dict[str, tuple[str, ...]] = {
    "theft": (
        "{lúc} tại {nơi} có {nhóm} đi {xe} lấy trộm {tài_sản}; camera nhà dân có ghi lại. Người báo: {hỏi}.",
        "Báo mất {tài_sản}. Trước đó thấy {nhóm} lảng vảng quanh {nơi}, đi {xe}, rồi bỏ chạy về hướng đường {đường}.",
        "Phát hiện {nhóm} đang cậy cửa ở {nơi}, đường {đường}. Tổ tự quản đang giữ chân, {hỏi}.",
        "Trong khu dân cư liên tục mất {tài_sản}, nghi do người thuê trọ mới đến; {hỏi}.",
    ),
    "drugs": (
        "Nghi có tụ tập sử dụng ma túy tại {nơi}: {lúc} có {nhóm} ra vào, vứt lại kim tiêm. Người báo: {hỏi}.",
        "Phòng trọ ở đường {đường} {lúc} có {nhóm} đi {xe} đến giao gói nhỏ rồi đi ngay, nghi mua bán ma túy.",
        "Nhặt được nhiều bơm kim tiêm ở {nơi}, có trẻ em hay chơi gần đó; {hỏi}.",
    ),
    "gambling": (
        "Tại {nơi} {lúc} có {nhóm} đánh bạc ăn tiền bằng hình thức xóc đĩa. Người báo: {hỏi}.",
        "Có dấu hiệu ghi lô đề ở quán nước đường {đường}; chiều nào cũng có {nhóm} đến.",
        'Nhóm "tá lả" lại tụ tập ở {nơi}; {lúc} đông nhất, ồn ào, {hỏi}.',
    ),
    "public_order": (
        "{lúc} có {nhóm} mang hung khí đuổi nhau trên đường {đường}, gần {nơi}; {hỏi}.",
        "Hát loa kéo quá giờ ở {nơi}, hàng xóm góp ý thì bị dọa đánh. Người báo: {hỏi}.",
        "Đánh nhau tại {nơi}: {nhóm}, một người bị thương ở tay, đã đưa đi viện.",
        "Có {nhóm} nẹt pô, lạng lách bằng {xe} trên đường {đường} {lúc}.\nĐã diễn ra nhiều ngày, {hỏi}.",
    ),
    "fraud": (
        "Nhận cuộc gọi tự xưng cán bộ điện lực; đã chuyển 12.500.000 đồng. {hỏi_hoa}.",
        "Có {nhóm} đến {nơi} bán máy lọc nước, thu tiền cọc của người già rồi không quay lại; {hỏi}.",
        'Bị lừa mua hàng trên mạng; có ảnh chụp tin nhắn "đã nhận đủ".',
    ),
    "usury": (
        "Thấy {nhóm} dán tờ rơi cho vay không thế chấp khắp đường {đường} và {nơi}; {hỏi}.",
        "Bị {nhóm} đến nhà đòi nợ, ném chất bẩn vào cửa {lúc}; vay 20 triệu đồng, lãi 5.000 đồng/triệu/ngày. {hỏi_hoa}.",
    ),
    "traffic": (
        "Xe tải dừng đỗ che khuất tầm nhìn gần {nơi}, đường {đường}, đã có va chạm; {hỏi}.",
        "Va chạm giữa {xe} và người đi bộ trên đường {đường}; người điều khiển bỏ đi, {hỏi}.",
        "Học sinh đi {xe} không đội mũ bảo hiểm, chở ba, tập trung ở {nơi} {lúc}.",
    ),
    "environment": (
        "Phát hiện {xe} đổ trộm phế thải xây dựng ở {nơi} {lúc}; {hỏi}.",
        "Cơ sở gần {nơi} đốt nhựa, khói khét lan ra đường {đường}; {hỏi}.",
        "Khi quét rác ở đường {đường} thấy {nhóm} giấu một bao tải nghi là tài sản trộm cắp gần {nơi}.",
    ),
    "other": (
        "Người dân phản ánh {nhóm} tạm trú tại {nơi} không khai báo; {hỏi}.",
        "Có người lang thang, biểu hiện tâm thần không ổn định ở {nơi} {lúc}; {hỏi}.",
        "Phát hiện vật lạ nghi là đạn cũ khi đào móng gần {nơi}; đã căng dây, {hỏi}.",
    ),
}

DETAILS = (
    " Một người trong số đó tên là {name}.",
    " Người liên quan là {who}, đi xe BKS {plate}.",
    " Liên hệ {who} theo số {phone}.",
    " Biển số xe {plate}.",
    " Số gọi đến: {phone}.",
    " {who} có chứng kiến, SĐT {phone}.",
    " Có chụp lại CCCD số {id_number} của một người.",
    " Gọi lại cho người báo theo {phone} hoặc qua {who}.",
)
PLACES = (
    "Trước số {số} đường {đường}",
    "Ngã tư đường {đường}",
    "Ngõ {số} đường {đường}",
    "Gần {nơi}",
    "{nơi}",
    "Đối diện {nơi}, đường {đường}",
    "Cạnh nhà {who}, đường {đường}",
    "Khu vực {nơi}",
)
OUTCOMES: dict[str, tuple[str, ...]] = {
    "valuable": (
        "Đã xác minh, lập biên bản vi phạm hành chính; nhắc nhở, răn đe tại chỗ.",
        "Xác minh đúng như tin báo, đã mời {who} đến làm việc, chuyển hồ sơ theo thẩm quyền.",
        "Bắt quả tang, thu giữ tang vật; phương tiện biển số {plate} đưa về trụ sở.",
        "Tin có giá trị, phục vụ công tác nắm tình hình địa bàn.",
    ),
    "no_value": (
        "Xác minh không có sự việc như phản ánh.",
        "Sự việc dân sự, đã hướng dẫn {who} gửi đơn đến tòa án.",
        "Không đủ căn cứ, lưu theo dõi.",
        "Đến nơi không còn đối tượng; chưa có dấu hiệu vi phạm.",
    ),
    "test": ("Gọi thử máy theo lịch kiểm tra đường dây.", "Trẻ em bấm nhầm, đã gọi lại số {phone} nhắc nhở."),
    "duplicate_of": ("Trùng nội dung với tin đã tiếp nhận, ghép vào tin gốc.",),
    "converted": (
        "Khởi tố vụ án, bàn giao đối tượng {name} cho cơ quan điều tra.",
        "Ra quyết định xử phạt vi phạm hành chính 2.500.000 đồng đối với {who}.",
        "Lập hồ sơ đưa vào diện quản lý, giáo dục tại phường.",
    ),
}
NOTES = (
    "Đã báo lãnh đạo trực.",
    "Người báo đề nghị không ghi âm.",
    "Gọi lại lần 2 không nghe máy ({phone}).",
    "Chuyển công an phường phối hợp.",
    "Có ảnh kèm theo; lưu tại máy trực.",
    "Người báo là {who}.",
)
PURPOSES = (
    "Phục vụ xác minh vụ trộm {tài_sản} {lúc} tại {nơi}.",
    "Truy tìm {xe} BKS {plate} bỏ chạy sau va chạm trên đường {đường}.",
    "Xác minh hướng di chuyển của {nhóm} qua đường {đường} {lúc}.",
    "Theo đơn của {who}, mất {tài_sản} tại {nơi}.",
    "Phục vụ điều tra vụ gây rối tại {nơi}",
    "Tìm trẻ lạc: {who} báo con đi khỏi {nơi} {lúc}, liên hệ {phone}",
)
PATROL_NOTES = (
    "Địa bàn ổn định.",
    "Nhắc nhở quán {nơi} hoạt động quá giờ.",
    "Có mưa, đi đường {đường} trước.",
    "Phối hợp bảo vệ dân phố kiểm tra {nơi}.",
    "Bàn giao người say rượu cho gia đình {who}.",
    "Tạm giữ phương tiện {plate}, bàn giao công an phường.",
    "Thay ca một đồng chí ốm.",
)
CONFLICT_NOTES = (
    "Hòa giải mâu thuẫn giữa {who} và hàng xóm về lối đi chung.",
    "Can ngăn xô xát do hát karaoke; hai bên cam kết không tái phạm.",
    "Giải quyết mâu thuẫn gia đình tại nhà {who}, số điện thoại {phone}.",
)
CANCEL_NOTES = ("Hủy do mưa bão.", "Huỷ ca, dồn quân bảo vệ lễ hội.", "Hủy, thiếu người.")

_SLOT = re.compile(r"{(\w+)}")


def compose(details: PersonalDetails, templates: tuple[str, ...], detail_probability: float = 0.0) -> str:
    """Fill a random template; with this probability, add a sentence with a name, a number or a plate."""
    rng = details.rng
    template = rng.choice(templates)
    if rng.random() < detail_probability:
        template += rng.choice(DETAILS)
    text = _SLOT.sub(lambda slot: _fill(details, slot[1]), template)
    return text[0].upper() + text[1:]


def test_call_content(rng: Random) -> str:
    """The content of a tip that turned out to be a test call or a wrong number."""
    return rng.choice(
        ("Gọi thử đường dây nóng.", "Gọi nhầm số, đã giải thích.", "Trẻ em nghịch máy, không có nội dung.")
    )


def _fill(details: PersonalDetails, slot: str) -> str:
    rng = details.rng
    if slot in SLOTS:
        return rng.choice(SLOTS[slot])
    if slot == "hỏi_hoa":
        request = rng.choice(SLOTS["hỏi"])
        return request[0].upper() + request[1:]
    if slot == "đường":
        return rng.choice(STREETS)
    if slot == "số":
        return str(rng.randrange(1, 400))
    written: str = getattr(details, slot)()
    return written
