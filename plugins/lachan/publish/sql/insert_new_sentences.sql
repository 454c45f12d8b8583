-- The sentences that are published are read before any is inserted: with the statistics of an empty table, each new one
-- would be looked up among those just inserted.
insert into reporting.stored_sentence ({{ report_sentence.stored_names | identifiers }}, published_at)
with published as materialized (
    select window_key, sentence_key from reporting.stored_sentence
    where window_key in (select window_key from ops.unpublished_window where mart = 'report_sentence')
)

select {{ report_sentence.stored_names | identifiers("sentence") }}, {{ at }}
from marts.report_sentence as sentence
where
    sentence.window_key in (select window_key from ops.unpublished_window where mart = 'report_sentence')
    and not exists (
        select from published
        where published.window_key = sentence.window_key and published.sentence_key = sentence.sentence_key
    )
    and not exists (
        select from ({% include "warehouse/sql/groups_of_sentence.sql" %}) as sentence_group
        where sentence_group.indicator_group <> all({{ groups }}::text[])
    )
