select
    published.indicator_key || case
        when published.breakdown_dim = 'total' then ''
        else '/' || published.breakdown_value
    end,
    published.label_vi,
    coalesce(figure.unit, published.unit),
    published.paragraph,
    published.value,
    figure.value,
    administrative.value,
    coalesce(administrative.is_complete, false),
    published.reading
from marts.published_figure as published
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
