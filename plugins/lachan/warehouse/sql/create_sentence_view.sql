-- The sentences as each reader may see them. For migrations before 0036; create_reader_sentences.sql replaces this view.
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
                    when piece.figure like '%:change' and open_figure.hides_base is not false then 'không so sánh với cùng kỳ năm trước'
                    when open_figure.is_suppressed is not false then 'không nêu số'
                    else piece.piece
                end,
                '' order by piece.place
            )
        from unnest(sentence.pieces, sentence.piece_figures) with ordinality as piece (piece, figure, place)
        left join reporting.open_figure on open_figure.figure_id = split_part(piece.figure, ':', 1)
    ),
    {% else %}
    sentence.{{ name | identifier }},
    {% endif %}
{% endfor %}
    sentence.published_at
from reporting.stored_sentence as sentence
where not reporting.is_cleared();
