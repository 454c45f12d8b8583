{# A number as a Vietnamese report writes it: 1.028; 38,3%. #}
{% macro spoken_value(value, is_ratio) -%}
    case
        when {{ value }} is null then 'chưa xác định'
        when {{ is_ratio }} then replace(to_char(100 * {{ value }}, 'FM999990.0'), '.', ',') || '%'
        else replace(to_char({{ value }}, 'FM999,999,999,990'), ',', '.')
    end
{%- endmacro %}

{# What a figure did against the same window of the year before. #}
{% macro spoken_change(figure) -%}
    case
        when {{ figure }}.year_change is null then lower(left({{ figure }}.no_base_vi, 1)) || substr({{ figure }}.no_base_vi, 2)
        when {{ figure }}.year_change = 0 then 'bằng cùng kỳ năm trước'
        else case when {{ figure }}.year_change > 0 then 'tăng ' else 'giảm ' end
            || {{ spoken_value('abs(' ~ figure ~ '.year_change)', 'false') }}
            || coalesce(' (' || replace(to_char(abs({{ figure }}.year_change_percent), 'FM999990.0'), '.', ',') || '%)', '')
            || ' so với cùng kỳ năm trước'
    end
{%- endmacro %}
