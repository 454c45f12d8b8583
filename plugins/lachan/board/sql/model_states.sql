select * from reporting.model_states({{ day }})
