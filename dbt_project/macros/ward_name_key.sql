{#
    What spellings of one ward have in common: composed accents, one kind of Đ, lower case (by a collation that
    does not depend on the server's locale), no kind in front, single spaces, tone mark in the old place (hòa).
#}
{% macro ward_name_key(spelling) -%}
    {%- set composed = "normalize(replace(replace(replace(" ~ spelling ~ ", 'Ð', 'Đ'), 'ð', 'đ'), chr(160), ' '), nfc)" -%}
    {%- set lowered = "lower(" ~ composed ~ ' collate "pg_c_utf8")' -%}
    {%- set spaced = "btrim(regexp_replace(" ~ lowered ~ ", '[[:space:]]+', ' ', 'g'))" -%}
    {%- set bare = "regexp_replace(" ~ spaced ~ ", '^(phường|xã|thị trấn|(p|x|tt)[. ])[. ]*', '')" -%}
    {%- set placed = namespace(sql=bare) -%}
    {%- for new, old in [
        ('oà', 'òa'), ('oá', 'óa'), ('oả', 'ỏa'), ('oã', 'õa'), ('oạ', 'ọa'),
        ('oè', 'òe'), ('oé', 'óe'), ('oẻ', 'ỏe'), ('oẽ', 'õe'), ('oẹ', 'ọe'),
        ('uỳ', 'ùy'), ('uý', 'úy'), ('uỷ', 'ủy'), ('uỹ', 'ũy'), ('uỵ', 'ụy'),
    ] -%}
        {%- set placed.sql = "replace(" ~ placed.sql ~ ", '" ~ new ~ "', '" ~ old ~ "')" -%}
    {%- endfor -%}
    {{ placed.sql }}
{%- endmacro %}
