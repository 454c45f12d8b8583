insert into reporting.report_sentence ({{ report_sentence.names | identifiers }}, published_at)
select {{ report_sentence.names | identifiers("computed") }}, {{ at }}
from marts.report_sentence as computed
where not exists (
    select from reporting.report_sentence as published
    where published.window_key = computed.window_key and published.sentence_key = computed.sentence_key
)
