create temporary table rekeyed on commit drop as
select line_no, {{ pseudonym_columns | identifiers }} from raw.{{ feed_name | identifier }} limit 0
