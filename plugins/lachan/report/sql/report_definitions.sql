select
    indicator_key,
    label_vi,
    unit,
    definition,
    numerator,
    denominator,
    source
from reporting.indicator_catalogue()
order by indicator_key
