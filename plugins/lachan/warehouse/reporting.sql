-- What is published: audited figures, every revision of them, and who may read which. Safe to run again at any time.

create schema if not exists reference authorization lachan_transformer;
grant usage on schema reference to lachan_analyst, lachan_publisher;
grant select on all tables in schema reference to lachan_analyst, lachan_publisher;
alter default privileges for role lachan_transformer in schema reference grant select on tables to lachan_analyst, lachan_publisher;
comment on schema reference is 'Seeds: registers, catalogues and rules that people keep as CSV files';

set role lachan_publisher;

create table if not exists reporting.figure (
    figure_id text primary key,
    indicator_key text not null,
    label_vi text not null,
    unit text not null,
    measure text not null,
    window_key text not null,
    window_kind text not null,
    window_basis text not null,
    window_label_vi text not null,
    window_starts_on date not null,
    window_ends_on date not null,
    is_complete boolean not null,
    ward_basis text not null,
    ward_key text not null,
    ward_code text,
    ward_name text not null,
    breakdown_dim text not null,
    breakdown_value text not null,
    breakdown_label_vi text not null,
    is_small_count boolean not null,
    year_before_value numeric,
    year_change numeric,
    year_change_percent numeric,
    no_base_vi text,
    numerator numeric not null,
    denominator numeric,
    value numeric,
    revision_no integer not null,
    published_at timestamptz not null
);

create table if not exists reporting.figure_revision (
    figure_id text not null,
    revision_no integer not null,
    change text not null check (change in ('new', 'changed', 'withdrawn')),
    indicator_key text not null,
    label_vi text not null,
    unit text not null,
    measure text not null,
    window_key text not null,
    window_kind text not null,
    window_basis text not null,
    window_label_vi text not null,
    window_starts_on date not null,
    window_ends_on date not null,
    is_complete boolean not null,
    ward_basis text not null,
    ward_key text not null,
    ward_code text,
    ward_name text not null,
    breakdown_dim text not null,
    breakdown_value text not null,
    breakdown_label_vi text not null,
    is_small_count boolean not null,
    year_before_value numeric,
    year_change numeric,
    year_change_percent numeric,
    no_base_vi text,
    old_numerator numeric,
    new_numerator numeric,
    old_denominator numeric,
    new_denominator numeric,
    old_value numeric,
    new_value numeric,
    changed_at timestamptz not null,
    run_id text not null,
    why text not null,
    primary key (figure_id, revision_no)
);

create table if not exists reporting.report_sentence (
    window_key text not null,
    window_label_vi text not null,
    window_kind text not null,
    window_basis text not null,
    window_starts_on date not null,
    window_ends_on date not null,
    position integer not null,
    sentence_key text not null,
    topic_vi text not null,
    sentence_vi text not null,
    figure_ids text[] not null,
    published_at timestamptz not null,
    primary key (window_key, sentence_key)
);

comment on table reporting.report_sentence is 'One row is one sentence of the report of one window, with the ids of the figures in it: select sentence_vi from reporting.report_sentence where window_key = … order by position';
comment on table reporting.figure is 'One row is one published figure as it stands now: indicator x window x ward (or the city) x breakdown';
comment on table reporting.figure_revision is 'One row is one change of one published figure; never updated, never deleted';

do $$
declare
    known record;
