-- The sentences of a window in their order; as they stood at an instant where one is given, without their figures then.
select
    sentence_key,
    position,
    topic_vi,
    sentence_vi,
    figure_ids,
    published_at
from reporting.report_sentence
where window_key = {{ window }}
{% if at is not none %}
and published_at <= {{ at }}
union all
select
    sentence_key,
    position,
    topic_vi,
    sentence_vi,
    '{}' as figure_ids,
    published_at
from reporting.replaced_sentence
where window_key = {{ window }} and published_at <= {{ at }} and replaced_at > {{ at }}
{% endif %}
order by position, sentence_key
