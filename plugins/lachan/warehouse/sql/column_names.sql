select attname
from pg_attribute
where attrelid = to_regclass({{ relation }}) and attnum > 0 and not attisdropped
order by attnum
