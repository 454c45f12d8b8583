{#
    The spellings in the column `ward` of a relation, per day. The day is the one for which a spelling is
    resolved to a ward (item_day). Rows without a ward are left out.
#}
{% macro ward_mention(feed, relation) -%}
    select feed, ward_spelling, day, count(*) as row_count
    from (select '{{ feed }}' as feed, ward as ward_spelling, {{ item_day(feed) }} as day from {{ relation }} where {{ near_mention_scope(feed) }}) as reported
    where ward_spelling is not null and {{ mention_scope('reported') }}
    group by feed, ward_spelling, day
{%- endmacro %}
