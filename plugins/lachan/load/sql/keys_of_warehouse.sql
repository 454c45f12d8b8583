-- The keys with which rows were pseudonymised, the first one first.
select number, fingerprint, found_at, ended_at is not null as is_ended
from ops.pseudonym_key
order by number
