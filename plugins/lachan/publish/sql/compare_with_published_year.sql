select
    published.indicator_key || case
        when published.breakdown_dim = 'total' then ''
        else '/' || published.breakdown_value
    end as key,
    published.label_vi,
    coalesce(figure.unit, published.unit) as unit,
    published.paragraph,
    published.value as published,
    figure.value as computed,
    administrative.value as administrative,
    coalesce(administrative.is_complete, false) as covered,
    published.reading,
    figure.figure_id as computed_id,
    administrative.figure_id as administrative_id
from reporting.city_published() as published
left join reporting.figure as figure
    on (figure.indicator_key, figure.breakdown_dim, figure.breakdown_value)
    = (published.indicator_key, published.breakdown_dim, published.breakdown_value)
    and figure.ward_key = 'city'
    and figure.window_key = 'calendar_year@' || published.year || '-01-01'
left join reporting.figure as administrative
    on (administrative.indicator_key, administrative.breakdown_dim, administrative.breakdown_value)
    = (published.indicator_key, published.breakdown_dim, published.breakdown_value)
    and administrative.ward_key = 'city'
    and administrative.window_kind = 'year'
    and administrative.window_basis = 'administrative'
    and extract(year from administrative.window_ends_on) = published.year
where published.year = {{ year }}
order by published.paragraph, published.indicator_key, published.breakdown_dim desc, published.value desc
