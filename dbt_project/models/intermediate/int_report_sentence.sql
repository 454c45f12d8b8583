{{ config(unique_key=['window_key', 'sentence_key'], scope=['report_scope'], is_published=true) }}

with report_window as (
    select
        reporting_window.window_key, reporting_window.window_label_vi, reporting_window.window_kind, reporting_window.window_basis,
        reporting_window.starts_on, reporting_window.ends_on, reporting_window.as_of,
        bool_or(series.days_missing > 0) as has_missing_days
    from {{ ref('dim_reporting_window') }} as reporting_window
    inner join {{ ref('int_indicator_window') }} as series on series.window_key = reporting_window.window_key
    where reporting_window.is_touched and {{ report_scope('reporting_window') }}
    group by
        reporting_window.window_key, reporting_window.window_label_vi, reporting_window.window_kind, reporting_window.window_basis,
        reporting_window.starts_on, reporting_window.ends_on, reporting_window.as_of
),

city_figure as materialized (
    select * from {{ ref('figure') }} as figure where figure.ward_key = 'city' and {{ in_windows('figure', 'report_window', 'window_key') }}
),

-- Splits each template at its placeholders: {indicator} or {indicator/part}, both optionally with :change. A piece is the
-- text before a placeholder and the name of that placeholder.
piece as (
    select template.sentence_key, piece.ordinal, piece.text_before, placeholder.name
    from {{ ref('report_template') }} as template
    cross join lateral regexp_split_to_table(template.template_vi, '\{[a-z_]+(/[a-z_]+)?(:change)?\}')
        with ordinality as piece (text_before, ordinal)
    left join lateral (
        select found.match[1] as name, found.ordinal
        from regexp_matches(template.template_vi, '\{([a-z_]+(?:/[a-z_]+)?(?::change)?)\}', 'g')
            with ordinality as found (match, ordinal)
    ) as placeholder on placeholder.ordinal = piece.ordinal
),

parsed as (
    select
        sentence_key, ordinal, text_before, name,
        split_part(split_part(name, ':', 1), '/', 1) as indicator_key,
        coalesce(nullif(split_part(split_part(name, ':', 1), '/', 2), ''), 'total') as breakdown_value,
        name like '%:change' as is_change
    from piece
),

filled_in as (
    select
        parsed.sentence_key, report_window.window_key, parsed.ordinal, parsed.text_before,
        parsed.name is not null and parsed.name not in ('window', 'as_of', 'coverage') as needs_figure,
        figure.days_missing,
        case
            when parsed.name is null then ''
            when parsed.name = 'window' then report_window.window_label_vi
            when parsed.name = 'as_of' then to_char(report_window.as_of, 'DD/MM/YYYY')
            when parsed.name = 'coverage' then
                case when report_window.ends_on > report_window.as_of then ', kỳ chưa kết thúc' else '' end
                || case when report_window.has_missing_days then ', có nguồn thiếu số liệu (ghi sau từng câu)' else '' end
            when parsed.is_change then {{ vi_year_change('figure') }}
            else {{ vi_figure_value('figure') }}
        end as filled_in_text,
        figure.figure_id::uuid as figure_hash,
        case when parsed.is_change then '1' else '0' end as change_bit
    from parsed
    cross join report_window
    left join city_figure as figure
        on figure.window_key = report_window.window_key
        and figure.indicator_key = parsed.indicator_key
        and figure.breakdown_value = parsed.breakdown_value
)

select
    report_window.window_key,
    report_window.window_label_vi,
    report_window.window_kind,
    report_window.window_basis,
    report_window.starts_on as window_starts_on,
    report_window.ends_on as window_ends_on,
    template.position,
    template.sentence_key,
    template.topic_vi,
    sentence.pieces,
    sentence.figure_hashes,
    sentence.change_bits
from (
    select
        filled_in.window_key, filled_in.sentence_key,
        array_agg(piece.piece order by filled_in.ordinal, piece.place)
        || case when max(filled_in.days_missing) > 0 then ' (Thiếu ' || max(filled_in.days_missing) || ' ngày số liệu.)' else '' end as pieces,
        array_agg(piece.figure_hash order by filled_in.ordinal, piece.place) || null::uuid as figure_hashes,
        (string_agg(piece.change_bit, '' order by filled_in.ordinal, piece.place) || '0')::varbit as change_bits
    from filled_in
    cross join lateral (
        values (1, filled_in.text_before, null, '0'), (2, filled_in.filled_in_text, filled_in.figure_hash, filled_in.change_bit)
    ) as piece (place, piece, figure_hash, change_bit)
    group by filled_in.window_key, filled_in.sentence_key
    -- leaves out a sentence if one of its figures does not exist for the window
    having bool_and(filled_in.figure_hash is not null or not filled_in.needs_figure)
) as sentence
inner join report_window on report_window.window_key = sentence.window_key
inner join {{ ref('report_template') }} as template on template.sentence_key = sentence.sentence_key
