delete from province.stored_figure as stored
where
    stored.city_code = {{ city_code }}
    and not exists (
        select from collected_figure as collected
        where
            collected.window_key = stored.window_key
            and collected.indicator_key = stored.indicator_key
            and collected.breakdown_value = stored.breakdown_value
    )
