update province.city
set
    name_vi = {{ city.name_vi }},
    database_name = {{ database }},
    publication_id = {{ publication_id }},
    published_at = {{ published_at }},
    collected_at = clock_timestamp(),
    tried_at = clock_timestamp(),
    error = null
where city_code = {{ city.code }}
