{{ config(unique_key='ward_spelling') }}

with by_feed as (
    select ward_spelling, feed, sum(row_count)::bigint as row_count, min(day) as first_day, max(day) as last_day
    from {{ ref('int_ward_unresolved') }}
    group by ward_spelling, feed
),

spelling as (
    select
        ward_spelling,
        {{ ward_name_key('ward_spelling') }} as name_key,
        sum(row_count)::bigint as row_count,
        string_agg(feed || ': ' || row_count, '; ' order by feed) as by_feed,
        min(first_day) as first_day,
        max(last_day) as last_day
    from by_feed
    group by ward_spelling
),

-- Where dim_ward has several rows with the same name and code (after a change of kind or district), the row in force on
-- those days or nearest to them.
unit as (
    select distinct on (candidate.ward_spelling, ward.ward_code, ward.ward_name)
        candidate.ward_spelling,
        candidate.likeness,
        candidate.is_in_force,
        ward.ward_full_name || ' (' || ward.ward_code || case
            when candidate.is_in_force then ''
            when ward.valid_to < spelling.last_day
                then ', đến ' || to_char(ward.valid_to, 'DD/MM/YYYY') || coalesce(', sau đó: ' || ward.succeeded_by, '')
            when ward.valid_from > spelling.first_day then ', từ ' || to_char(ward.valid_from, 'DD/MM/YYYY')
            else ', khi đó ngoài thành phố'
        end || ')' as unit_description
    from {{ ref('int_ward_candidate') }} as candidate
    inner join spelling on spelling.ward_spelling = candidate.ward_spelling
    inner join {{ ref('dim_ward') }} as ward on ward.ward_key = candidate.ward_key
    order by
        candidate.ward_spelling, ward.ward_code, ward.ward_name,
        candidate.is_in_force desc, ward.valid_from <= spelling.last_day desc, ward.valid_from desc
),

suggestion as (
    select
        ward_spelling,
        string_agg(unit_description, '; ' order by likeness, unit_description) as candidates,
        count(*) filter (where is_in_force and likeness = 'same') as exact_matches,
        bool_or(is_in_force) as any_in_force
    from unit
    group by ward_spelling
),

settled as (
    select {{ ward_name_key('alias_name') }} as name_key, alias_code
    from {{ ref('int_ward_alias') }}
    where nullif(current_code, '') is null
),

classified as (
    select
        spelling.*,
        suggestion.candidates,
        suggestion.exact_matches,
        suggestion.any_in_force,
        exists(select from settled where spelling.name_key in (settled.name_key, settled.alias_code)) as is_settled
    from spelling
    left join suggestion on suggestion.ward_spelling = spelling.ward_spelling
)

select
    ward_spelling,
    row_count,
    by_feed,
    first_day,
    last_day,
    coalesce(candidates, 'Không thấy đơn vị nào gần giống') as candidates_vi,
    is_settled,
    case when is_settled then 'Không cần làm gì: đã kết luận đây không phải đơn vị nào.' else
        case
            when candidates is null then 'Hỏi nơi gửi đây là đơn vị nào. '
            when not any_in_force then 'Đơn vị này không thuộc thành phố vào những ngày đó: xem đơn vị kế tiếp, hỏi nơi gửi nếu bị chia. '
            when exact_matches > 1 then 'Nhiều đơn vị cùng khớp: đề nghị nơi gửi ghi đủ tên; chỉ thêm bí danh nếu mọi nơi gửi đều dùng cho một đơn vị. '
            else 'Kiểm tra đơn vị được gợi ý, hỏi nơi gửi nếu không chắc. '
        end
        || 'Sau đó chọn đơn vị có hiệu lực vào những ngày đó ở trang Địa danh của bảng số liệu (Vận hành), hoặc bằng lachan settle-ward;'
        || ' chọn "không phải đơn vị nào" nếu đúng như vậy.'
    end as to_do_vi
from classified
