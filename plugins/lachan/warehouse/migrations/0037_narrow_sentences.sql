-- Sentences are stored once: as pieces, with the figure of each piece in 16 bytes. The whole sentence and the ids of its figures
-- are computed by reporting.report_sentence and marts.report_sentence, which keep the names, types and order of their columns.

-- 1. What is published. A release before 0020 published sentences without pieces: such a sentence becomes one piece without bits,
-- and stays hidden from readers who are not cleared. Views on reporting.report_sentence are not touched.
do $$
declare
    dependent regclass;
begin
    select view_class.oid into dependent
    from pg_depend
    inner join pg_rewrite on pg_depend.classid = 'pg_rewrite'::regclass and pg_rewrite.oid = pg_depend.objid
    inner join pg_class as view_class on view_class.oid = pg_rewrite.ev_class
    where
        pg_depend.refclassid = 'pg_class'::regclass and pg_depend.refobjid = 'reporting.stored_sentence'::regclass
        and view_class.oid <> 'reporting.report_sentence'::regclass
    limit 1;
    if dependent is not null then
        raise exception 'the view % reads reporting.stored_sentence, which this release stores otherwise', dependent
            using hint = 'let it read reporting.report_sentence, then run `lachan migrate` again; nothing was changed';
    end if;
end $$;

alter table reporting.stored_sentence rename to sentence_of_earlier_release;

create table reporting.stored_sentence (
{% for column in report_sentence.stored_columns %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.name in report_sentence.key %} not null{% endif %},
{% endfor %}
    published_at timestamptz not null
);

{% set narrow = ["pieces", "figure_hashes", "change_bits"] %}
{% set kept = report_sentence.stored_names | reject("in", narrow) | list %}
insert into reporting.stored_sentence ({{ kept | identifiers }}, pieces, figure_hashes, change_bits, published_at)
select
    {{ kept | identifiers("earlier") }},
    coalesce(earlier.pieces, array[earlier.sentence_vi]),
    case
        when earlier.pieces is null then earlier.figure_ids::uuid[]
        else array(
            select split_part(piece.figure, ':', 1)::uuid
            from unnest(earlier.piece_figures) with ordinality as piece (figure, place)
            order by piece.place
        )
    end,
    (
        select string_agg(case when piece.figure like '%:change' then '1' else '0' end, '' order by piece.place)::varbit
        from unnest(earlier.piece_figures) with ordinality as piece (figure, place)
    ),
    earlier.published_at
from reporting.sentence_of_earlier_release as earlier
order by earlier.window_key, earlier.position;

alter table reporting.stored_sentence alter column pieces set not null, alter column figure_hashes set not null;

do $$
begin
    if exists (
        select
        from reporting.sentence_of_earlier_release as earlier
        full join reporting.stored_sentence as stored
            on stored.window_key = earlier.window_key and stored.sentence_key = earlier.sentence_key
        cross join lateral (
            select
                array_agg(
                    replace(piece.figure_hash::text, '-', '')
                    || case when get_bit(stored.change_bits, piece.place::integer - 1) = 1 then ':change' else '' end
                    order by piece.place
                ) filter (where stored.change_bits is not null) as figures
            from unnest(stored.figure_hashes) with ordinality as piece (figure_hash, place)
        ) as piece
        where
            (
                {{ kept | identifiers("stored") }}, stored.published_at,
                array_to_string(stored.pieces, ''),
                string_to_array(replace(array_to_string(stored.figure_hashes, ','), '-', ''), ','),
                case when stored.change_bits is not null then stored.pieces end,
                piece.figures
            )
            is distinct from (
                {{ kept | identifiers("earlier") }}, earlier.published_at,
                earlier.sentence_vi, earlier.figure_ids, earlier.pieces, earlier.piece_figures
            )
    ) then
        raise exception 'a published sentence does not follow from its pieces; nothing was changed'
            using hint = 'compare sentence_vi and figure_ids of reporting.stored_sentence with pieces and piece_figures';
    end if;
