{# A number for a key of several columns, the same in every build: half of a hash, so two keys do not share one in practice. #}
{% macro key_number() -%}
    ('x' || left(md5(concat_ws('|', {{ varargs | join(', ') }})), 16))::bit(64)::bigint
{%- endmacro %}
