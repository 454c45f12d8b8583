select * from reporting.ward_history({{ ward }})