end $$;

-- Empty until the end of the upgrade, which creates it anew in the transaction of its last migration.
do $$
begin
    execute (
        select
            'create or replace view reporting.report_sentence as select '
            || string_agg(format('null::%s as %I', format_type(atttypid, atttypmod), attname), ', ' order by attnum) || ' where false'
        from pg_attribute
        where attrelid = 'reporting.report_sentence'::regclass and attnum > 0 and not attisdropped
    );
end $$;
drop table reporting.sentence_of_earlier_release;
alter table reporting.stored_sentence add primary key ({{ report_sentence.key | identifiers }});
analyze reporting.stored_sentence;

-- 2. The mart becomes a view with the next build. Until then it shows the rows of the last one. Views of people on it stay, with
-- their owners, rights and comments; while the table is renamed, they are empty, so that nothing refers to it.
create temporary table dependent_view on commit drop as
select distinct
    dependent.oid as view_id,
    format('%I.%I', pg_namespace.nspname, dependent.relname) as view_name,
    dependent.relkind,
    array_to_string(dependent.reloptions, ', ') as options,
    '' as definition
from pg_depend
inner join pg_rewrite on pg_depend.classid = 'pg_rewrite'::regclass and pg_rewrite.oid = pg_depend.objid
inner join pg_class as dependent on dependent.oid = pg_rewrite.ev_class
inner join pg_namespace on pg_namespace.oid = dependent.relnamespace
where pg_depend.refclassid = 'pg_class'::regclass and pg_depend.refobjid = to_regclass('marts.report_sentence');

do $$
declare
    dependent record;
begin
    for dependent in select * from dependent_view where relkind <> 'v' loop
        raise exception 'the materialized view % reads sentences, which this release stores otherwise', dependent.view_name
            using hint = 'drop it, run `lachan migrate` again, and create it anew; nothing was changed';
    end loop;
end $$;

{% include "warehouse/sql/empty_dependent_views.sql" %}

do $$
declare
    dependent record;
    granted record;
    path text := current_setting('search_path');
begin
    if to_regclass('marts.report_sentence') is null then
        return;
    end if;
    set local role lachan_transformer;
    alter table marts.report_sentence
{% for column in report_sentence.columns if column.name not in ("figure_hashes", "change_bits") %}
        add column if not exists {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if not loop.last %},{% endif %}

{% endfor %};
    alter table marts.report_sentence rename to report_sentence_of_earlier_release;
    create view marts.report_sentence as
    select
{% for name in report_sentence.names %}
    {% if name == "figure_hashes" %}
        array(
            select split_part(piece.figure, ':', 1)::uuid
            from unnest(sentence.piece_figures) with ordinality as piece (figure, place)
            order by piece.place
        ) as figure_hashes
    {% elif name == "change_bits" %}
        (
            select string_agg(case when piece.figure like '%:change' then '1' else '0' end, '' order by piece.place)::varbit
            from unnest(sentence.piece_figures) with ordinality as piece (figure, place)
        ) as change_bits
    {% else %}
        sentence.{{ name | identifier }}
    {% endif %}
        {% if not loop.last %},{% endif %}

{% endfor %}
    from marts.report_sentence_of_earlier_release as sentence;
    for granted in
        select case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end as grantee
        from pg_class
        cross join lateral aclexplode(pg_class.relacl) as acl
        where pg_class.oid = 'marts.report_sentence_of_earlier_release'::regclass and acl.privilege_type = 'SELECT'
    loop
        execute format('grant select on marts.report_sentence to %s', granted.grantee);
    end loop;
    reset role;

    perform set_config('search_path', 'pg_catalog', true);
    for dependent in select * from dependent_view loop
        execute format(
            'create or replace view %s %s as %s',
            dependent.view_name, 'with (' || dependent.options || ')', dependent.definition
        );
    end loop;
    perform set_config('search_path', path, true);
end $$;
