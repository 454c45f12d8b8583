-- The sentences as each reader may see them: without what is suppressed (docs/privacy.md). Safe to run again at any time.
create or replace view reporting.report_sentence as
{% for is_cleared in [true, false] %}
select
{% for name in report_sentence.shown_columns | map(attribute="name") %}
    {% if name == "figure_ids" %}
    string_to_array(replace(array_to_string(sentence.figure_hashes, ','), '-', ''), ',') as figure_ids,
    {% elif name == "sentence_vi" and is_cleared %}
    array_to_string(sentence.pieces, '') as sentence_vi,
    {% elif name == "sentence_vi" %}
    case
        when sentence.change_bits is not null then (
            select
                string_agg(
                    case
                        when piece.figure_hash is null then piece.piece
                        when get_bit(sentence.change_bits, piece.place::integer - 1) = 1 and seen.hides_base is not false
                            then 'không so sánh với cùng kỳ năm trước'
                        when seen.is_suppressed is not false then 'không nêu số'
                        else piece.piece
                    end,
                    '' order by piece.place
                )
            from unnest(sentence.pieces, sentence.figure_hashes) with ordinality as piece (piece, figure_hash, place)
            left join lateral (
                select open_figure.is_suppressed, open_figure.hides_base
                from reporting.open_figure
                where open_figure.figure_id = replace(piece.figure_hash::text, '-', '')
                union all
                select false, false
                from reporting.figure_state as state
                where
                    state.figure_id = replace(piece.figure_hash::text, '-', '')
                    and not state.has_threshold and state.is_current and state.change <> 'withdrawn'
            ) as seen on true
        )
    end as sentence_vi,
    {% else %}
    sentence.{{ name | identifier }},
    {% endif %}
{% endfor %}
    sentence.published_at
from reporting.stored_sentence as sentence
where {% if is_cleared %}reporting.is_cleared(){% else %}not reporting.is_cleared(){% endif %}

{% if is_cleared %}
union all
{% endif %}
{% endfor %};
