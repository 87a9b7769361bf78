"""`clary backup` and `clary restore`: the whole installation in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clary.cli.arguments import NEW_FILE, READABLE_FILE
from clary.cli.frame import Command, Face, common_options, example, pass_face

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.services.installation_backups import InstallationBackup


@click.command("backup", cls=Command)
@click.argument("file", type=NEW_FILE)
@pass_face
@example("clary backup clary-march.backup")
def backup(face: Face, file: Path, dry_run: bool) -> None:
    """Copy the installation to one file.

    It holds connections, plans, runs, the journal and the books of sandbox companies.
    Passwords in it stay encrypted; the key file is not in it, so keep that one apart.
    Work may go on meanwhile.
    """
    from clary.hub.services.installation_backups import backup_installation

    with face.installation() as installation:
        answer = backup_installation(installation, file, dry_run=dry_run)
    said = "Would back up" if dry_run else "Backed up"

    def show(out: Console) -> None:
        out.print(f"{said} the installation to {file}.", markup=False)
        _show_content(out, answer)
        if answer.key_file:
            what = f"Not in it: the key file {answer.key_file}. Keep a copy of it elsewhere;"
            out.print(f"{what} without it the passwords cannot be read.", markup=False)

    face.answer(answer.as_dict(), show)


@click.command("restore", cls=Command)
@click.argument("file", type=READABLE_FILE)
@click.option("--replace", is_flag=True, help="Replace what is there; it is backed up first.")
@click.option("--without-books", is_flag=True, help="Leave the books of sandbox companies alone.")
@pass_face
@example("clary restore clary-march.backup --replace")
def restore(face: Face, file: Path, replace: bool, without_books: bool, dry_run: bool) -> None:
    """Put a backup of the installation back.

    Into an empty installation, or with --replace in place of what is there. It also moves
    an installation to another database: name it with CLARY_DATABASE_URL. The file is
    checked as a whole before anything is changed.
    """
    from clary.hub.services.installation_backups import restore_installation

    with face.installation() as installation:
        if replace and not dry_run:
            face.agree(f"Replace everything in {installation.settings.home} by {file.name}?")
        answer = restore_installation(
            installation, file, replace=replace, with_books=not without_books, dry_run=dry_run
        )
    said = "Would restore" if dry_run else "Restored"

    def show(out: Console) -> None:
        out.print(f"{said} the installation as of {answer.made_at}.", markup=False)
        _show_content(out, answer)
        for line in answer.notes:
            out.print(line, markup=False)
        if answer.kept:
            out.print(f"What was there before is kept in {answer.kept}.", markup=False)
        if not answer.key_file:
            out.print("The key file is not in a backup: put it back from where you keep it.")

    face.answer(answer.as_dict(), show)


def _show_content(out: Console, answer: InstallationBackup) -> None:
    for book in answer.books:
        out.print(f"  books {book}", markup=False)
    for path in answer.left_out:
        out.print(f"  not in it, as they lie elsewhere: books {path}", markup=False)


backup.params.extend(common_options(writes=True))
restore.params.extend(common_options(writes=True))
