-- Figures that the last publication changed or withdrew.
select count(*) as revised
from reporting.figure_revision as revision
where
    revision.change <> 'new'
    and revision.publication_id = (select max(publication.publication_id) from reporting.publication as publication)
