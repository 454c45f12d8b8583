-- The order of the rows does not matter, nor who asks: every session of ours writes a row as the same text.
select
    count(*) as row_count,
    coalesce(sum(hashtextextended(mart::text, 0)::numeric), 0) as hash_sum
from marts.{{ mart | identifier }} as mart
