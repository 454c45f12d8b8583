"""Sentences that an earlier release stored as a whole are stored in pieces, and read as before."""

from __future__ import annotations

from uuid import UUID

import psycopg2
import pytest
from helpers.raw_rows import query
from helpers.warehouses import migrate
from lachan.contract import Feed
from lachan.settings import Settings

Feeds = dict[str, Feed]
A, B = "0" * 31 + "a", "0" * 31 + "b"
"""Figures: a reader who is not cleared sees the number and no comparison of one, and no number of the other."""
COLUMNS = """
    window_key text not null, window_label_vi text not null, window_kind text not null, window_basis text not null,
    window_starts_on date not null, window_ends_on date not null, position integer not null, sentence_key text not null,
    topic_vi text not null, sentence_vi text not null, figure_ids text[] not null, pieces text[], piece_figures text[],
"""
SHOWN = """
    window_key, window_label_vi, window_kind, window_basis, window_starts_on, window_ends_on, position, sentence_key,
    topic_vi
"""
EARLIER = f"""
drop view reporting.report_sentence;
drop table reporting.stored_sentence;
create table reporting.stored_sentence ({COLUMNS}
    published_at timestamptz not null, constraint report_sentence_pkey primary key (window_key, sentence_key));
create view reporting.report_sentence as
select {SHOWN}, sentence_vi, figure_ids, published_at from reporting.stored_sentence where reporting.is_cleared()
union all
select {SHOWN}, (
    select string_agg(
        case
            when piece.figure is null then piece.piece
            when piece.figure like '%:change' and open_figure.hides_base is not false
                then 'không so sánh với cùng kỳ năm trước'
            when open_figure.is_suppressed is not false then 'không nêu số'
            else piece.piece
        end, '' order by piece.place)
    from unnest(pieces, piece_figures) with ordinality as piece (piece, figure, place)
    left join reporting.open_figure on open_figure.figure_id = split_part(piece.figure, ':', 1)
), figure_ids, published_at
from reporting.stored_sentence where not reporting.is_cleared();
alter table reporting.stored_sentence owner to lachan_migrate;
alter view reporting.report_sentence owner to lachan_migrate;
grant select on reporting.report_sentence to lachan_analyst, lachan_reporter;
grant select on reporting.stored_sentence to lachan_analyst, lachan_transformer;

insert into reporting.open_figure (figure_hash, series_no, window_no, numerator, is_suppressed, hides_base)
values ('{A}', 1, 1, 5, false, true), ('{B}', 2, 1, null, true, true);
insert into reporting.stored_sentence
select 'm', 'Tháng 3', 'month', 'calendar', '2024-03-01', '2024-03-31', place, sentence_key, 'Tin',
    coalesce(array_to_string(pieces, ''), 'Có 5 tin và 2 vụ.'), figure_ids, pieces, piece_figures, '2024-04-01'
from (values
    (1, 'with_change', array['{A}', '{A}'],
        array['Có ', '5', ' tin (', 'tăng 2', ').', '', ''], array[null, '{A}', null, '{A}:change', null, null, null]),
    (2, 'of_two', array['{A}', '{B}'],
        array['Có ', '5', ' tin, ', '2', ' vụ.', '', ' (Thiếu 3 ngày số liệu.)'],
        array[null, '{A}', null, '{B}', null, null, null]),
    (3, 'without_text', array['{A}', '{B}'],
        array['Tỷ lệ ', '40%', ' (', null, ').', '', ''], array[null, '{A}', null, '{B}:change', null, null, null]),
    (4, 'without_figures', array[]::text[],
        array['Kỳ ', 'Tháng 3', '.', '', ''], array[null, null, null, null, null]::text[]),
    (5, 'without_pieces', array['{A}', '{B}'], null, null)
) as sentence (place, sentence_key, figure_ids, pieces, piece_figures);

set role lachan_transformer;
create table marts.report_sentence ({COLUMNS} primary key (window_key, sentence_key));
insert into marts.report_sentence
select {SHOWN}, sentence_vi, figure_ids, pieces, piece_figures from reporting.stored_sentence where pieces is not null;
reset role;

grant usage on schema marts to lachan_steward;
grant select on marts.report_sentence to lachan_steward;
create schema people authorization lachan_analyst;
set role lachan_analyst;
create view people.published as select sentence_key, sentence_vi, figure_ids from reporting.report_sentence;
create materialized view people.kept as select sentence_key, sentence_vi from reporting.report_sentence;
create view people.computed with (security_invoker) as
select sentence_key, pieces, piece_figures from marts.report_sentence;
create view people.counted as select count(*) from people.computed;
comment on view people.computed is 'Câu đã tính';
grant usage on schema people to lachan_auditor;
grant select on people.computed to lachan_auditor;
reset role;
delete from ops.migration where name like '%narrow_sentences.sql'
"""
READ = {
    ("analyst", "select to_jsonb(s) from reporting.report_sentence as s order by position"),
    ("reporter", "select to_jsonb(s) from reporting.report_sentence as s order by position"),
    (
        "analyst",
        "select to_jsonb(s) - 'figure_hashes' - 'change_bits' from marts.report_sentence as s order by position",
    ),
    ("analyst", "select to_jsonb(s) from people.published as s order by sentence_key"),
    ("analyst", "select to_jsonb(s) from people.kept as s order by sentence_key"),
    ("auditor", "select to_jsonb(s) from people.computed as s order by sentence_key"),
    ("analyst", "select to_jsonb(s) from people.counted as s"),
    ("analyst", "select count(*) from marts.report_sentence where window_key = 'm'"),
}
OPEN = {
    "with_change": "Có 5 tin (không so sánh với cùng kỳ năm trước).",
    "of_two": "Có 5 tin, không nêu số vụ. (Thiếu 3 ngày số liệu.)",
    "without_text": "Tỷ lệ 40% (không so sánh với cùng kỳ năm trước).",
    "without_figures": "Kỳ Tháng 3.",
    "without_pieces": None,
}
TYPES = """
    select table_schema, column_name, data_type from information_schema.columns
    where table_name = 'report_sentence' and column_name not in ('figure_hashes', 'change_bits')
    order by table_schema, ordinal_position
"""
OF_VIEWS = """
    select oid::regclass::text, relowner::regrole::text, relacl::text, reloptions, obj_description(oid)
    from pg_class where relnamespace = 'people'::regnamespace order by 1
"""


