-- The hook ends an upgrade: until the first build, the view reads the table of the earlier release. No CTE: the planner
-- evaluates conditions of readers, such as on the window, before the columns are computed.
{{ config(materialized='stable_view', post_hook="drop table if exists {{ this.schema }}.report_sentence_of_earlier_release") }}

select
    sentence.window_key,
    sentence.window_label_vi,
    sentence.window_kind,
    sentence.window_basis,
    sentence.window_starts_on,
    sentence.window_ends_on,
    sentence.position,
    sentence.sentence_key,
    sentence.topic_vi,
    array_to_string(sentence.pieces, '') as sentence_vi,
    string_to_array(replace(array_to_string(sentence.figure_hashes, ','), '-', ''), ',') as figure_ids,
    sentence.pieces,
    array(
        select replace(piece.figure_hash::text, '-', '') || case when get_bit(sentence.change_bits, piece.place::integer - 1) = 1 then ':change' else '' end
        from unnest(sentence.figure_hashes) with ordinality as piece (figure_hash, place)
        order by piece.place
    ) as piece_figures,
    sentence.figure_hashes,
    sentence.change_bits
from {{ ref('int_report_sentence') }} as sentence
