{{ config(unique_key=['window_key', 'sentence_key']) }}

-- Since when every feed has sent: a window that began before is not covered whole.
with covered as (
    select max(first_day) as first_day
    from {{ ref('int_feed_span') }}
),

spoken as (
    select window_key, window_label_vi, window_kind, window_basis, starts_on, ends_on, as_of
    from {{ ref('dim_reporting_window') }}
    where is_touched
),

-- A template is a text, a placeholder, a text, …: {indicator}, {indicator/part} or either with :change.
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

asked as (
    select
        sentence_key, ordinal, text_before, name,
        split_part(split_part(name, ':', 1), '/', 1) as indicator_key,
        coalesce(nullif(split_part(split_part(name, ':', 1), '/', 2), ''), 'total') as breakdown_value,
        name like '%:change' as asks_change
    from piece
),

said as (
    select
        asked.sentence_key, spoken.window_key, asked.ordinal, asked.text_before,
        asked.name is not null and asked.name not in ('window', 'as_of', 'coverage') as needs_figure,
        figure.figure_id,
        case
            when asked.name is null then ''
            when asked.name = 'window' then spoken.window_label_vi
            when asked.name = 'as_of' then to_char(spoken.as_of, 'DD/MM/YYYY')
            when asked.name = 'coverage' then
                case when spoken.ends_on > spoken.as_of then ', kỳ chưa kết thúc' else '' end
                || case
                    when spoken.starts_on < covered.first_day
                        then ', kỳ chưa đủ số liệu: có nguồn chỉ gửi từ ngày ' || to_char(covered.first_day, 'DD/MM/YYYY')
                    else ''
                end
            when asked.asks_change then {{ spoken_change('figure') }}
            else {{ spoken_value('figure') }}
        end as words
    from asked
    cross join spoken
    cross join covered
    left join {{ ref('figure') }} as figure
        on figure.window_key = spoken.window_key
        and figure.indicator_key = asked.indicator_key
        and figure.breakdown_value = asked.breakdown_value
        and figure.ward_key = 'city'
)

select
    spoken.window_key,
    spoken.window_label_vi,
    spoken.window_kind,
    spoken.window_basis,
    spoken.starts_on as window_starts_on,
    spoken.ends_on as window_ends_on,
    template.position,
    template.sentence_key,
    template.topic_vi,
    sentence.sentence_vi,
    sentence.figure_ids
from (
    select
        window_key, sentence_key,
        string_agg(text_before || words, '' order by ordinal) as sentence_vi,
        coalesce(array_agg(figure_id order by ordinal) filter (where figure_id is not null), '{}') as figure_ids
    from said
    group by window_key, sentence_key
    -- a sentence whose feed says nothing of the window is not said
    having bool_and(figure_id is not null or not needs_figure)
) as sentence
inner join spoken on spoken.window_key = sentence.window_key
inner join {{ ref('report_template') }} as template on template.sentence_key = sentence.sentence_key
