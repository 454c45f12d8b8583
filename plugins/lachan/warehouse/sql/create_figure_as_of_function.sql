-- The published figures as they stood at an instant. `column_order` is the order of the columns in reporting.figure, where
-- a column that the mart gained later is the last one. Safe to run again at any time.
create or replace function reporting.figure_as_of(at timestamptz) returns setof reporting.figure
language sql stable
begin atomic
    select
{% for name in column_order %}
        {% if name in revised %}{{ ("new_" ~ name) | identifier }}{% elif name == "published_at" %}changed_at{% else %}{{ name | identifier }}{% endif %}{% if not loop.last %},{% endif %}

{% endfor %}
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
