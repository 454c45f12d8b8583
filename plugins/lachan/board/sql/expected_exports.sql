-- The exports that a feed owes; where none is in force, the last file that came for the period.
select
    expected.period_from,
    expected.period_to,
    expected.due_on,
    expected.standing,
    expected.delivered_on,
    expected.days_late,
    expected.rows_quarantined,
    coalesce(
        expected.file_id,
        (
            select max(file.file_id)
            from ops.export_file as file
            where file.feed = {{ of_feed }} and file.export_date between expected.period_from and expected.period_to
        )
    ) as file_id
from reporting.expected_exports({{ of_feed }}) as expected
order by expected.period_to
