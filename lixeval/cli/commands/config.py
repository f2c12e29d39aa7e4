"""`lixeval config show [NAME]`: the settings in force, as `nix config show` prints them."""

from __future__ import annotations

from lixeval.cli.subcommand import read
from lixeval.environment.setting_table import SETTINGS
from lixeval.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.configuration import Configuration
    from lixeval.environment.setting_table import Setting


def show(arguments: list[str]) -> int:
    """All settings, or the value of one."""
    line = read("config show", arguments)
    settings = line.options.settings
    if len(line.words) > 1:
        raise UsageError(f"unexpected argument '{line.words[1]}'", hint="lixeval config show --help")
    if line.words:
        name = line.words[0]
        if name not in settings.known:
            from difflib import get_close_matches

            near = get_close_matches(name, settings.known, 1)
            raise UsageError(f"could not find setting '{name}'", hint=f"did you mean '{near[0]}'?" if near else None)
        print(_shown(settings, settings.known[name]))
        return 0
    if "json" in line.flags:
        import json

        found = {setting.name: _as_json(settings, setting) for setting in SETTINGS}
        print(json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
        return 0
    for setting in sorted(SETTINGS, key=lambda one: one.name):
        print(f"{setting.name} = {_shown(settings, setting)}")
    return 0


def _shown(settings: Configuration, setting: Setting) -> str:
    """The value as nix.conf would have it; of what depends on the machine the value that is used."""
    if not settings.is_set(setting.name):
        known = _of_machine(setting.name)
        if known is not None:
            return known
    return settings.shown(setting.name)


def _of_machine(name: str) -> str | None:
    if name == "system":
        from lixeval.system.machines import current_system

        return current_system()
    if name == "system-features":
        from lixeval.build.settings import default_features

        return " ".join(sorted(default_features()))
    return None


def _as_json(settings: Configuration, setting: Setting) -> dict[str, object]:
    return {
        "aliases": list(setting.aliases),
        "defaultValue": setting.default,
        "description": setting.help,
        "value": _plain(settings, setting),
    }


def _plain(settings: Configuration, setting: Setting) -> object:
    value = settings[setting.name]
    if isinstance(value, tuple):
        if setting.kind == "map":
            return dict(word.split("=", 1) for word in value if "=" in word)
        return list(value)
    return _shown(settings, setting) if isinstance(value, str) else value
