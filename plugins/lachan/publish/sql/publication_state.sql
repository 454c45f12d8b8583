-- Whether figures are computed, whether figures are published, and the moment of publication.
select
    exists(select from marts.figure) as is_computed,
    exists(select from reporting.figure) as is_published,
    clock_timestamp() as published_at
