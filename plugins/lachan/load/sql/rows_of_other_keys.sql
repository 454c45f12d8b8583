-- By content: the files that have rows whose pseudonyms are not of the current key, and how many rows these are. What stands
-- in place of people who were erased is no pseudonym.
select
    file.sha256, array_agg(distinct file.file_id) as file_ids, count(*) as rows, min(file.path) as path,
    min(file.export_date) as export_date, min(file.size_bytes) as size_bytes, min(file.delivered_at) as delivered_at
from raw.{{ feed_name | identifier }} as loaded
inner join ops.export_file as file on file.file_id = loaded.file_id
where
{% for column in columns %}
{% if column.is_list %}
    not starts_with((array_remove(loaded.{{ column.name | identifier }}, {{ erased }}))[1], {{ prefix }}){% if not loop.last %} or{% endif %}

{% else %}
    not starts_with(nullif(loaded.{{ column.name | identifier }}, {{ erased }}), {{ prefix }}){% if not loop.last %} or{% endif %}

{% endif %}
{% endfor %}
group by file.sha256
order by min(file.file_id)
