-- An alias is valid while a unit with its code and its name is in force. Codes are reused, so the seed ward must have a
-- unit with both.
select alias.alias_name, alias.alias_code, alias.current_code, alias.current_name
from {{ ref('int_ward_alias') }} as alias
left join {{ ref('dim_ward') }} as ward
    on ward.ward_code = alias.current_code
    and {{ ward_name_key('ward.ward_name') }} = {{ ward_name_key('alias.current_name') }}
where nullif(alias.current_code, '') is not null and ward.ward_key is null
