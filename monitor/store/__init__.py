"""Where the rows live: one DuckDB file with one owner, snapshots of it for everybody else."""

from monitor.store.chain import BrokenRow, verify_chain
from monitor.store.errors import StoreDamaged, StoreError, StoreLocked
from monitor.store.ledgers import DeliveryRow, Published, RunRow, SlotRow
from monitor.store.news import NewsRow, SentCount, ToldQuota
from monitor.store.snapshot import Snapshot, read_published, read_samples, read_spent, snapshot_for_reading
from monitor.store.spooling import spool
from monitor.store.store import Store
from monitor.store.watching import AttemptRow, ProgressRow, TransitionRow
from monitor.store.writer import Writer

__all__ = [
    "AttemptRow",
    "BrokenRow",
    "DeliveryRow",
    "NewsRow",
    "ProgressRow",
    "Published",
    "RunRow",
    "SentCount",
    "SlotRow",
    "Snapshot",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreLocked",
    "ToldQuota",
    "TransitionRow",
    "Writer",
    "read_published",
    "read_samples",
    "read_spent",
    "snapshot_for_reading",
    "spool",
    "verify_chain",
]
