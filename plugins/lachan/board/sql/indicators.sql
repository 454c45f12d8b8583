select * from reporting.indicator_catalogue()
