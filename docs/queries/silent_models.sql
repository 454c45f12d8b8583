-- Mô hình nào không ghi nhận hoạt động trong hơn 90 ngày?
-- Which models were silent for more than 90 days?
--
-- On the last day with data; as_of can also be any earlier cut-off day (each 14th, each last day of a month). A model
-- without any reported activity is left out: its state is unknown, because its host may not report. The result is a
-- prompt for review, not a conclusion.
select
    model.model_name, model.host, ward.ward_name,
    model.last_activity_on, model.days_since_last_activity, model.rating, model.state, model.reasons_vi
from marts.model_vitality as model
inner join marts.dim_ward as ward on ward.ward_key = model.ward_key
where model.as_of = (select max(as_of) from marts.model_vitality)
  and model.days_since_last_activity > 90
order by model.days_since_last_activity desc, model.model_name;
