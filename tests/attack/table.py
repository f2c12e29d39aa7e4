"""All attempts in one table: by which door, what, by what it is known, what must happen, and which test carries it out.

    python -m tests.attack [WORD ...]     prints it, or the rows that have all of the words

Each door's attempts stay in a module of their own (`*_attempts`), in the shape that its test needs; here they are
brought into one shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tests.attack import (
    builtin_attempts,
    cache_attempts,
    code_attempts,
    daemon_attempts,
    download_attempts,
    evaluation_attempts,
    git_attempts,
    image_attempts,
    kept_attempts,
    lock_attempts,
    nar_attempts,
    program_attempts,
    serve_attempts,
    setting_attempts,
    store_url_attempts,
    tarball_attempts,
    teaching_attempts,
    terminal_attempts,
    test_downloads,
    test_written,
    use_attempts,
)
from tests.attack.tar_attempts import HEADERS

HARMLESS = "nothing outside is reached"
REFUSED = "refused"


class Row(NamedTuple):
    """One attempt.  `advisory` is empty where it has no number; `test` is FILE::FUNCTION in tests/attack."""

    door: str
    what: str
    must: str
    advisory: str
    test: str


def _must(said: str | None) -> str:
    return HARMLESS if said is None or said == "harmless" else f"{REFUSED}: {said}" if said else REFUSED


def _evaluation() -> Iterator[Row]:
    for one in evaluation_attempts.ATTEMPTS:
        for mode, must in ("restricted", one.restricted), ("pure", one.pure):
            said = (
                f"{REFUSED}: {must}" if must in (evaluation_attempts.FORBIDDEN, evaluation_attempts.REFUSED) else must
            )
            yield Row(f"{mode} evaluation", one.name, said, "", f"test_evaluation.py::test_{mode}")


def _builders() -> Iterator[Row]:
    for inside in builtin_attempts.ATTEMPTS:
        what = f"{inside.builder}: {inside.name}"
        yield Row("builder inside", what, _must(inside.refused), "CVE-2024-51481", "test_builders.py::test_attempts")
    for program in program_attempts.ATTEMPTS:
        yield Row("builder", program.name, _must(program.refused), program.advisory, "test_programs.py::test_attempts")

    for handed in program_attempts.HANDED:
        test = "test_programs.py::test_an_output_that_is_held_open_outside"
        yield Row("builder of a fixed output", f"hands out {handed.name}", "what is kept stays", "CVE-2024-27297", test)
    for what, must, advisory, function in (
        ("hands out a folder", "what is kept stays", "CVE-2024-27297", "test_a_folder_that_is_held_open_outside"),
        ("hands it to another", "what is kept stays", "CVE-2024-27297", "test_two_that_hand_one_another_their_outputs"),
        ("abstract sockets, with pasta", HARMLESS, "", "test_a_fixed_output_sees_no_abstract_socket_of_the_machine"),
        ("abstract sockets, without", HARMLESS, "", "test_the_machines_network_has_no_abstract_sockets"),
        ("links to be followed", "copied as links", "CVE-2026-39860", "test_copies_follow_no_link"),
    ):
        yield Row("builder of a fixed output", what, must, advisory, f"test_programs.py::{function}")
    for what, advisory, function in (
        ("an output, held open without a sandbox", "", "test_an_output_held_open_where_there_is_no_sandbox"),
        ("its folder, by others", "CVE-2024-38531", "test_the_folder_of_a_build_is_closed_to_others"),
        ("a lease on an output, or on a source", "", "test_a_lease_keeps_nobody_waiting"),
        ("a failed build, kept", "CVE-2025-52992, CVE-2025-52993", "test_a_failed_build_that_is_kept"),
    ):
        yield Row("builder", what, HARMLESS, advisory, f"test_programs.py::{function}")


def _git() -> Iterator[Row]:
    for tree in git_attempts.TREES:
        test = "test_git.py::test_a_tree_that_fsck_refuses_is_refused"
        yield Row("git tree", tree.name, _must(tree.must), tree.cve, test)
    for one in git_attempts.CONFIGURATIONS:
        test = "test_git.py::test_nothing_of_a_repository_runs"
        yield Row("git repository", f"{one.name}, by {one.door}", _must(one.must), one.cve, test)
    for name in git_attempts.OWN_FOLDERS:
        test = "test_git.py::test_nothing_of_a_repository_runs_in_the_users_folder"
        for command in git_attempts.OWN_FOLDER_COMMANDS:
            yield Row("git repository", f"{name}, by {' '.join(command[:2])}", HARMLESS, "", test)
    for variable in git_attempts.ENVIRONMENTS:
        yield Row("git variable", variable, HARMLESS, "", "test_git.py::test_no_variable_of_git_is_inherited")
    test = "test_git.py::test_a_server_that_keeps_silent_is_given_up"
    yield Row("git server", "keeps silent", "it is given up after a minute", "", test)
    test = "test_git.py::test_what_a_server_says_is_no_terminal_control"
    yield Row("git server", "orders to the terminal", "shown as what they are", "CVE-2024-52005", test)
    for name, cve, _, must in git_attempts.URLS:
        yield Row("git URL", name, _must(must), cve, "test_git.py::test_a_url_is_no_option_and_no_program")
    for name, cve, _, must in git_attempts.SUBMODULES:
        yield Row("git submodule", name, _must(must), cve, "test_git.py::test_gitmodules_lead_nowhere_else")


def _archives() -> Iterator[Row]:
    for tar in tarball_attempts.ATTEMPTS:
        test = "test_tarballs.py::test_a_tarball_stays_where_it_is_unpacked"
        yield Row("tarball", tar.name, _must(tar.must), tar.cve, test)
    test = "test_tarballs.py::test_the_size_of_an_extended_header_counts"
    yield Row("tarball", "two sizes of one member", HARMLESS, "CVE-2025-62518", test)
    for name, cve, _, _, must in tarball_attempts.ZIPPED:
        yield Row("zip file", name, _must(must), cve, "test_tarballs.py::test_a_zip_file_stays_where_it_is_unpacked")
    for one in nar_attempts.ATTEMPTS:
        yield Row("NAR", one.name, _must(one.must), one.advisory, "test_nars.py::test_attempts")
    yield Row("NAR", "100,000 folders in one another", REFUSED, "CVE-2026-44028", "test_nars.py::test_depth")
    yield Row("NAR", "lengths up to 2^64", REFUSED, "CVE-2026-44028", "test_nars.py::test_absurd_lengths")


def _kept() -> Iterator[Row]:
    for one in kept_attempts.ATTEMPTS:
        must = "it is evaluated again, nothing outside is reached"
        yield Row(
            "what is kept of a library",
            one.name,
            must,
            "",
            "test_kept.py::test_what_is_not_as_it_was_left_is_evaluated",
        )

    for answer in kept_attempts.ON_DISK:
        must = "it is asked for again"
        yield Row("what is kept of a cache", answer.name, must, "", "test_kept.py::test_what_is_remembered_of_a_cache")

    door, must = "code that is kept together", "it is compiled again, nothing outside is reached"
    for code in code_attempts.ATTEMPTS:
        yield Row(door, code.name, must, "", "test_code.py::test_packs")
    for event in code_attempts.MEANWHILE:
        test = "test_code.py::test_a_pack_that_changes_while_it_is_in_use"
        yield Row(door, f"{event.name} while it is in use", must, "", test)
    for end in code_attempts.WRITES:
        must = "the next run finds all or nothing, and keeps it again"
        yield Row(door, f"who writes it {end}", must, "", "test_code.py::test_who_writes_a_pack")
    yield Row(door, "several write at once", "each has its answer", "", "test_code.py::test_several_that_write_at_once")


def _caches() -> Iterator[Row]:
    for one in cache_attempts.ATTEMPTS:
        yield Row("binary cache", one.name, _must(one.refused), "", "test_caches.py::test_a_cache_gets_nothing_in")
    for path in serve_attempts.PATHS:
        yield Row("store that is served", path[:60], REFUSED, "", "test_serving.py::test_paths")
    for name in serve_attempts.REQUESTS:
        yield Row("store that is served", name, HARMLESS, "", "test_serving.py::test_requests")


def _images() -> Iterator[Row]:
    for attempts, test in (
        (image_attempts.TARS, "test_archives"),
        (image_attempts.PACKED, "test_packed_layers"),
        (image_attempts.LAYOUTS, "test_layouts"),
        (image_attempts.WRITTEN, "test_layouts_that_are_written_to"),
        (image_attempts.REGISTRY, "test_registries"),
        (image_attempts.LAYER_PATHS, "test_layer_paths"),
    ):
        for one in attempts:
            yield Row(one.door, one.name, _must(one.must), one.cve, f"test_images.py::{test}")
    for name in HEADERS:
        for door in "archive", "layer", "packed layer":
            yield Row(door, name, "refused, or nothing outside is reached", "", "test_images.py::test_headers")
    for odd in image_attempts.ODD:
        test = "test_images.py::test_members_of_a_base_image"
        yield Row("image.json", f"each member is {odd[:60]}", "refused, or an image", "", test)
    for whiteout, told in image_attempts.WHITEOUTS:
        must = told or "taken away from layers below alone"
        yield Row("layer", f"a member called {whiteout}", must, "", "test_images.py::test_whiteouts")
    for config in image_attempts.CONFIGS:
        yield Row("image config", config, "refused, or nothing of it", "", "test_images.py::test_configs")
    for target in image_attempts.LEADING:
        test = "test_images.py::test_where_answers_lead"
        yield Row("registry", f"leads to {target}", REFUSED, "", test)
    for destination in image_attempts.DESTINATIONS:
        yield Row("destination", destination, REFUSED, "", "test_images.py::test_destinations")


def _terminal() -> Iterator[Row]:
    for order in terminal_attempts.ORDERS:
        yield Row("terminal", ascii(order), "shown as what it is", "", "test_terminal.py::test_orders_are_shown")
    for result in terminal_attempts.RESULTS:
        yield Row(
            "terminal",
            f"{result}, as a result",
            "shown as what it is",
            "",
            "test_terminal.py::test_results_on_a_terminal",
        )


def _daemons() -> Iterator[Row]:
    for client in daemon_attempts.BY_CLIENTS:
        yield Row("client of our daemon", client.name, REFUSED, "", "test_daemons.py::test_a_client_gets_nothing_in")
    for daemon in daemon_attempts.BY_DAEMONS:
        yield Row("daemon", daemon.name, REFUSED, "", "test_daemons.py::test_a_daemon_gets_nothing_in")


def _teaching() -> Iterator[Row]:
    for lesson in teaching_attempts.LESSONS:
        yield Row("exercise file", lesson.name, HARMLESS, "", "test_teaching.py::test_lessons")
    yield Row("exercise file", "a link beside it, out of the course", "not copied", "", "test_teaching.py::test_links")
    for message in teaching_attempts.MESSAGES:
        yield Row("debug adapter", message.name, "the session ends with a word", "", "test_teaching.py::test_messages")
    for program in teaching_attempts.PROGRAMS:
        yield Row("page of a run", program.name, "nothing of it is markup", "", "test_teaching.py::test_pages")

    for launched in teaching_attempts.LAUNCHED:
        yield Row("debug adapter", f"launches {launched!a}", "an answer", "", "test_teaching.py::test_launched")
    for command, arguments in teaching_attempts.REQUESTS:
        yield Row("debug adapter", f"{command} {arguments!a}", "an answer", "", "test_teaching.py::test_requests")
    for cell in teaching_attempts.CELLS:
        yield Row("notebook", cell.name, "an answer or an error, as what it is", "", "test_teaching.py::test_cells")
    for name, _, said in teaching_attempts.PERMALINKS:
        must = f"{REFUSED}: {said}" if said is not None else "nothing is opened"
        yield Row("link to a program", name, must, "", "test_teaching.py::test_permalinks")
    for place in teaching_attempts.COURSE_LINKS:
        test = "test_teaching.py::test_a_site_holds_nothing_from_outside_of_a_course"
        yield Row("course of a site", f"{place} leads to a file of the user's", "it is left out", "", test)
    for target in teaching_attempts.EXERCISE_LINKS:
        test = "test_teaching.py::test_an_exercise_is_a_file_of_its_course"
        yield Row("exercise file", f"it is {target}, or leads there", REFUSED, "", test)


def _use() -> Iterator[Row]:
    for use in use_attempts.USES:
        for command in "run", "shell", "develop", "print-dev-env":
            must = f"{REFUSED}: {use.must}" if command == "run" else REFUSED
            yield Row(f"package that is used by {command}", use.name, must, "", "test_use.py::test_packages")
    for word in use_attempts.PROPAGATED:
        test = "test_use.py::test_what_is_installed_with_a_package"
        yield Row("package that is used by shell", f"installs {ascii(word)[:60]} with it", REFUSED, "", test)
    for target in use_attempts.INSTALLED_LINKS:
        test = "test_use.py::test_what_is_installed_is_in_a_file"
        yield Row("package that is used by shell", f"says it in {target}", "nothing is installed", "", test)
    for records in use_attempts.RECORDS:
        yield Row("package that is used by develop", records.name, REFUSED, "", "test_use.py::test_environments")


def _servers() -> Iterator[Row]:
    for place in test_downloads.ELSEWHERE:
        test = "test_downloads.py::test_passwords_go_to_their_host_alone"
        yield Row("server", f"leads to {place}", "no password goes there", "", test)
    for answer in download_attempts.ANSWERS:
        yield Row(
            "server", f"sends {answer.name}", _must(answer.must), answer.advisory, "test_downloads.py::test_answers"
        )
    for place in test_downloads.NOWHERE:
        yield Row("server", f"leads to {place}", REFUSED, "", "test_downloads.py::test_a_location_that_is_none")


def _settings() -> Iterator[Row]:
    for one in setting_attempts.ATTEMPTS:
        yield Row("nix.conf", one.name, _must(one.must), "", "test_settings.py::test_configuration_files")
    for entry in setting_attempts.SEARCH_PATHS:
        yield Row("search path", ascii(entry)[:60], REFUSED, "", "test_settings.py::test_search_paths")
    for url in store_url_attempts.ATTEMPTS:
        must = "ssh is told of it as one word" if url.refused is None else _must(url.refused)
        yield Row("URL of a store", url.name, must, url.advisory, "test_store_urls.py::test_urls")


def _written() -> Iterator[Row]:
    for name in (*test_written.TAKEN, *test_written.NOWHERE):
        yield Row("name that is written to", f"--write-to {name[:40]}", REFUSED, "", "test_written.py::test_values")
    for value, said in test_written.SETS:
        yield Row("name that is written to", value, _must(said), "", "test_written.py::test_sets")
    for name in test_written.TAKEN:
        yield Row("name that is written to", f"--out-link {name}", REFUSED, "", "test_written.py::test_links")


def _locks() -> Iterator[Row]:
    for name, _, said in lock_attempts.FLAKES:
        yield Row("URL of a flake", name, _must(said), "", "test_locks.py::test_flakes")
    for lock in lock_attempts.ATTEMPTS:
        yield Row("lock file", lock.name, _must(lock.must), "", "test_locks.py::test_lock_files")
    for template in lock_attempts.TEMPLATES:
        yield Row("template of a flake", template.name, _must(template.must), "", "test_locks.py::test_templates")
    for registry in lock_attempts.REGISTRIES:
        yield Row("registry of flakes", registry.name, _must(registry.must), "", "test_locks.py::test_registries")


def table() -> list[Row]:
    """Every attempt, door by door."""
    parts: Iterable[Iterator[Row]] = (
        _evaluation(),
        _builders(),
        _git(),
        _archives(),
        _caches(),
        _kept(),
        _images(),
        _terminal(),
        _daemons(),
        _teaching(),
        _use(),
        _locks(),
        _settings(),
        _written(),
        _servers(),
    )
    return [row for part in parts for row in part]
