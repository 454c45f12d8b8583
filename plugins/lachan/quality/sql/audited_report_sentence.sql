-- Only the columns that the suite reads: after a first build of many years these are all sentences.
select
    sentence.window_key || ' ' || sentence.sentence_key as row_key,
    sentence.sentence_vi,
    array({% include "warehouse/sql/groups_of_sentence.sql" %}) as groups
from marts.report_sentence as sentence
inner join ops.unpublished_window as unpublished
    on unpublished.mart = 'report_sentence' and unpublished.window_key = sentence.window_key
