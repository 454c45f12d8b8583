-- The publications, the newest first, with the number of figure states that each made.
select
    publication.publication_id,
    publication.run_id,
    publication.why,
    publication.published_at,
    publication.login,
    publication.groups_published,
    publication.groups_held,
    reporting.states_of_publication(publication.publication_id) as figures
from reporting.publication as publication
order by publication.publication_id desc
limit 500
