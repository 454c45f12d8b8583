-- The published tables, with the columns that the dbt contracts of their marts declare. Safe to run again at any time.

create table if not exists reporting.figure (
{% for column in figure.unrevised_columns %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.is_required %} not null{% endif %},
{% endfor %}
{% for column in figure.revised_columns %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.is_required %} not null{% endif %},
{% endfor %}
    revision_no integer not null,
    published_at timestamptz not null,
    primary key ({{ figure.key | identifiers }})
);

create table if not exists reporting.figure_revision (
{% for column in figure.unrevised_columns if column.name in figure.key %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }} not null,
{% endfor %}
    revision_no integer not null,
    change text not null check (change in ('new', 'changed', 'withdrawn')),
{% for column in figure.unrevised_columns if column.name not in figure.key %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.is_required %} not null{% endif %},
{% endfor %}
{% for column in figure.revised_columns %}
    {{ ("old_" ~ column.name) | identifier }} {{ column.sql_type | sql_type }},
    {{ ("new_" ~ column.name) | identifier }} {{ column.sql_type | sql_type }},
{% endfor %}
    changed_at timestamptz not null,
    run_id text not null,
    why text not null,
    primary key ({{ figure.key | identifiers }}, revision_no)
);

create index if not exists figure_revision_changed_at on reporting.figure_revision (changed_at);

create table if not exists reporting.report_sentence (
{% for column in report_sentence.columns %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.is_required %} not null{% endif %},
{% endfor %}
    published_at timestamptz not null,
    primary key ({{ report_sentence.key | identifiers }})
);

create or replace function reporting.figure_as_of(at timestamptz) returns setof reporting.figure
language sql stable
begin atomic
    select
        {{ figure.unrevised_columns | map(attribute="name") | identifiers }},
        {{ figure.revised_columns | map(attribute="name") | identifiers(prefix="new_") }},
        revision_no,
        changed_at
    from (
        select distinct on (figure_id) *
        from reporting.figure_revision
        where changed_at <= at
        order by figure_id, revision_no desc
    ) as latest
    where change <> 'withdrawn';
end;
revoke all on function reporting.figure_as_of from public;
grant execute on function reporting.figure_as_of to lachan_analyst, lachan_reporter;
