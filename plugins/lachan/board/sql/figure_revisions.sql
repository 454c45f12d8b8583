-- All revisions of a figure, the newest first, with the publication that made each.
select
    revision.revision_no,
    revision.change,
    revision.unit,
    revision.old_value,
    revision.new_value,
    revision.changed_at,
    revision.why,
    revision.run_id,
    revision.publication_id,
    publication.login
from reporting.figure_revision as revision
left join reporting.publication as publication on publication.publication_id = revision.publication_id
where revision.figure_id = {{ figure_id }}
order by revision.revision_no desc
