select nextval('ops.file_id') as file_id
from generate_series(1, {{ count }})
