select
    topic_vi,
    sentence_vi
from reporting.report_sentence
where window_key = {{ window }}
order by position
