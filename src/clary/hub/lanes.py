"""Lanes: every company with work is looked at, one look at a time, by a durable engine.

This is the only module that knows the engine.  A job says nothing but "look at company X",
so that it can be repeated, lost or doubled without harm: what there is to do is in our own
tables (`hub.work`), and a lease keeps a company to one writer, whatever the engine does.
A sweep enqueues a look for every company whose work can be done now; therefore nobody who
accepts work has to reach the engine, and a file of the engine that is lost is made anew.

What the engine needs to be told is told here: its file gets a write-ahead log first, its
version and (on SQLite) its name never change, jobs are enqueued with the company as key, and
what a dead process had begun is put back into the same queue, where alone the order holds.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID

from clary.hub.draining import Budget, drain, put_back
from clary.hub.holding import let_go_of_the_dead
from clary.hub.installation import Installation
from clary.hub.push.pruning import prune_pushes
from clary.hub.schedules import Schedules
from clary.hub.work import Work
from clary.hub.workers import Workers
from clary.kernel.clock import timestamp
from clary.kernel.courtesy import making_way
from clary.kernel.errors import ClaryError
from clary.store.database import SQLITE

ENGINE_FILE = "lanes.db"
ENGINE_SCHEMA = "clary_lanes"
QUEUE = "lanes"
VERSION = "1"
"""The engine only goes on with jobs of the same version; ours mean the same in every release."""

_SOLE_WORKER = "lanes"
"""Name of the one process that works on SQLite: whoever comes next goes on in its name."""
_POLL_SECONDS = 0.05
_SWEEP_SECONDS = 1.0
_SHORTEST_SWEEP = 0.05
_SUPERVISE_SECONDS = 2.0
_HELD_SECONDS = 5.0
_TIDY_SECONDS = 60.0
_PRUNE_SECONDS = 3600.0
_KEPT = timedelta(minutes=10)
_TIDIED_AT_ONCE = 1_000
_SLOT_SECONDS = 15
"""A look that was enqueued and never began is enqueued again after this time."""
_QUEUED_FOR_ONE = 2
"""Most looks that wait in the engine, for each that this process does at the same time."""
_END_SECONDS = 60
DONE_KEPT = timedelta(days=7)
"""How long work that is done is kept; what came of it is kept elsewhere, by whose it is."""

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Every:
    """Does something again after some time."""

    seconds: float
    do: Callable[[], None]
    _due: float = field(default=0.0)

    def if_due(self) -> None:
        """Do it if its time has come."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + self.seconds
            self.do()


