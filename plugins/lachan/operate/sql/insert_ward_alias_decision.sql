insert into ops.ward_alias_decision (alias_name, current_code, current_name, why, decided_by)
values ({{ spelling }}, {{ code }}, {{ unit_name }}, {{ why }}, {{ decided_by }})
