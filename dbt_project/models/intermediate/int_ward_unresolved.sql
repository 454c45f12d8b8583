{{ config(unique_key=['feed', 'day', 'ward_spelling'], scope=['unresolved_scope']) }}

select mention.feed, mention.ward_spelling, mention.day, mention.row_count
from {{ ref('int_ward_mention') }} as mention
left join {{ ref('int_ward_spelling') }} as meaning on {{ ward_on('meaning', 'mention.ward_spelling', 'mention.day') }}
where meaning.ward_key is null and {{ unresolved_scope('mention') }}