class Lanes:
    """The lanes that this process works on, from `start` to `stop`; one of it in a process."""

    def __init__(
        self, installation: Installation, *, at_once: int = 8, budget: Budget | None = None
    ) -> None:
        """Work for `installation`.

        Args:
            installation: whose companies.
            at_once: how many companies this process works on at the same time.
            budget: how much is done in one look.
        """
        self._installation = installation
        self._at_once = at_once
        chosen = budget or Budget()
        self._budget = Budget(chosen.time, chosen.group, self._is_stopping)
        self._work = Work(installation.database, installation.clock)
        self._workers = Workers(installation.database, installation.clock)
        self._schedules = Schedules(installation.database, installation.clock)
        self._is_sole = installation.database.kind == SQLITE
        self._woken, self._stopping, self._ended = Event(), Event(), Event()
        self._enqueued: dict[str, str] = {}
        self._is_full = False
        self._caretaker = Thread(target=self._take_care, name="lanes", daemon=True)

    def start(self) -> None:
        """Begin to work.

        Raises:
            Busy: another process works for this installation, whose database allows only
                one (LANES_TAKEN).
        """
        self.worker = self._workers.begin(self._installation.actor, alone=self._is_sole)

        def look(company: str) -> None:
            """Look at a company: all that a job does."""
            self._looked(company)

        self._look = DBOS.workflow(name="look")(look)
        DBOS(config=self._config())
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=self._at_once,
            polling_interval_sec=_POLL_SECONDS,
            on_conflict="always_update",
        )
        self._caretaker.start()

    def wake(self, company: str) -> None:
        """Have a company looked at soon whose work has just been accepted."""
        del company  # one sweep finds all that was accepted since the last
        self._woken.set()

    def wind_down(self) -> None:
        """Begin nothing more, and write no further group of documents; `stop` waits for it."""
        self._stopping.set()

    def stop(self) -> None:
        """Begin nothing more, finish what is being written, and give everything back."""
        self.wind_down()
        self._woken.set()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=_END_SECONDS)
        self._ended.set()
        self._caretaker.join()
        self._workers.end(self.worker)

    def _is_stopping(self) -> bool:
        return self._stopping.is_set()

    def _config(self) -> DBOSConfig:
        config = DBOSConfig(
            name="clary",
            application_version=VERSION,
            executor_id=_SOLE_WORKER if self._is_sole else self.worker,
            log_level="ERROR",
            enable_otlp=False,
        )
        if self._is_sole:
            file = self._installation.settings.home.absolute() / ENGINE_FILE
            file.touch(mode=0o600)
            with closing(sqlite3.connect(file)) as made:
                made.execute("PRAGMA journal_mode = WAL")
            config["system_database_url"] = f"sqlite:///{file}"
        else:
            config["system_database_url"] = self._installation.settings.database_url
            config["dbos_system_schema"] = ENGINE_SCHEMA
            config["use_listen_notify"] = False
            config["sys_db_pool_size"] = self._at_once
        return config

    def _looked(self, company: str) -> None:
        # Also one that finds the end near counts as a look, so that the next start makes another.
        with making_way():
            drained = drain(self._installation, company, self._budget)
        goes_on = self._is_full or (drained.waiting and drained.code is None)
        if goes_on and not self._is_stopping():
            self._woken.set()

    def _take_care(self) -> None:
        """Beat, sweep, tick and supervise until the end; trouble is told and tried again."""
        duties = [
            _Every(self._workers.BEAT_SECONDS, lambda: self._workers.beat(self.worker)),
            _Every(_SWEEP_SECONDS, self._tick),
            _Every(0, self._sweep),
            _Every(_HELD_SECONDS, lambda: let_go_of_the_dead(self._work)),
            _Every(_TIDY_SECONDS, self._tidy),
            _Every(_PRUNE_SECONDS, self._prune),
        ]
        if not self._is_sole:
            duties.append(_Every(_SUPERVISE_SECONDS, self._free_lanes))
        while not self._ended.is_set():
            for duty in duties[:1] if self._is_stopping() else duties:
                try:
                    duty.if_due()
                except ClaryError as error:
                    _LOG.warning("%s", error)
                except Exception:  # noqa: BLE001 - a thread that ends would leave all lanes alone
                    if not self._is_stopping():
                        _LOG.exception("The lanes have trouble and go on.")
            self._ended.wait(_SHORTEST_SWEEP)
            self._woken.wait(_SWEEP_SECONDS)
            self._woken.clear()

    def _tick(self) -> None:
        """Add what its time has come for, and put back or forget what its time is over for."""
        self._schedules.tick()
        put_back(self._work)
        self._work.prune(self._installation.clock.now() - DONE_KEPT)

    def _sweep(self) -> None:
        """Enqueue a look for companies with work that can be done now, the longest waiting first.

        None gets a second one while one waits in the engine, since whichever begins next sees
        all of the work.  And no more wait there than can begin soon: the engine takes them in
        any order, and many would be out of date once their turn comes.
        """
        companies = self._work.companies_with_work(self._installation.clock.now())
        looks = self._work.looks(companies)
        slot = int(time.time()) // _SLOT_SECONDS
        # The same name as long as the last look enqueued has not begun.
        names = {company: f"{company}#{looks[company]}#{slot}" for company in companies}
        self._enqueued = {n: self._enqueued[n] for n in companies if n in self._enqueued}
        wanted = [name for name in companies if self._enqueued.get(name) != names[name]]
        self._is_full = False
        if not wanted:
            return
        waiting, begun = self._in_engine("ENQUEUED"), self._in_engine("PENDING")
        room = _QUEUED_FOR_ONE * self._at_once - len(waiting)
        # Who is looked at just now comes last: mostly nothing is left to do after that.
        for company in sorted(wanted, key=begun.__contains__):
            if company not in waiting:
                room -= 1
                self._is_full = room < 0
                if self._is_full:
                    return
                with SetWorkflowID(names[company]), SetEnqueueOptions(queue_partition_key=company):
                    DBOS.enqueue_workflow(QUEUE, self._look, company)
            self._enqueued[company] = names[company]

    def _in_engine(self, status: str) -> frozenset[str]:
        """Return the companies of which the engine has a look with this status."""
        jobs = DBOS.list_workflows(
            status=status, queue_name=QUEUE, load_input=False, load_output=False
        )
        return frozenset(job.queue_partition_key for job in jobs if job.queue_partition_key)

    def _free_lanes(self) -> None:
        """Put back what dead processes had begun: their lanes would be blocked for ever."""
        begun = DBOS.list_workflows(
            status="PENDING", queue_name=QUEUE, load_input=False, load_output=False
        )
        alive = self._workers.alive()  # afterwards: who began a job was alive before it
        for job in begun:
            if job.executor_id not in alive:
                # Without the name of the queue the order within a company would be lost.
                DBOS.resume_workflow(job.workflow_id, queue_name=QUEUE)

    def _prune(self) -> None:
        """Remove what the push API need not keep."""
        installation = self._installation
        retention = installation.settings.plan_retention
        prune_pushes(installation.database, installation.clock.now(), retention)

    def _tidy(self) -> None:
        """Remove from the engine what ended some time ago."""
        before = timestamp(datetime.now(UTC) - _KEPT)
        ended = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            queue_name=QUEUE,
            completed_before=before,
            limit=_TIDIED_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        if ended:
            DBOS.delete_workflows([job.workflow_id for job in ended])
