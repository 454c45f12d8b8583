-- Changes of figures of administrative windows that had closed and been published. The day after the close is not late: the
-- export of the last day comes on its morning. A figure that is new counts if its window had been published before.
create or replace view reporting.late_adjustment with (security_invoker = true) as
select
    revision.figure_id,
    revision.revision_no,
    revision.indicator_key,
    revision.label_vi,
    revision.window_key,
    revision.window_label_vi,
    revision.window_ends_on,
    revision.ward_key,
    revision.ward_name,
    revision.breakdown_label_vi,
    revision.old_value,
    revision.new_value,
    revision.changed_at,
    (revision.changed_at at time zone {{ timezone }})::date - revision.window_ends_on as days_after_close,
    revision.publication_id,
    revision.why,
    'Số liệu điều chỉnh sau chốt ngày ' || to_char(revision.window_ends_on, 'DD/MM/YYYY') as note_vi
from reporting.figure_revision as revision
where
    revision.window_basis = 'administrative'
    and revision.old_value is distinct from revision.new_value
    and (revision.changed_at at time zone {{ timezone }})::date > revision.window_ends_on + 1
    and (
        revision.change <> 'new'
        or exists (
            select from reporting.figure_revision as earlier
            where
                earlier.window_key = revision.window_key
                and earlier.indicator_key = revision.indicator_key
                and earlier.ward_key = 'city'
                and earlier.changed_at < revision.changed_at
        )
    );
