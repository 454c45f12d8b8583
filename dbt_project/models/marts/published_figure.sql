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
    nullif(note, '') as note
from {{ ref('published_2024') }}
where nullif(indicator_key, '') is not null