@pytest.fixture
def earlier(warehouse: Settings) -> Settings:
    """The warehouse as an earlier release left it: sentences in the mart and published, read by people's views."""
    query(warehouse, EARLIER)
    return warehouse


def test_what_readers_see_stays_the_same(earlier: Settings, feeds: Feeds) -> None:
    before = {each: query(earlier, each[1], role=each[0]) for each in READ}
    types, views = query(earlier, TYPES), query(earlier, OF_VIEWS)
    open_sentences = "select sentence_key, sentence_vi from reporting.report_sentence"
    assert dict(query(earlier, open_sentences, role="reporter")) == OPEN

    [applied] = migrate(earlier.dsn, feeds).applied
    assert applied.endswith("_narrow_sentences.sql")
    assert {each: query(earlier, each[1], role=each[0]) for each in READ} == before
    assert dict(query(earlier, open_sentences, role="reporter")) == OPEN
    assert (query(earlier, TYPES), query(earlier, OF_VIEWS)) == (types, views)
    assert query(earlier, "refresh materialized view people.kept") == []
    assert query(earlier, "select has_table_privilege('lachan_steward', 'marts.report_sentence', 'select')") == [
        (True,)
    ]


def test_a_sentence_is_stored_once(earlier: Settings, feeds: Feeds) -> None:
    migrate(earlier.dsn, feeds)
    stored = (
        "select pieces, figure_hashes::text[], change_bits::text from reporting.stored_sentence"
        " where sentence_key = '{}'"
    )
    first, second = str(UUID(A)), str(UUID(B))
    assert query(earlier, stored.format("with_change")) == [
        (["Có ", "5", " tin (", "tăng 2", ").", "", ""], [None, first, None, first, None, None, None], "0001000")
    ]
    assert query(earlier, stored.format("without_text")) == [
        (["Tỷ lệ ", "40%", " (", None, ").", "", ""], [None, first, None, second, None, None, None], "0001000")
    ]
    assert query(earlier, stored.format("without_pieces")) == [(["Có 5 tin và 2 vụ."], [first, second], None)]
    of_mart = (
        "select sentence_key, figure_hashes::text[], change_bits::text from marts.report_sentence order by position"
    )
    of_stored = "select sentence_key, figure_hashes::text[], change_bits::text from reporting.stored_sentence"
    assert query(earlier, of_mart) == query(earlier, f"{of_stored} where change_bits is not null order by position")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "update reporting.stored_sentence set sentence_vi = 'Có 6 tin.' where sentence_key = 'with_change'",
            "does not follow from its pieces",
        ),
        (
            "update reporting.stored_sentence set figure_ids = '{}' where sentence_key = 'of_two'",
            "does not follow from its pieces",
        ),
        (
            "create view people.stored as select pieces from reporting.stored_sentence",
            r"the view people\.stored reads reporting\.stored_sentence",
        ),
        (
            "create materialized view people.mart as select pieces from marts.report_sentence",
            r"the materialized view people\.mart reads sentences",
        ),
    ],
)
def test_what_cannot_be_kept_is_named_before_anything_is_changed(
    earlier: Settings, feeds: Feeds, statement: str, message: str
) -> None:
    query(earlier, statement)
    before = {each: query(earlier, each[1], role=each[0]) for each in READ}
    with pytest.raises(psycopg2.errors.RaiseException, match=message):
        migrate(earlier.dsn, feeds)
    assert {each: query(earlier, each[1], role=each[0]) for each in READ} == before
