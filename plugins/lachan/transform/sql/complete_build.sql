-- The project of the last complete build; no row if a table that it left is gone, or a contract has gained a column since.
select project_files
from ops.complete_build
where
    not exists (select from unnest(tables) as name where to_regclass(name) is null)
    and not exists (
        select
        from pg_class as staged
        inner join pg_class as loaded
            on loaded.relnamespace = 'raw'::regnamespace and staged.relname = 'stg_' || loaded.relname
        inner join pg_attribute as gained on gained.attrelid = loaded.oid and gained.attnum > 0 and not gained.attisdropped
        where
            staged.relnamespace = 'staging'::regnamespace
            and not exists (
                select from pg_attribute as known where known.attrelid = staged.oid and known.attname = gained.attname
            )
    )
