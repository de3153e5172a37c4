#include <algorithm>
#include <array>
#include <limits>

#include "job/detail/command_keys.hpp"
#include "job/detail/key_values.hpp"

namespace foundation::job::detail {
namespace {

constexpr std::array<std::string_view, 2> modes{"one_shot", "persistent"};
constexpr std::array<std::string_view, 6> answers{"text", "exit_status", "regex",
                                                  "json", "wall_time",   "cpu_time"};
constexpr std::array<std::string_view, 2> restarts{"never", "candidate"};
constexpr std::array<std::string_view, 2> excesses{"end", "drop"};

/// `"none"` for what has no limit.
core::Duration limit_of_time(const Reading& value) {
  return value.is_word("none") ? core::Duration{0} : value.duration(shortest);
}
std::string show_limit(core::Duration limit) {
  return limit == core::Duration{0} ? toml_text(std::string_view{"none"}) : toml_text(limit);
}
std::uint64_t limit_of_size(const Reading& value) {
  return value.is_word("none") ? 0 : value.size();
}
std::string show_limit(std::uint64_t limit) {
  return limit == 0 ? toml_text(std::string_view{"none"}) : toml_text(limit);
}

constexpr Key table[] = {
    {{"program", "command", "list", "\"none\"", steers,
      "mandatory; the executable (found by PATH, or with a slash from "
      "`folder`) and its arguments, with placeholders. A list in the list is left out as a whole.",
      only_with("program.kind", "command")},
     assign_command,
     show_command},
    {{"program", "mode", "string", "\"one_shot\"", steers,
      "`one_shot`, a process for each evaluation; `persistent`, one process "
      "that answers requests in lines of JSON.",
      only_with("program.kind", "command")},
     [](Job& job, const Reading& value) {
       job.program.command.mode =
           static_cast<programs::CommandMode>(index_in(modes, value.one_of(modes)));
     },
     [](const Job& job) {
       return toml_text(modes[static_cast<std::size_t>(job.program.command.mode)]);
     }},
    {{"program", "folder", "path", "the job file's folder", carries,
      "what `{folder}` stands for, and where relative paths of executables "
      "and "
      "files start. Programs run elsewhere, in a scratch folder.",
      only_with("program.kind", "command")},
     [](Job& job, const Reading& value) { job.program.command.folder = path_text(value); },
     [](const Job& job) { return toml_text(job.program.command.folder); }},
    {{"program", "files", "list of paths", "[]", steers,
      "what the program consists of beside its executable and the files that "
      "its arguments name. What they contain is part of the job.",
      only_with("program.kind", "command")},
     [](Job& job, const Reading& value) { job.files = value.texts(); },
     [](const Job& job) { return toml_text(job.files); }},
    {{"program", "answer", "string", "\"text\"", steers,
      "what of a run is the answer: `text`, white space at its ends aside; "
      "`regex`; `json`; `exit_status`; `wall_time` or `cpu_time` in seconds.",
      only_with("program.mode", "one_shot")},
     [](Job& job, const Reading& value) {
       job.program.command.answer.kind =
           static_cast<programs::AnswerKind>(index_in(answers, value.one_of(answers)));
     },
     [](const Job& job) {
       const auto kind = static_cast<std::size_t>(job.program.command.answer.kind);
       return toml_text(answers[kind]);
     }},
    {{"program", "answer_file", "path", "stdout", steers,
      "the file the answer is read from, below the scratch folder; without it from stdout.",
      only_with("program.answer", "text regex json")},
     [](Job& job, const Reading& value) { job.program.command.answer.file = path_text(value); },
     [](const Job& job) {
       const std::string& file = job.program.command.answer.file;
       return file.empty() ? std::string{} : toml_text(file);
     }},
    {{"program", "answer_pattern", "string", "\"none\"", steers,
      "a POSIX extended regular expression. Of the last line with a match the last "
      "match counts: its first group, or all of it.",
      only_with("program.answer", "regex")},
     [](Job& job, const Reading& value) { job.program.command.answer.pattern = value.text(); },
     [](const Job& job) {
       const std::string& pattern = job.program.command.answer.pattern;
       return pattern.empty() ? std::string{} : toml_text(pattern);
     }},
    {{"program", "answer_pointer", "string", "the whole document", steers,
      "the place of the answer, a JSON pointer (`\"/result/score\"`).",
      only_with("program.answer", "json")},
     [](Job& job, const Reading& value) { job.program.command.answer.pointer = value.text(); },
     [](const Job& job) {
       const std::string& pointer = job.program.command.answer.pointer;
       return pointer.empty() ? std::string{} : toml_text(pointer);
     }},
    {{"program", "cost_pointer", "string", "\"none\"", steers,
      "the place of a number that the run has cost, a JSON pointer: an objective beside the score "
      "(section `objectives`).",
      only_with("program.answer", "json")},
     [](Job& job, const Reading& value) { job.program.command.answer.cost_pointer = value.text(); },
     [](const Job& job) {
       const std::string& pointer = job.program.command.answer.cost_pointer;
       return pointer.empty() ? std::string{} : toml_text(pointer);
     }},
    {{"program", "exit_statuses", "list of integers", "[0]", steers,
      "with another exit status the program has crashed; `any`, also the default "
      "for answer `exit_status`.",
      only_with("program.mode", "one_shot")},
     assign_exit_statuses,
     [](const Job& job) { return show_exit_statuses(job); }},
    {{"program", "restart", "string", "\"never\"", steers,
      "`candidate` starts the process anew for each candidate, `never` only "
      "when "
      "it has ended or broken the protocol.",
      only_with("program.mode", "persistent")},
     [](Job& job, const Reading& value) {
       job.program.command.restart =
           static_cast<programs::Restart>(index_in(restarts, value.one_of(restarts)));
     },
     [](const Job& job) {
       const auto restart = static_cast<std::size_t>(job.program.command.restart);
       return toml_text(restarts[restart]);
     }},

    {{"program.limits", "time", "duration", "\"1h\"", steers,
      "an evaluation that takes longer is ended, as "
      "`timeout`.",
      only_with("program.kind", "command")},
     [](Job& job, const Reading& value) { job.program.command.limits.wall = limit_of_time(value); },
     [](const Job& job) { return show_limit(job.program.command.limits.wall); }},
    {{"program.limits", "cpu_time", "duration", "\"none\"", steers,
      "CPU time of all its processes together; more is a `timeout`, too.",
      only_with("program.kind", "command")},
     [](Job& job, const Reading& value) { job.program.command.limits.cpu = limit_of_time(value); },
     [](const Job& job) { return show_limit(job.program.command.limits.cpu); }},
    {{"program.limits", "memory", "size", "\"none\"", steers,
      "resident memory of all its processes together, looked at every 20 ms; more is "
      "`out_of_memory`.",
      only_with("program.kind", "command")},
     [](Job& job, const Reading& value) {
       job.program.command.limits.memory_bytes = limit_of_size(value);
     },
     [](const Job& job) { return show_limit(job.program.command.limits.memory_bytes); }},
    {{"program.limits", "address_space", "size", "\"none\"", steers,
      "address space of each process (RLIMIT_AS): its allocations fail beyond.",
      only_with("program.kind", "command")},
     [](Job& job, const Reading& value) {
       job.program.command.limits.address_space_bytes = limit_of_size(value);
     },
     [](const Job& job) { return show_limit(job.program.command.limits.address_space_bytes); }},
    {{"program.limits", "processes", "integer", "512", steers,
      "processes at a time, looked at every 20 ms; with more it has `crashed`. `none`: no limit.",
      only_with("program.kind", "command")},
     [](Job& job, const Reading& value) {
       job.program.command.limits.processes = value.is_word("none") ? 0 : whole(value, 1);
     },
     [](const Job& job) {
       return show_limit(std::uint64_t{job.program.command.limits.processes});
     }},
    {{"program.limits", "file_size", "size", "\"none\"", steers,
      "of each file it writes; beyond it has `crashed`.", only_with("program.kind", "command")},
     [](Job& job, const Reading& value) {
       job.program.command.limits.file_bytes = limit_of_size(value);
     },
     [](const Job& job) { return show_limit(job.program.command.limits.file_bytes); }},
    {{"program.limits", "output", "size", "\"16MiB\"", steers,
      "what it may print to stdout. Of stderr the last 4 KiB are kept, whatever it prints.",
      only_with("program.kind", "command")},
     [](Job& job, const Reading& value) { job.program.command.limits.output_bytes = value.size(); },
     [](const Job& job) { return toml_text(job.program.command.limits.output_bytes); }},
    {{"program.limits", "too_much_output", "string", "\"end\"", steers,
      "`end`: it is ended, as `invalid_output`; `drop`: the rest is read and forgotten.",
      only_with("program.mode", "one_shot")},
     [](Job& job, const Reading& value) {
       job.program.command.limits.excess =
           static_cast<process::Excess>(index_in(excesses, value.one_of(excesses)));
     },
     [](const Job& job) {
       const auto excess = static_cast<std::size_t>(job.program.command.limits.excess);
       return toml_text(excesses[excess]);
     }},
    {{"program.limits", "grace", "duration", "\"1s\"", carries,
      "from SIGTERM to SIGKILL when its time is up.", only_with("program.kind", "command")},
     [](Job& job, const Reading& value) { job.program.command.limits.grace = value.duration(); },
     [](const Job& job) { return toml_text(job.program.command.limits.grace); }},

    {{"program.environment", "pass", "list of strings",
      "PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_*, TZ, LD_LIBRARY_PATH, PYTHONPATH, OMP_*",
      steers,
      "variables of this program's environment that it sees, `NAME` or "
      "`PREFIX*`; no others, TMPDIR excepted, which is a scratch folder.",
      only_with("program.kind", "command")},
     [](Job& job, const Reading& value) { job.program.command.passed = value.texts(); },
     [](const Job& job) { return toml_text(job.program.command.passed); }},
    {{"program.environment", "set", "table", "{}", steers, "further variables, `NAME = \"value\"`.",
      only_with("program.kind", "command")},
     assign_environment,
     show_environment},
};

}  // namespace

std::span<const Key> command_keys() noexcept { return table; }

}  // namespace foundation::job::detail
