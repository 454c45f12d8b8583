select reconciliation.*, check_key || ' of ' || indicator_group as row_key, array[indicator_group] as groups
from marts.reconciliation as reconciliation
