-- By content: the files that have rows whose pseudonyms are not of the current key, and how many rows these are.
select
    file.sha256, array_agg(distinct file.file_id) as file_ids, count(*) as rows, min(file.path) as path,
    min(file.export_date) as export_date, min(file.size_bytes) as size_bytes, min(file.delivered_at) as delivered_at
from raw.{{ feed_name | identifier }} as loaded
inner join ops.export_file as file on file.file_id = loaded.file_id
where
{% for column in columns %}
    not starts_with(loaded.{{ column.name | identifier }}{% if column.is_list %}[1]{% endif %}, {{ prefix }}){% if not loop.last %} or{% endif %}

{% endfor %}
group by file.sha256
order by min(file.file_id)
