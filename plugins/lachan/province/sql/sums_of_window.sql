select indicator_key, breakdown_value, value, no_sum_vi
from province.figure_sum
where window_key = {{ window }}
