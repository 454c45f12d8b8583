-- The figures of the city in a window whose value after publication `last` is another than after publication `first`.
select
    revision.figure_id,
    max(revision.label_vi) as label_vi,
    max(revision.ward_name) as ward_name,
    max(revision.breakdown_label_vi) as breakdown_label_vi,
    max(revision.unit) as unit,
    (array_agg(revision.old_value order by revision.revision_no))[1] as old_value,
    (array_agg(revision.new_value order by revision.revision_no desc))[1] as new_value,
    max(revision.changed_at) as changed_at,
    (array_agg(revision.why order by revision.revision_no desc))[1] as why
from reporting.figure_revision as revision
where
    revision.publication_id > {{ first }}
    and revision.publication_id <= {{ last }}
    and revision.window_key = {{ window }}
    and revision.ward_key = 'city'
    and revision.ward_basis = 'as_was'
group by revision.figure_id
having
    (array_agg(revision.old_value order by revision.revision_no))[1]
    is distinct from (array_agg(revision.new_value order by revision.revision_no desc))[1]
order by 2, 4
