{# A number in Vietnamese notation, with a dot between thousands and a decimal comma: 1.028; 38,3. #}
{% macro vi_grouped_number(value, decimals) -%}
    translate(to_char({{ value }}, 'FM999,999,999,990{{ '.0' if decimals }}'), ',.', '.,')
{%- endmacro %}

{# A percentage in Vietnamese notation, with at most one decimal: 38,3%; 100%. #}
{% macro vi_percent(value) -%}
    case
        when {{ value }} > 0 and {{ value }} < 0.05 then 'dưới 0,1%'
        else replace({{ vi_grouped_number(value, true) }} || '%', ',0%', '%')
    end
{%- endmacro %}

{# The value of a figure as Vietnamese text. `figure` is the alias of a row of marts.figure. #}
{% macro vi_figure_value(figure) -%}
    case
        when {{ figure }}.value is null then 'chưa xác định'
        when {{ figure }}.denominator is null then {{ vi_grouped_number(figure ~ '.value', false) }}
        else {{ vi_percent('100 * ' ~ figure ~ '.value') }} || case when {{ figure }}.is_small_count then ' (số nhỏ)' else '' end
    end
{%- endmacro %}

{#
    The change of a figure against the same window of the year before, as Vietnamese text. The change of a ratio is
    given in percentage points, not in per cent.
#}
{% macro vi_year_change(figure) -%}
    case
        when {{ figure }}.year_change is null then lower(left({{ figure }}.no_base_vi, 1)) || substr({{ figure }}.no_base_vi, 2)
        when {{ figure }}.year_change = 0 then 'bằng cùng kỳ năm trước'
        else case when {{ figure }}.year_change > 0 then 'tăng ' else 'giảm ' end
            || case
                when {{ figure }}.denominator is null then {{ vi_grouped_number('abs(' ~ figure ~ '.year_change)', false) }}
                else replace({{ vi_percent('100 * abs(' ~ figure ~ '.year_change)') }}, '%', ' điểm phần trăm')
            end
            || coalesce(' (' || {{ vi_percent('abs(' ~ figure ~ '.year_change_percent)') }} || ')', '')
            || ' so với cùng kỳ năm trước'
    end
{%- endmacro %}
