-- When figures were last published, and when the first file of the ledger was loaded.
select
    (select max(publication.published_at) from reporting.publication as publication) as published_at,
    (select min(entry.loaded_at) from ops.export_file as entry where entry.status = 'loaded') as first_loaded_at
