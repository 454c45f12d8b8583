-- The sum does not depend on the order of the rows. A row has the same text in every session that `connect` opens,
-- because they have the same time zone.
select
    count(*) as row_count,
    coalesce(sum(hashtextextended(mart::text, 0)::numeric), 0) as hash_sum
from marts.{{ mart | identifier }} as mart
