-- An alias holds while a unit of this code and this name is in force; codes are reused, so both must stand in ward.
select alias.alias_name, alias.alias_code, alias.current_code, alias.current_name
from {{ ref('ward_alias') }} as alias
left join {{ ref('dim_ward') }} as ward
    on ward.ward_code = alias.current_code
    and {{ ward_name_key('ward.ward_name') }} = {{ ward_name_key('alias.current_name') }}
where nullif(alias.current_code, '') is not null and ward.ward_key is null
