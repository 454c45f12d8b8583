select
    sentence.*,
    sentence.window_key || ' ' || sentence.sentence_key as row_key,
    array({% include "warehouse/sql/groups_of_sentence.sql" %}) as groups
from marts.report_sentence as sentence
inner join ops.unpublished_window as unpublished
    on unpublished.mart = 'report_sentence' and unpublished.window_key = sentence.window_key
