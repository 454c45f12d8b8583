{#
    A spelling as it is compared: composed accents, one kind of Đ, lower case (by a collation that does not depend on
    the server's locale), single blanks, the tone mark in the old place (hòa), a blank after the dot of a single
    letter (đ. vệ) and no other dot.
#}
{% macro ward_clean(spelling) -%}
    {%- set blank = '[\\s\\u0085\\u00a0\\u2000-\\u200d\\u202f\\u205f\\u2060\\u3000\\ufeff]+' -%}
    {%- set composed = "normalize(translate(" ~ spelling ~ ", 'ÐðƉɖ', 'ĐđĐđ'), nfc)" -%}
    {%- set lowered = "lower(" ~ composed ~ ' collate "pg_c_utf8")' -%}
    {%- set spaced = "regexp_replace(" ~ lowered ~ ", '" ~ blank ~ "', ' ', 'g')" -%}
    {%- set dotted = "regexp_replace(" ~ spaced ~ ", ' ?\\.[. ]*', '. ', 'g')" -%}
    {%- set whole = "regexp_replace(" ~ dotted ~ ", '([^ .]{2})\\. ', '\\1 ', 'g')" -%}
    {%- set placed = namespace(sql="ltrim(rtrim(" ~ whole ~ "), '. ')") -%}
    {%- for new, old in [
        ('oà', 'òa'), ('oá', 'óa'), ('oả', 'ỏa'), ('oã', 'õa'), ('oạ', 'ọa'),
        ('oè', 'òe'), ('oé', 'óe'), ('oẻ', 'ỏe'), ('oẽ', 'õe'), ('oẹ', 'ọe'),
        ('uỳ', 'ùy'), ('uý', 'úy'), ('uỷ', 'ủy'), ('uỹ', 'ũy'), ('uỵ', 'ụy'),
    ] -%}
        {%- set placed.sql = "replace(" ~ placed.sql ~ ", '" ~ new ~ "', '" ~ old ~ "')" -%}
    {%- endfor -%}
    {{ placed.sql }}
{%- endmacro %}

{# A cleaned spelling without the kind of unit in front. A leading P., X. or TT. is always a kind, never an initial. #}
{% macro ward_without_kind(cleaned, kinds='phường|xã|thị trấn') -%}
    regexp_replace({{ cleaned }}, '^(({{ kinds }}) ?|(p|x)\.? |tt )', '')
{%- endmacro %}

{# What spellings of one ward have in common. #}
{% macro ward_name_key(spelling) -%}
    {{ ward_without_kind(ward_clean(spelling)) }}
{%- endmacro %}
