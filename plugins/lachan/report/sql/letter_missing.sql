-- The exports that one feed owed before a day and of which no file came.
select
    expected.period_from,
    expected.period_to,
    expected.due_on
from reporting.expected_exports({{ feed_name }}) as expected
where expected.standing = 'missing' and expected.due_on < {{ until }}
order by expected.period_to
