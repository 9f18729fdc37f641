"""The weekly mail: built from a judgement, sent exactly once."""

from reports.mail.accounts import Caps
from reports.mail.addresses import AddressError
from reports.mail.build import weekly
from reports.mail.deliver import Deliveries, Delivery, deliver_weekly
from reports.mail.endpoint import MailError
from reports.mail.refusals import Refused
from reports.mail.send import send

__all__ = [
    "AddressError",
    "Caps",
    "Deliveries",
    "Delivery",
    "MailError",
    "Refused",
    "deliver_weekly",
    "send",
    "weekly",
]
