{{ config(unique_key=['year', 'indicator_key', 'breakdown_dim', 'breakdown_value']) }}

select
    year,
    indicator_key,
    breakdown_dim,
    breakdown_value,
    label_vi,
    unit,
    value,
    article_para as paragraph,
    nullif(note, '') as note,
    nullif(reading, '') as reading
from {{ ref('published_2024') }}