begin
    for known in
        select * from (values
            ('figure_id', 'Hash of indicator, window, ward and breakdown value; stays the same over all revisions'),
            ('indicator_key', 'Key of the indicator'),
            ('label_vi', 'Label of the indicator'),
            ('unit', 'Unit of the value'),
            ('window_key', 'Key of the reporting window: rule@first day'),
            ('window_kind', 'day, week, month, quarter, half_year, nine_months or year'),
            ('window_basis', 'calendar, or administrative (closes on the 14th)'),
            ('window_label_vi', 'Label of the window'),
            ('window_starts_on', 'First day of the window'),
            ('window_ends_on', 'Last day of the window'),
            ('measure', 'flow: what happened within the window; stock: what there was at its end'),
            ('is_complete', 'Whether the exports cover the window from its first to its last day (a stock: its last day), and a unit of today was wholly in the city'),
            ('ward_basis', 'as_was: the unit in force on the day; recast: the unit of today that its history belongs to'),
            ('ward_key', 'city, unknown, split (not attributable to one unit), or code@valid_from of the ward'),
            ('ward_code', 'Official code of the ward; codes are reused over the years'),
            ('ward_name', 'Name of the ward, or of the whole'),
            ('breakdown_dim', 'total, or by what the figure is split'),
            ('breakdown_value', 'total, or which part it is'),
            ('breakdown_label_vi', 'Label of the part'),
            ('is_small_count', 'Whether it rests on so few that it says little'),
            ('year_before_value', 'Value of the same window of the year before; null without a base'),
            ('year_change', 'Value less that of the year before; of ratios a difference of shares'),
            ('year_change_percent', 'Change in per cent of the year before; null for ratios and without a base'),
            ('no_base_vi', 'Why there is no base to compare with; null where there is'),
            ('position', 'Place in the report'),
            ('sentence_key', 'Key of the sentence (seed report_template)'),
            ('topic_vi', 'Heading that the sentence belongs under'),
            ('sentence_vi', 'The sentence'),
            ('figure_ids', 'Figures in the sentence, in their order; reporting.trace() follows each'),
            ('numerator', 'What was counted'),
            ('denominator', 'Of a ratio, what it is a share of; null for counts'),
            ('value', 'The count or the ratio; null where the denominator is 0'),
            ('revision_no', 'Number of the revision, from 1 for each figure'),
            ('published_at', 'When this revision was published'),
            ('change', 'new, changed (a number, a label, or the year before), or withdrawn'),
            ('old_numerator', 'Numerator before; null for a new figure'),
            ('new_numerator', 'Numerator after; null for a withdrawn figure'),
            ('old_denominator', 'Denominator before'),
            ('new_denominator', 'Denominator after'),
            ('old_value', 'Value before'),
            ('new_value', 'Value after'),
            ('changed_at', 'When the change was published'),
            ('run_id', 'Run that published it'),
            ('why', 'Why it was published')
        ) as words (column_name, description)
        inner join information_schema.columns using (column_name)
        where table_schema = 'reporting' and table_name in ('figure', 'figure_revision', 'report_sentence')
    loop
        execute format('comment on column reporting.%I.%I is %L', known.table_name, known.column_name, known.description);
    end loop;
end $$;

create index if not exists figure_revision_changed_at on reporting.figure_revision (changed_at);

create or replace function reporting.figure_as_of(at timestamptz) returns setof reporting.figure
language sql stable
begin atomic
    select
        figure_id, indicator_key, label_vi, unit, measure,
        window_key, window_kind, window_basis, window_label_vi, window_starts_on, window_ends_on, is_complete,
        ward_basis, ward_key, ward_code, ward_name, breakdown_dim, breakdown_value, breakdown_label_vi,
        is_small_count, year_before_value, year_change, year_change_percent, no_base_vi,
        new_numerator, new_denominator, new_value, revision_no, changed_at
    from (
        select distinct on (figure_id) *
        from reporting.figure_revision
        where changed_at <= at
        order by figure_id, revision_no desc
    ) as latest
    where change <> 'withdrawn';
end;
comment on function reporting.figure_as_of is 'The report as it stood at an instant: for each figure its last revision by then, without withdrawn ones';
revoke all on function reporting.figure_as_of from public;
grant execute on function reporting.figure_as_of to lachan_analyst, lachan_reporter;

