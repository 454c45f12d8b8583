{# A number as a Vietnamese report writes it: 1.028; 38,3. #}
{% macro spoken_number(value, decimals) -%}
    translate(to_char({{ value }}, 'FM999,999,999,990{{ '.0' if decimals }}'), ',.', '.,')
{%- endmacro %}

{# A share as a Vietnamese report writes it: 38,3%; 100%. #}
{% macro spoken_percent(value) -%}
    case
        when {{ value }} > 0 and {{ value }} < 0.05 then 'dưới 0,1%'
        else replace({{ spoken_number(value, true) }} || '%', ',0%', '%')
    end
{%- endmacro %}

{# The value of a figure. #}
{% macro spoken_value(figure) -%}
    case
        when {{ figure }}.value is null then 'chưa xác định'
        when {{ figure }}.denominator is null then {{ spoken_number(figure ~ '.value', false) }}
        else {{ spoken_percent('100 * ' ~ figure ~ '.value') }} || case when {{ figure }}.is_small_count then ' (số nhỏ)' else '' end
    end
{%- endmacro %}

{# What a figure did against the same window of the year before; a share changes by points, not by per cent. #}
{% macro spoken_change(figure) -%}
    case
        when {{ figure }}.year_change is null then lower(left({{ figure }}.no_base_vi, 1)) || substr({{ figure }}.no_base_vi, 2)
        when {{ figure }}.year_change = 0 then 'bằng cùng kỳ năm trước'
        else case when {{ figure }}.year_change > 0 then 'tăng ' else 'giảm ' end
            || case
                when {{ figure }}.denominator is null then {{ spoken_number('abs(' ~ figure ~ '.year_change)', false) }}
                else replace({{ spoken_percent('100 * abs(' ~ figure ~ '.year_change)') }}, '%', ' điểm phần trăm')
            end
            || coalesce(' (' || {{ spoken_percent('abs(' ~ figure ~ '.year_change_percent)') }} || ')', '')
            || ' so với cùng kỳ năm trước'
    end
{%- endmacro %}
