update province.city
set
    publication_id = {{ publication_id }},
    published_at = {{ published_at }},
    collected_at = clock_timestamp(),
    tried_at = clock_timestamp(),
    error = null
where city_code = {{ city_code }}
