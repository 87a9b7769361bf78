"""Invoices of a ConnectWise site through plan, run and verification, to the last row.

The site is the sandbox site in a process of its own, the company the demo company that its
seed fits.  Beside it, in the same round: pydantic alone, which parses the very same exports
and writes them again, and the company alone, which posts in bulk.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bench import posting
from bench.stages import Stages
from clary.apps.connectwise.answers import encoded
from clary.apps.connectwise.postings import ROOT, ExportRequest, KindName
from clary.apps.connectwise.shapes import GLExport
from clary.flows.batch.fetching import PIECE
from clary.flows.batch.kinds import Kind
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying
from clary.hub.services.apps import add_app
from clary.hub.services.batch_running import BatchRun, run_a_batch
from clary.hub.services.batch_sides import opened_site
from clary.hub.services.batch_verifying import verify_a_batch
from clary.hub.services.batches import BatchAsked, BatchPlanned, plan_a_batch
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.hub.services.stated import Asked
from clary.kernel.settings import read
from tests.sites import connectwise_site

T = TypeVar("T")

APP, COMPANY, NUMBER = "psa", "books", "BENCH-I"
WORDS: Sequence[KindName] = ("invoices",)
SITE = {"company": "demo", "client_id": "bench", "public_key": "public"}

PLAN_WAITS = "plan: waiting for the site"
PLAN: Mapping[str, Sequence[str]] = {
    PLAN_WAITS: ("apps/connectwise/transport.py",),
    "plan: fetch and export": ("apps/connectwise/", "flows/batch/listing.py"),
    "plan: rehearsal": ("flows/rehearsal/rehearsal.py",),
    "plan: found in books or journal": ("flows/batch/recognising.py",),
    "plan: reading": ("flows/batch/reading", "flows/batch/fetching.py"),
    "plan: mapping": (
        *("flows/batch/documents_us.py", "flows/batch/drafts.py", "flows/batch/masters.py"),
        "flows/batch/directory.py",
    ),
    "plan: plan store": ("engine/plan_store.py:_add", "flows/batch/register.py"),
}
"""The stages of planning; what is left is the planner itself and opening both sides."""

RUN: Mapping[str, Sequence[str]] = {
    "run: still waiting in ConnectWise": ("flows/batch/freshness.py",),
    "run: batch create": ("apps/connectwise/", "flows/batch/finishing.py"),
    "run: apply, company": ("companies/",),
    "run: apply, plan and journal": ("engine/plan_store.py", "engine/journal.py", "store/"),
    "run: apply, executor": ("engine/",),
    "run: how it ended": ("flows/batch/register.py", "hub/services/batch_running.py"),
}
VERIFY: Mapping[str, Sequence[str]] = {
    "verify: waiting for the site": ("apps/connectwise/transport.py",),
    "verify": ("",),
}


@dataclass(slots=True)
class Round:
    """What one round came to.

    Attributes:
        rates: documents per second, by what was measured.
        stages: seconds of each stage.
    """

    rates: dict[str, float] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)


def prepare(folder: Path, invoices: int) -> None:
    """Make the site and the company that every round starts from."""
    with connectwise_site(folder, "--invoices", str(invoices)), _installation(folder) as made:
        create_sandbox(made, NewSandbox(COMPANY, "us", seed="demo"))


def exports(installation: Installation) -> list[bytes]:
    """Return every invoice that waits as the answers to its exports, as they come."""
    with opened_site(installation, APP) as site:
        rows = site.accounting.unposted_invoices()
        ids = [row.billing_log_id for row in rows if row.billing_log_id is not None]
        pieces = (ids[start : start + PIECE] for start in range(0, len(ids), PIECE))
        bodies = (ExportRequest(WORDS, invoices=piece).as_body() for piece in pieces)
        post = site.accounting.client.post
        return [encoded(post(f"{ROOT}/export", body, safe=True)) for body in bodies]


def measured(prepared: Path, folder: Path) -> Round:
    """Run one round in an empty folder: each measure next to what it is compared with."""
    done = Round()
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    with _opened(folder) as installation:
        planned, seconds = _staged(done, PLAN, lambda: _plan(installation))
        count = sum(planned.batches[0].counts.values())
        done.rates["plan"] = count / seconds
        done.rates["plan, site apart"] = count / (seconds - done.stages[PLAN_WAITS])
        done.rates["pydantic"] = pydantic_alone(exports(installation))
        done.rates["bulk"], _ = posting.bulk(folder, count)
        run, seconds = _staged(done, RUN, lambda: _run(installation, planned))
        done.rates["run"] = _applied(run) / seconds
        _, seconds = _staged(done, VERIFY, lambda: _verify(installation))
        done.rates["verify"] = count / seconds
    return done


def pydantic_alone(contents: Sequence[bytes]) -> float:
    """Return documents per second of parsing exports and writing them again, and no more."""
    GLExport.model_validate_json(contents[0])  # its validator is made at first use
    started = time.perf_counter()
    count = 0
    for content in contents:
        export = GLExport.model_validate_json(content)
        export.model_dump_json(by_alias=True)
        count += len(export.transactions or ())
    return count / (time.perf_counter() - started)


def memory(prepared: Path) -> dict[str, float]:
    """Return the most memory that a process has held after plan, run and verification, in MB.

    The prepared folder is used up.
    """
    command = [sys.executable, "-m", "bench.batch", str(prepared)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _staged(
    done: Round, stages: Mapping[str, Sequence[str]], work: Callable[[], T]
) -> tuple[T, float]:
    """Return what work gives and its seconds; note those of its stages."""
    watch = Stages(stages)
    started = time.perf_counter()
    with watch.measured():
        made = work()
    seconds = time.perf_counter() - started
    done.stages.update(watch.seconds)
    return made, seconds


def _plan(installation: Installation) -> BatchPlanned:
    asked = BatchAsked(number=NUMBER, kinds=frozenset({Kind.INVOICE}))
    return plan_a_batch(installation, APP, COMPANY, asked)


def _run(installation: Installation, planned: BatchPlanned) -> BatchRun:
    """Post the good documents: the seed has some that cannot be posted, on purpose."""
    plan = planned.plan.plan.id
    return run_a_batch(installation, plan, Applying(), good_only=True, verify=False)


def _applied(run: BatchRun) -> int:
    if run.run is None or run.run.run.pending or run.run.run.failed:
        message = f"the run did not end well: {run.ended}"
        raise RuntimeError(message)
    return run.run.run.applied


def _verify(installation: Installation) -> None:
    if not verify_a_batch(installation, APP, COMPANY, NUMBER).ok:
        message = "the books do not agree with the batch"
        raise RuntimeError(message)


def _installation(folder: Path) -> Installation:
    return Installation(read({"CLARY_HOME": str(folder / "home"), "CLARY_SECRETS": "file"}))


@contextmanager
def _opened(folder: Path) -> Iterator[Installation]:
    """Serve the site of a folder, and give its installation, connected to it."""
    with connectwise_site(folder) as site, _installation(folder) as installation:
        stated = [*{**SITE, "site": site.url}.items()]
        add_app(installation, APP, "connectwise", Asked(stated, [("private_key", "private")]))
        yield installation


def _most_memory() -> float:
    """Return the most memory that this process has held, in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _print_memory(prepared: Path) -> None:
    found = {}
    with _opened(prepared) as installation:
        planned = _plan(installation)
        found["plan"] = _most_memory()
        _applied(_run(installation, planned))
        found["run"] = _most_memory()
        _verify(installation)
        found["verify"] = _most_memory()
    print(json.dumps(found))


if __name__ == "__main__":
    _print_memory(Path(sys.argv[1]))
