-- The sentences as each reader may see them: without what is suppressed (docs/privacy.md). Safe to run again at any time.
{% set shown = report_sentence.columns | rejectattr("stored_in", "equalto", "storage") | map(attribute="name") | list %}
create or replace view reporting.report_sentence as
select {{ shown | identifiers("sentence") }}, sentence.published_at
from reporting.stored_sentence as sentence
where reporting.is_cleared()
union all
select
{% for name in shown %}
    {% if name == "sentence_vi" %}
    (
        select
            string_agg(
                case
                    when piece.figure is null then piece.piece
                    when piece.figure like '%:change' and seen.hides_base is not false then 'không so sánh với cùng kỳ năm trước'
                    when seen.is_suppressed is not false then 'không nêu số'
                    else piece.piece
                end,
                '' order by piece.place
            )
        from unnest(sentence.pieces, sentence.piece_figures) with ordinality as piece (piece, figure, place)
        left join lateral (
            select open_figure.is_suppressed, open_figure.hides_base
            from reporting.open_figure
            where open_figure.figure_id = split_part(piece.figure, ':', 1)
            union all
            select false, false
            from reporting.figure_state as state
            where
                state.figure_id = split_part(piece.figure, ':', 1)
                and not state.has_threshold and state.is_current and state.change <> 'withdrawn'
        ) as seen on true
    ),
    {% else %}
    sentence.{{ name | identifier }},
    {% endif %}
{% endfor %}
    sentence.published_at
from reporting.stored_sentence as sentence
where not reporting.is_cleared();
