"""The weekly mail: built from a judgement, sent exactly once."""

from reports.mail.addresses import AddressError
from reports.mail.build import weekly
from reports.mail.deliver import Deliveries, Delivery, deliver_weekly
from reports.mail.endpoint import MailError
from reports.mail.refusals import Refused
from reports.mail.smtp import send

__all__ = [
    "AddressError",
    "Deliveries",
    "Delivery",
    "MailError",
    "Refused",
    "deliver_weekly",
    "send",
    "weekly",
]