-- The marts come later than this function, so its body is checked when it runs.
create or replace function reporting.trace(figure_id text)
returns table (
    indicator_key text, feed text, item_key text, counts_from date, counts_to date, ward_key text, breakdown_value text,
    numerator bigint, denominator bigint, path text, line_no bigint, file_id bigint, sha256 text, loaded_at timestamptz
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    traced record;
begin
    select f.*, i.count_rule, i.feed, w.as_of into traced
    from reporting.figure as f
    inner join reference.indicators as i on i.indicator_key = f.indicator_key
    inner join marts.dim_reporting_window as w on w.window_key = f.window_key
    where f.figure_id = trace.figure_id;
    if not found then
        raise exception 'no figure % is published', trace.figure_id
            using hint = 'look it up in reporting.figure; a withdrawn one is in reporting.figure_revision';
    end if;
    return query
    with evidence as (
        select
            c.*,
            -- of the rows that speak of one distinct thing, the first one counts
            case when traced.count_rule = 'sum' then 1 when c.numerator = 0 then 0
                else (row_number() over (partition by c.item_key, c.numerator <> 0 order by c.first_day, c.file_id, c.line_no) = 1)::int
            end as is_first,
            case when traced.count_rule = 'sum' then 1 when c.denominator = 0 then 0
                else (row_number() over (partition by c.item_key, c.denominator <> 0 order by c.first_day, c.file_id, c.line_no) = 1)::int
            end as is_first_below
        from marts.counted_item as c
        where c.indicator_key = traced.indicator_key and c.feed in (traced.feed, 'ward') -- the second spares the other feeds
            and (traced.breakdown_value = 'total' or c.breakdown_value = traced.breakdown_value)
            and (
                traced.ward_key = 'city'
                or (traced.ward_basis = 'as_was' and c.ward_key = traced.ward_key)
                or (traced.ward_basis = 'recast' and c.ward_key in (
                    select r.ward_key from marts.ward_recast as r where r.recast_ward_key = traced.ward_key
                ))
            )
            and case
                when c.measure = 'flow' then c.first_day between traced.window_starts_on and traced.window_ends_on
                else traced.as_of between c.first_day and c.last_day
            end
    )
    select
        evidence.indicator_key, evidence.feed, evidence.item_key, evidence.first_day, evidence.last_day,
        evidence.ward_key, evidence.breakdown_value,
        evidence.numerator * evidence.is_first,
        case when traced.denominator is not null then evidence.denominator * evidence.is_first_below end,
        coalesce(file.path, 'dbt_project/seeds/' || evidence.feed || '.csv'),
        evidence.line_no, evidence.file_id, file.sha256, file.loaded_at
    from evidence
    left join ops.export_file as file on file.file_id = evidence.file_id
    order by evidence.first_day, evidence.item_key, evidence.file_id, evidence.line_no;
end $$;
comment on function reporting.trace is 'The lines that a published figure rests on: numerator and denominator add up to those of the figure; a line that only bears out a thing already counted has 0, and a ward of the register (seed ward) has no line number';
revoke all on function reporting.trace from public;
grant execute on function reporting.trace to lachan_analyst, lachan_reporter;

grant select on reporting.figure to lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_transformer;
grant select on reporting.figure_revision to lachan_analyst, lachan_reporter, lachan_transformer;
grant select on reporting.report_sentence to lachan_analyst, lachan_reporter, lachan_transformer;

-- A ward's login role is ward_<code>_<yyyymmdd>, of its ward_key <code>@<yyyy-mm-dd>: codes are reused over the years.
-- The policy reads the role's name, which a session cannot make up, and no setting, which it can; it asks no other
-- table, so that it holds on a distributed one.
do $$
declare
    own_ward text := (
        select qual from pg_policies
        where schemaname = 'reporting' and tablename = 'figure' and policyname = 'own_ward'
    );
begin
    if own_ward like '%ward_key%' then
        return; -- making them again would wait for every reader
    end if;
    if own_ward is not null then
        drop policy own_ward on reporting.figure; -- it knew codes only
    else
        alter table reporting.figure enable row level security;
        create policy everything on reporting.figure for select
            to lachan_analyst, lachan_reporter, lachan_transformer using (true);
    end if;
    create policy own_ward on reporting.figure for select to lachan_ward_viewer
        using (ward_code is not null and current_user::text = 'ward_' || translate(ward_key, '@-', '_'));
end $$;

reset role;
