-- The figures of the city in a window whose value after publication `last` is another than after publication `first`.
-- Of indicators with small counts, readers who are not cleared see the present state alone, so there is nothing to compare.
with instant as materialized (
    select
        coalesce(max(published_at) filter (where publication_id = {{ first }}), '-infinity') as first_at,
        max(published_at) filter (where publication_id = {{ last }}) as last_at
    from reporting.publication
),

changed as (
    select
        coalesce(later.figure_id, earlier.figure_id) as figure_id,
        coalesce(later.label_vi, earlier.label_vi) as label_vi,
        coalesce(later.ward_name, earlier.ward_name) as ward_name,
        coalesce(later.breakdown_label_vi, earlier.breakdown_label_vi) as breakdown_label_vi,
        coalesce(later.unit, earlier.unit) as unit,
        earlier.value as old_value,
        later.value as new_value
    from (select * from reporting.window_as_of({{ window }}, (select first_at from instant)) where ward_key = 'city') as earlier
    full join (select * from reporting.window_as_of({{ window }}, (select last_at from instant)) where ward_key = 'city') as later
        on later.figure_id = earlier.figure_id
    left join reporting.small_count_rule as rule on rule.indicator_key = coalesce(later.indicator_key, earlier.indicator_key)
    where
        later.value is distinct from earlier.value
        and (reporting.is_cleared() or rule.hides_small_counts is false)
)

select changed.*, revision.changed_at, revision.why
from changed
cross join lateral (
    select revision.changed_at, revision.why
    from reporting.figure_revision as revision
    where revision.figure_id = changed.figure_id and revision.publication_id > {{ first }} and revision.publication_id <= {{ last }}
    order by revision.revision_no desc
    limit 1
) as revision
order by changed.label_vi, changed.breakdown_label_vi
