-- What the city published for a year beside the figures of the calendar year and of the administrative year.
select
    published.indicator_key,
    published.label_vi as label,
    coalesce(figure.unit, published.unit) as unit,
    published.paragraph,
    published.value as published,
    figure.value as computed,
    figure.figure_id,
    administrative.value as administrative,
    administrative.figure_id as administrative_id,
    published.value = figure.value as is_equal,
    published.reading
from reporting.city_published() as published
left join reporting.figure as figure
    on (figure.indicator_key, figure.breakdown_dim, figure.breakdown_value)
    = (published.indicator_key, published.breakdown_dim, published.breakdown_value)
    and figure.ward_key = 'city'
    and figure.ward_basis = 'as_was'
    and figure.window_key = 'calendar_year@' || published.year || '-01-01'
left join reporting.figure as administrative
    on (administrative.indicator_key, administrative.breakdown_dim, administrative.breakdown_value)
    = (published.indicator_key, published.breakdown_dim, published.breakdown_value)
    and administrative.ward_key = 'city'
    and administrative.ward_basis = 'as_was'
    and administrative.window_key = 'administrative_year@' || published.year - 1 || '-12-15'
where published.year = {{ year }}
order by published.paragraph, published.indicator_key, published.breakdown_dim desc, published.value desc
