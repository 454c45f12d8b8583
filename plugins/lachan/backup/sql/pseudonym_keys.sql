-- The numbers of the keys, and fingerprints from which they cannot be computed.
select number, fingerprint
from ops.pseudonym_key
order by number
