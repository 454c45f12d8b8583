{#
    What an incremental build computes of each model: a condition on its rows, for an alias of them. In a full build every
    condition holds. See macros/changes.sql.
#}

{# Days of a feed on which rows of changed deliveries stand in staging, or stood. #}
{% macro mention_scope(row) -%}
    {% call touched() -%}
    ({{ row }}.feed, {{ row }}.day) in (select feed, day from {{ changed_rows() }} as changed_row)
    {%- endcall %}
{%- endmacro %}

{#
    A condition that holds for all rows of staging in that scope, and for which there is an index: of registers the files that
    are in force for the changed days, of other feeds the time from the first to the last day.
#}
{% macro near_mention_scope(feed) -%}
    {% call touched() -%}
    {%- set changed = "from " ~ changed_rows() ~ " as changed_row where feed = '" ~ feed ~ "'" -%}
    {%- set time_zone = "at time zone '" ~ var('timezone') ~ "'" -%}
    {%- if feeds()[feed].delivery == 'snapshot' -%}
    file_id = any(array(
        select file_id from {{ source('ops', 'delivery_in_force') }}
        where feed = '{{ feed }}' and export_date in (select day {{ changed }})
    ))
    {%- else -%}
    {%- for instant in item_instants(feed) %}
    {{ '(' if loop.first }}(
        {%- for earlier in item_instants(feed)[:loop.index0] %}{{ earlier }} is null and {% endfor -%}
        {{ instant }} >= (select min(day)::timestamp {{ time_zone }} {{ changed }})
        and {{ instant }} < (select (max(day) + 1)::timestamp {{ time_zone }} {{ changed }})
    ){{ ')' if loop.last else ' or' }}
    {%- else -%}
    true
    {%- endfor %}
    {%- endif -%}
    {%- endcall %}
{%- endmacro %}

{# Days of a feed whose rows have changed, or whose spellings mean another ward. #}
{% macro unresolved_scope(row) -%}
    {% call touched() -%}
    ({{ mention_scope(row) }} or {{ spelling_scope(row ~ '.ward_spelling') }})
    {%- endcall %}
{%- endmacro %}

{#
    Exports of periods with a day of which the standing of a delivery has changed, those that have come to be expected or no
    longer are because the last day with data has moved, and all of a feed whose first day has moved.
#}
{% macro expected_scope(row) -%}
    {% call touched() -%}
    (
        ({{ row }}.feed, {{ row }}.period_to) in (select feed, export_date from changes.standing)
        or ({{ row }}.period_from < {{ row }}.period_to and exists (
            select from changes.standing as changed
            where changed.feed = {{ row }}.feed and changed.export_date between {{ row }}.period_from and {{ row }}.period_to
        ))
        or {{ row }}.period_to > (select min(last_day) from {{ changes_of('int_feed_span') }})
        or {{ row }}.feed in (select feed from {{ changed_states('int_feed_span', ['feed', 'expected_from']) }} as span)
    )
    {%- endcall %}
{%- endmacro %}

{#
    Rows of a fact, or of its staging, whose key is in a changed delivery, or whose spelling of the ward has got another
    meaning. The keys are passed as an array, so that they are looked up in an index: compared with a subquery, every row
    would be read.
#}
{% macro item_scope(row, feed, key) -%}
    {% call touched() -%}
    {{ row }}.{{ key }} = any(array(
        select {{ key }} from {{ changes_of('stg_' ~ feed) }}
        union
        select {{ key }} from {{ ref('stg_' ~ feed) }} where {{ spelling_scope('ward') }}
    ))
    {%- endcall %}
{%- endmacro %}

{% macro touched_key(key, feed) -%}
    {{ key }} in (select {{ feeds()[feed].key }} from {{ changes_of('stg_' ~ feed) }})
{%- endmacro %}

{# The same condition on a table whose key has an index. #}
{% macro touched_indexed_key(key, feed) -%}
    {% call touched() -%}
    {{ key }} = any(array(select {{ feeds()[feed].key }} from {{ changes_of('stg_' ~ feed) }}))
    {%- endcall %}
{%- endmacro %}

{% macro spelling_scope(spelling) -%}
    {{ spelling }} in (select ward_spelling from {{ changes_of('int_ward_spelling') }})
{%- endmacro %}

{# Extractions of the requests to which touched extractions belong, or belonged: repeats are numbered within a request. #}
{% macro extraction_scope(row) -%}
    {% call touched() -%}
    {{ row }}.request_id in (
        select request_id from {{ ref('stg_camera_extractions') }} as reported
        where {{ item_scope('reported', 'camera_extractions', 'extraction_id') }}
        union all
        select request_id from {{ this }} where {{ touched_key('extraction_id', 'camera_extractions') }}
    )
    {%- endcall %}
{%- endmacro %}

{% macro case_scope(row) -%}
    {% call touched() -%}
    {{ row }}.case_id in (select case_id from {{ changes_of('fct_camera_extraction') }})
    {%- endcall %}
{%- endmacro %}

{# Activities in changed deliveries, and those of models and sites whose ward or days have changed. #}
{% macro activity_scope(row) -%}
    {% call touched() -%}
    (
        {{ touched_key(row ~ '.activity_id', 'model_activities') }}
        or {{ row }}.model_id in (select model_id from {{ changed_states('dim_model', ['model_id', 'valid_from', 'valid_to', 'in_force_from', 'ward_key']) }} as changed)
        or {{ row }}.point_id in (select point_id from {{ changed_states('dim_model_point', ['point_id', 'valid_from', 'valid_to', 'in_force_from', 'ward_key']) }} as changed)
    )
    {%- endcall %}
{%- endmacro %}

{# States that a register reported last in or after the last complete snapshot before the first touched one. #}
{% macro register_state_scope(row, feed) -%}
    {% call touched() -%}
    {{ row }}.last_on >= {{ unsettled_from(feed) }}
    {%- endcall %}
{%- endmacro %}

{#
    Entries of a register of which a state is unsettled, or was in the table, of which another row has come to speak or no
    longer speaks, or whose spelling of the ward has got another meaning. All entries when what all depend on has changed: the
    first day of the register, a register that refers to this one, or the periods between changes of the wards.
#}
{% macro history_scope(row, feed, key, referred_by=[]) -%}
    {%- set registers = [feed] -%}
    {%- for referring, _ in referred_by if feeds()[referring].delivery == 'snapshot' %}{% do registers.append(referring) %}{% endfor -%}
    {% call touched() -%}
    (
        {{ row }}.{{ key }} in (
            select {{ key }} from {{ ref('int_' ~ feed ~ '_state') }} as state
            where last_on >= {{ unsettled_from(feed) }} or {{ spelling_scope('ward') }}
            union all
            select {{ key }} from {{ this }} where last_seen_on >= {{ unsettled_from(feed) }}
            {%- for referring, column in referred_by if referring not in registers %}
            union all
            select {{ column }} from {{ changes_of('stg_' ~ referring) }}
            {%- endfor %}
        )
        or exists (select 1 from {{ changed_states('int_feed_span', ['feed', 'first_day']) }} as changed where feed = '{{ feed }}')
        {%- if registers | length > 1 %}
        or exists (select 1 from changes.delivery where feed in ('{{ registers[1:] | join("', '") }}'))
        {%- endif %}
        or exists (
            select 1 from {{ ref('dim_ward') }} as ward
            where ward.is_in_city
              and ward.valid_from > (select coalesce(min(last_day) filter (where not is_new), '-infinity') from {{ changes_of('int_feed_span') }})
              and ward.valid_from <= (select max(last_day) from {{ changes_of('int_feed_span') }})
        )
    )
    {%- endcall %}
{%- endmacro %}

{# Indicators of stocks that count the entries of a register of which an entry has changed, and those that count assessments of models. #}
{% macro stock_scope(row) -%}
    {% call touched() -%}
    {{ row }}.indicator_key = any(array(
        select indicator_key
        from {{ ref('indicators') }}
        where measure = 'stock' and (
            indicator_key = 'models_by_vitality'
            {%- for feed, changed in [
                ('model_register', changed_states('dim_model', ['model_id', 'model_kind', 'rating', 'in_force_from', 'in_force_to', 'ward_key'])),
                ('model_points', changed_states('dim_model', ['model_id', 'model_kind', 'valid_from'])),
                ('model_points', changed_states('dim_model_point', ['point_id', 'model_id', 'is_origin', 'in_force_from', 'in_force_to', 'ward_key'])),
                ('camera_register', changed_states('dim_camera', ['camera_id', 'in_model', 'status', 'in_force_from', 'in_force_to', 'ward_key'])),
                ('fire_safety_register', changed_states('dim_fire_safety_point', ['point_id', 'fire_safety_kind', 'in_force_from', 'in_force_to', 'ward_key'])),
            ] %}
            or (feed = '{{ feed }}' and exists (select from {{ changed }} as changed))
            {%- endfor %}
        )
    ))
    {%- endcall %}
{%- endmacro %}

{# Series and days on which items of their indicators count, or counted. #}
{% macro measure_scope(row) -%}
    {% call touched() -%}
    {{ row }}.day = any(array(select day from {{ ref('int_touched_day') }}))
    and exists (
        select from {{ ref('int_figure_series') }} as series
        inner join {{ ref('int_touched_day') }} as touched on touched.feed = series.feed
        where series.series_id = {{ row }}.series_id and touched.day = {{ row }}.day
    )
    {%- endcall %}
{%- endmacro %}

{# Indicators and windows that hold a touched day, end on one, or are compared with such a window. #}
{% macro window_scope(row) -%}
    {% call touched() -%}
    ({{ row }}.window_id, {{ row }}.indicator_key) in (
        select touched.window_id, indicator.indicator_key
        from {{ ref('int_touched_window') }} as touched
        inner join {{ ref('indicators') }} as indicator on indicator.feed = touched.feed
    )
    {%- endcall %}
{%- endmacro %}

{# Windows of which a figure of any indicator is touched. #}
{% macro report_scope(row) -%}
    {% call touched() -%}
    {{ row }}.window_key in (select window_key from {{ ref('int_touched_window') }})
    {%- endcall %}
{%- endmacro %}

{#
    Rows of the windows in a CTE, by their number or by another key of theirs. The windows are passed as an array: the view of
    figures evaluates a condition where it reads the counts, and a join only after it has computed the figures of all years.
#}
{% macro in_windows(row, windows, key='window_id') -%}
    {% call touched() -%}
    {{ row }}.{{ key }} = any(array(select {{ key }} from {{ windows }}))
    {%- endcall %}
{%- endmacro %}

{# The windows of report_scope by number, also those that no longer exist. #}
{% macro numbered_window_scope(row) -%}
    {% call touched() -%}
    {{ row }}.window_id in (select window_id from {{ ref('int_touched_window') }})
    {%- endcall %}
{%- endmacro %}

{% macro patrol_check_scope(row) -%}
    {% call touched() -%}
    {{ row }}.month in ({{ touched_patrol_months() }})
    {%- endcall %}
{%- endmacro %}

{# Shifts of the months of that scope; the first and the last month bound what is read by an index on the day. #}
{% macro patrol_month_scope(day) -%}
    {% call touched() -%}
    (
        {{ day }} >= (select min(month) from ({{ touched_patrol_months() }}) as touched)
        and {{ day }} < (select max(month) + interval '1 month' from ({{ touched_patrol_months() }}) as touched)
        and date_trunc('month', {{ day }})::date in ({{ touched_patrol_months() }})
    )
    {%- endcall %}
{%- endmacro %}

{% macro touched_patrol_months() -%}
    select date_trunc('month', day)::date as month from {{ ref('int_touched_day') }} where feed = 'patrol_rosters'
{%- endmacro %}

{# The latest states of items: those in changed deliveries, and everything in a register, whose latest snapshot changes. #}
{% macro implausible_scope(row) -%}
    {%- set registers = [] -%}
    {%- for feed, declared in feeds().items() if declared.delivery == 'snapshot' %}{% do registers.append("'" ~ feed ~ "'") %}{% endfor -%}
    {% call touched() -%}
    (
        {{ row }}.feed in ({{ registers | join(', ') }})
        or ({{ row }}.feed, {{ row }}.item_key) in (select feed, item_key from {{ changed_rows() }} as changed_row)
    )
    {%- endcall %}
{%- endmacro %}

{#
    Assessments of models on or after the first day from which an activity, a model, a site, or the last day with data has
    changed. A state that only ended on another day has changed from the earlier of both ends on.
#}
{% macro vitality_scope(row) -%}
    {% call touched() -%}
    {{ row }}.as_of >= (
        select min(day)
        from (
            select day from {{ ref('int_touched_day') }} where feed = 'model_activities'
            union all
            select last_day from {{ changes_of('int_feed_span') }}
            union all
            select least(in_force_from, valid_from) from {{ changed_states('dim_model', ['model_key', 'model_name', 'model_kind', 'host', 'ward_key', 'launched_on', 'rating', 'reviewed_on', 'valid_from', 'in_force_from', 'file_id', 'line_no']) }} as model
            union all
            select in_force_to + 1 from {{ changed_states('dim_model', ['model_key', 'in_force_to']) }} as model
            union all
            select in_force_from from {{ changed_states('dim_model_point', ['point_key', 'model_id', 'launched_on', 'in_force_from']) }} as point
            union all
            select in_force_to + 1 from {{ changed_states('dim_model_point', ['point_key', 'in_force_to']) }} as point
        ) as changed
    )
    {%- endcall %}
{%- endmacro %}
