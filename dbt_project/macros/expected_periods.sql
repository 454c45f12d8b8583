{#
    The periods of which a feed owes one export, by the schedule of its contract, from its first day to the last day with
    data of any feed: each day, or the weeks or months that end on the day for which its register is exported.
#}
{% macro expected_periods(feed, declared) %}
    select
        span.feed,
        '{{ declared.agency }}' as agency,
        {% if declared.frequency == 'd' -%}
        day::date as period_from,
        day::date as period_to,
        {%- elif declared.frequency == 'w' -%}
        day::date - 6 as period_from,
        day::date as period_to,
        {%- else -%}
        (day - interval '1 month')::date + {{ declared.period_end }} as period_from,
        day::date + {{ declared.period_end - 1 }} as period_to,
        {%- endif %}
        {{ declared.latency_days }} as latency_days
    from {{ ref('int_feed_span') }} as span
    cross join lateral generate_series(
        {% if declared.frequency == 'd' -%}
        span.expected_from, span.last_day, interval '1 day'
        {%- elif declared.frequency == 'w' -%}
        span.expected_from + (({{ declared.period_end }} - extract(isodow from span.expected_from)::integer + 7) % 7), span.last_day, interval '7 days'
        {%- else -%}
        date_trunc('month', span.expected_from), span.last_day + interval '1 month', interval '1 month'
        {%- endif %}
    ) as day
    where
        span.feed = '{{ feed }}'
        {%- if declared.frequency == 'mo' %}
        and day::date + {{ declared.period_end - 1 }} between span.expected_from and span.last_day
        {%- endif %}
{% endmacro %}
