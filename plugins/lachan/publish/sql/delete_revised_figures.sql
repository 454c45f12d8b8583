delete from reporting.figure as published
using reporting.figure_revision as revision
where revision.changed_at = {{ at }} and revision.figure_id = published.figure_id
