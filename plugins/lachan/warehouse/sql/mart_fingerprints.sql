-- Row count and hash sum of what is not published of each audited mart, by group of indicators. The sum does not depend on the
-- order of the rows. A row has the same text in every session that `connect` opens, because they have the same time zone.
--
-- Of figures, what they are computed from is hashed (marts.figure_fingerprint). The windows are passed as an array: a condition
-- is evaluated inside the view, a join with a table is not, so that the view would hash the counts of all years.
with part as (
    select 'figure' as mart, figure.indicator_group, figure.row_count, figure.hash_sum
    from marts.figure_fingerprint as figure
    inner join ops.unpublished_window as unpublished
        on unpublished.mart = 'figure'
        and unpublished.indicator_group = figure.indicator_group
        and unpublished.window_key = figure.window_key
    where figure.window_key = any({{ windows }}::text[])
    union all
    select 'figure', figure.indicator_group, figure.row_count, figure.hash_sum
    from marts.figure_fingerprint as figure
    where figure.window_key = 'all'
    union all
    select 'reconciliation', reconciliation.indicator_group, 1, hashtextextended(reconciliation::text, 0)
    from marts.reconciliation as reconciliation
    union all
    select 'report_sentence', sentence_group.indicator_group, 1, hashtextextended(sentence::text, 0)
    from marts.report_sentence as sentence
    inner join ops.unpublished_window as unpublished
        on unpublished.mart = 'report_sentence' and unpublished.window_key = sentence.window_key
    cross join lateral ({% include "warehouse/sql/groups_of_sentence.sql" %}) as sentence_group
),

counted as (
    select indicator_group, mart, sum(row_count) as row_count, sum(hash_sum) as hash_sum
    from part
    group by indicator_group, mart
),

known as (
    select indicator_group from reference.indicators
    union
    select indicator_group from ops.mart_state where indicator_group is not null
    union
    select indicator_group from counted
)

select
    known.indicator_group,
    coalesce(string_agg(counted.mart || ':' || counted.row_count || ':' || counted.hash_sum, ' ' order by counted.mart), '') as fingerprint
from known
left join counted on counted.indicator_group = known.indicator_group
group by known.indicator_group
