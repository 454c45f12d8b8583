select indicator_key, label_vi, unit, measure, definition
from reference.indicators
order by feed, indicator_key
