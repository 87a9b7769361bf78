"""`clary demo`: the main jobs on a small world, told so that a bookkeeper can follow."""

from __future__ import annotations

import click

from clary.cli.frame import Command, Face, common_options, example, pass_face
from clary.kernel.exit_codes import ExitCode


@click.command("demo", cls=Command)
@click.option("--once", is_flag=True, help="Do the main jobs once and end (so far the only way).")
@pass_face
@example("clary demo")
def demo(face: Face, once: bool) -> None:
    """Show the main jobs on a world of its own.

    Makes a US and a UK company with two years of documents, posts to each, sends the same
    once more, takes it back and checks the books. Then a sandbox ConnectWise site joins
    in: a batch of every kind goes into the US company, is run again, receipts go back as
    payments, and one invoice is taken out again. At last a program with an API key pushes
    a supplier and its bill to the UK company, over HTTP. Nothing of yours is touched.
    """
    from clary.cli.show_demo import show_report
    from clary.demo.once import run_once
    from clary.kernel.settings import read

    del once  # until there are pages to look at, every demo ends by itself
    report = run_once(read(), lambda text: None if face.json else face.note(f"{text} …"))
    face.answer(report.as_dict(), lambda out: show_report(out, report))
    click.get_current_context().exit(ExitCode.OK if report.ok else ExitCode.UNEXPECTED)


demo.params.extend(common_options(writes=False))
