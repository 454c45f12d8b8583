select
    city_code, indicator_key, label_vi, unit, breakdown_value, breakdown_label_vi, value, numerator, denominator, shown_as,
    is_complete, days_missing, figure_id
from province.figure
where window_key = {{ window }}
order by indicator_key, breakdown_value <> 'total', breakdown_value, city_code
