select
    position,
    sentence_key,
    topic_vi,
    sentence_vi,
    figure_ids,
    published_at
from reporting.report_sentence
where window_key = {{ window }}
order by position
