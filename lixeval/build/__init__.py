"""From derivations to outputs.

wanted outputs -> plan -> scheduler -> one process a build -> outputs checked, hashed, registered

realise                what is wanted made valid; who watches
results                where it is, or what failed
by_daemon              the same in a daemon's store: the daemon builds, but for what only lixeval can
for_clients            builds for the clients of a daemon of ours
plan                   what has to be built, in which order
task                   what a run of builds is given
scheduler              as many builds at once as allowed
preparation            what a build is given: its isolation, its inputs
running                what runs: logs and reports read, limits watched
machines, on_machine   remote builders: which one is taken, and a build there
processes, messages    one build in a process of its own, and what it tells
directories, users     where it happens, and as whom
environment, structured_attrs, export_references    what a builder is told
run_builder            a program in its sandbox, or a builtin by a call
sandbox                the ways to show a builder its inputs and nothing else
builders               the builders that run inside lixeval
outputs, output_checks    what it left, made into store paths
platforms              which builders can run here
fresh_copy             outputs that nobody else has ever had open
log, observer, settings    its log, its watchers, what the user may ask
shell_environment      what a builder has around it when it begins, for `lixeval develop`
"""
