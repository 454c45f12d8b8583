{#
    Normalises a spelling for comparison: composed accents (NFC), one code point for Đ, lower case (with a collation
    that does not depend on the server's locale), single blanks, the tone mark in its traditional place (hòa), a blank
    after the dot of a single letter (đ. vệ) and no other dots.
#}
{% macro ward_clean(spelling) -%}
    {%- set blank = '[\\s\\u0085\\u00a0\\u2000-\\u200d\\u202f\\u205f\\u2060\\u3000\\ufeff]+' -%}
    {%- set composed = "normalize(translate(" ~ spelling ~ ", 'ÐðƉɖ', 'ĐđĐđ'), nfc)" -%}
    {%- set lowered = "lower(" ~ composed ~ ' collate "pg_c_utf8")' -%}
    {%- set spaced = "regexp_replace(" ~ lowered ~ ", '" ~ blank ~ "', ' ', 'g')" -%}
    {%- set dotted = "regexp_replace(" ~ spaced ~ ", ' ?\\.[. ]*', '. ', 'g')" -%}
    {%- set undotted = "regexp_replace(" ~ dotted ~ ", '([^ .]{2})\\. ', '\\1 ', 'g')" -%}
    {%- set tone_marked = namespace(sql="ltrim(rtrim(" ~ undotted ~ "), '. ')") -%}
    {%- for modern, traditional in [
        ('oà', 'òa'), ('oá', 'óa'), ('oả', 'ỏa'), ('oã', 'õa'), ('oạ', 'ọa'),
        ('oè', 'òe'), ('oé', 'óe'), ('oẻ', 'ỏe'), ('oẽ', 'õe'), ('oẹ', 'ọe'),
        ('uỳ', 'ùy'), ('uý', 'úy'), ('uỷ', 'ủy'), ('uỹ', 'ũy'), ('uỵ', 'ụy'),
    ] -%}
        {%- set tone_marked.sql = "replace(" ~ tone_marked.sql ~ ", '" ~ modern ~ "', '" ~ traditional ~ "')" -%}
    {%- endfor -%}
    {{ tone_marked.sql }}
{%- endmacro %}

{#
    A normalised spelling without the kind of unit in front of the name. A leading P., X. or TT is always read as a kind
    (phường, xã, thị trấn), never as the initial of a name.
#}
{% macro ward_without_kind(cleaned, kinds='phường|xã|thị trấn') -%}
    regexp_replace({{ cleaned }}, '^(({{ kinds }}) ?|(p|x)\.? |tt )', '')
{%- endmacro %}

{# The key by which spellings are compared with names of wards: normalised, without the kind of unit. #}
{% macro ward_name_key(spelling) -%}
    {{ ward_without_kind(ward_clean(spelling)) }}
{%- endmacro %}
