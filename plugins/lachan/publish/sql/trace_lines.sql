select item_key, counts_from, counts_to, ward_key, breakdown_value, numerator, denominator, path, line_no, feed, file_id
from reporting.trace({{ figure_id }})
