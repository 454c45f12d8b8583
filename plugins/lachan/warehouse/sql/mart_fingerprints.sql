-- Row count and hash sum of what is not published of each audited mart, by group of indicators; empty for a group without
-- rows. The sum does not depend on the order of the rows. A row has the same text in every session that `connect` opens,
-- because they have the same time zone.
--
-- Figures are first looked up by window, and then joined with groups: in the other order, the planner may look up each
-- window once for each indicator. The windows are passed as an array: a condition is evaluated inside the view of figures,
-- a join with a table is not, so that the view would compute every figure of all years.
with figure_of_window as materialized (
    select figure.indicator_key, figure.window_key, hashtextextended(figure::text, 0) as row_hash
    from marts.figure as figure
    where figure.window_key = any({{ windows }}::text[])
),

grouped_row as (
    select 'figure' as mart, indicator.indicator_group, figure.row_hash
    from figure_of_window as figure
    inner join reference.indicators as indicator on indicator.indicator_key = figure.indicator_key
    inner join ops.unpublished_window as unpublished
        on unpublished.mart = 'figure'
        and unpublished.indicator_group = indicator.indicator_group
        and unpublished.window_key = figure.window_key
    union all
    select 'reconciliation', reconciliation.indicator_group, hashtextextended(reconciliation::text, 0)
    from marts.reconciliation as reconciliation
    union all
    select 'report_sentence', sentence_group.indicator_group, hashtextextended(sentence::text, 0)
    from marts.report_sentence as sentence
    inner join ops.unpublished_window as unpublished
        on unpublished.mart = 'report_sentence' and unpublished.window_key = sentence.window_key
    cross join lateral ({% include "warehouse/sql/groups_of_sentence.sql" %}) as sentence_group
),

counted as (
    select indicator_group, mart, count(*) as row_count, sum(row_hash::numeric) as hash_sum
    from grouped_row
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
