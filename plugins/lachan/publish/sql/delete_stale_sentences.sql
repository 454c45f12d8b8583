-- A sentence stays as it was published while a group of its figures is held back. What is replaced is kept for reports as of
-- an earlier instant.
with replaced as (
    delete from reporting.stored_sentence as published
    where
        published.window_key in (select window_key from ops.unpublished_window where mart = 'report_sentence')
        and not exists (
            select from marts.report_sentence as computed
            where
                computed.window_key = published.window_key and computed.sentence_key = published.sentence_key
                and ({{ report_sentence.stored_names | identifiers("computed") }})
                is not distinct from ({{ report_sentence.stored_names | identifiers("published") }})
        )
        and not exists (
            select from marts.report_sentence as sentence
            cross join lateral ({% include "warehouse/sql/groups_of_sentence.sql" %}) as sentence_group
            where
                sentence.window_key = published.window_key and sentence.sentence_key = published.sentence_key
                and sentence_group.indicator_group <> all({{ groups }}::text[])
        )
    returning published.*
)

insert into reporting.replaced_sentence (window_key, sentence_key, position, topic_vi, sentence_vi, published_at, replaced_at)
select window_key, sentence_key, position, topic_vi, array_to_string(pieces, ''), published_at, {{ at }}
from replaced
