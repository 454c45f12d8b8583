select max(as_of) as as_of
from ops.mail
where recipient = {{ recipient }} and mail_key like 'digest:%'
