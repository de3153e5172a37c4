#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "job/detail/command_keys.hpp"
#include "job/detail/key.hpp"
#include "job/detail/space_change.hpp"
#include "process/executable.hpp"
#include "programs/command_template.hpp"

namespace foundation::job {
namespace detail {
namespace {

namespace fs = std::filesystem;
using programs::AnswerKind;
using programs::CommandMode;
using programs::CommandOptions;

[[noreturn]] void reject(const Job& job, std::string_view path, std::string message,
                         std::string hint = {}) {
  throw core::Error{core::ErrorKind::bad_input, place_of(job, path), std::move(message),
                    std::move(hint)};
}

/// Runs `check`; what is wrong is placed at `path` of the job file.
template <class Check>
void placed(const Job& job, std::string_view path, const Check& check) {
  try {
    check();
  } catch (const core::Error& error) {
    reject(job, path, error.what(), error.hint());
  }
}

/// A key that is given, but means nothing with the others as they are.
void refuse(const Job& job, std::string_view path, std::string_view why, std::string hint = {}) {
  if (!job.places.contains(path)) return;
  const std::string_view key = path.substr(path.rfind('.') + 1);
  reject(job, path, fmt::format("'{}' means nothing {}", key, why),
         hint.empty() ? "remove it" : std::move(hint));
}

/// Declared parameters in a job of another kind.
void check_other_kind(const Job& job) {
  if (job.program.command.parameters.empty()) return;
  const std::string& name = job.program.command.parameters.front().name;
  reject(job, "program.parameters." + name,
         fmt::format("parameter '{}' is declared with a kind, but \"{}\" has parameters of its own",
                     name, job.program.kind),
         "leave out `kind`: low, high, choices and initial narrow what there is");
}

programs::TemplateNames names_of(const Job& job) {
  const CommandOptions& options = job.program.command;
  const bool is_one_shot = options.mode == CommandMode::one_shot;
  programs::TemplateNames names{
      .parameters = {},
      .fields = job.trainset.inputs,
      .parameters_vary = is_one_shot || options.restart == programs::Restart::candidate,
      .cells_vary = is_one_shot};
  for (const model::Parameter& parameter : options.parameters)
    names.parameters.push_back(parameter.name);
  return names;
}

void check_words(const Job& job) {
  if (job.command.empty())
    reject(job, "program.command", "kind = \"command\" needs the mandatory key 'command'",
           R"(below [program] write command = ["./solve", "--tol={tol}"])");
  const programs::TemplateNames names = names_of(job);
  for (std::size_t group = 1; group < job.command.size(); ++group) {
    placed(job, fmt::format("program.command.{}", group + 1), [&] {
      for (const std::string& word : job.command[group])
        static_cast<void>(programs::TemplateArgument{word, names});
    });
  }
}

void check_parameters(const Job& job) {
  if (!job.parameters.empty()) {
    const std::string& name = job.parameters.front().name;
    reject(job, "program.parameters." + name,
           fmt::format("parameter '{}' has no kind: a command has no parameters of its own", name),
           "declare it: {kind = \"real\", low = 0, high = 1}");
  }
  std::vector<model::Parameter> earlier;
  for (const model::Parameter& parameter : job.program.command.parameters) {
    earlier.push_back(parameter);
    placed(job, "program.parameters." + parameter.name,
           [&] { static_cast<void>(model::Space{earlier}); });
  }
}

bool stays_inside(const std::string& file) {
  const fs::path path = fs::path{file}.lexically_normal();
  return path.is_relative() && (path.empty() || *path.begin() != "..");
}

void check_answer(const Job& job) {
  const CommandOptions& options = job.program.command;
  const programs::AnswerOptions& answer = options.answer;
  if (options.mode == CommandMode::persistent) return;
  if (answer.kind == AnswerKind::regex && answer.pattern.empty())
    reject(job, "program.answer", "answer = \"regex\" needs 'answer_pattern'",
           "answer_pattern = \"cost: ([0-9.]+)\"");
  if (!stays_inside(answer.file))
    reject(job, "program.answer_file",
           fmt::format("'{}' leads out of the scratch folder, where the program runs", answer.file),
           "name a file that the program writes there");
  placed(job, "program.cost_pointer", [&] {
    if (!answer.cost_pointer.empty())
      programs::check_answer({.kind = AnswerKind::json, .pointer = answer.cost_pointer});
  });
  const std::string_view at =
      answer.kind == AnswerKind::regex ? "program.answer_pattern" : "program.answer_pointer";
  placed(job, at, [&] { programs::check_answer(answer); });
}

void check_judge(const Job& job) {
  const programs::JudgeOptions& judge = job.metric.judge;
  if (judge.criteria.empty())
    reject(job, "metric.kind", "the metric 'judge' needs the key 'criteria'",
           R"(below [metric] write criteria = "The answer is short and polite.")");
  if (judge.model.empty() && job.program.lm.model.empty())
    reject(job, "metric.kind", "the judge has no model", R"(below [metric] write model = "NAME")");
  if (job.program.lm.client.endpoints.empty())
    reject(job, "metric.kind", "the judge has nobody to ask",
           R"(below [[program.endpoints]] write url = "http://localhost:8080/v1")");
}

}  // namespace

void check_command(const Job& job) {
  if (!is_command(job)) return check_other_kind(job);
  check_parameters(job);
  check_words(job);
  check_answer(job);
}

void check_metric(const Job& job) {
  const programs::MetricOptions& metric = job.metric;
  if (job.penalty && job.places.contains("metric.timeout_value"))
    refuse(job, "metric.penalty", "beside timeout_value, which says what a timeout counts");
  if (job.penalty && (!is_command(job) || time_limit_of(job) == core::Duration{0}))
    refuse(job, "metric.penalty", "without a limit of [program.limits] on the time that is scored");
  if (metric.kind == "command" && job.metric_command.empty())
    reject(job, "metric.kind", "the metric 'command' needs the key 'command'",
           R"(below [metric] write command = ["./score"])");
  placed(job, "metric.pointer", [&] {
    if (metric.kind == "json_field") static_cast<void>(programs::make_metric(metric));
  });
  if (metric.kind == "plugin" && metric.plugin.empty())
    reject(job, "metric.kind", "the metric 'plugin' needs the key 'plugin'",
           R"(below [metric] write plugin = "FILE.so": the shared library)");
  if (metric.kind == "judge") check_judge(job);
  constexpr std::array<std::string_view, 4> without_labels{"value", "command", "plugin", "judge"};
  if (std::ranges::find(without_labels, metric.kind) == without_labels.end() && !has_trainset(job))
    reject(job, job.places.contains("metric.kind") ? "metric.kind" : "program.kind",
           fmt::format("the metric '{}' compares with labels, but there is no [trainset]",
                       metric.kind),
           "below [metric] write kind = \"value\": the answer is the score");
}

core::Duration time_limit_of(const Job& job) {
  const CommandOptions& options = job.program.command;
  if (options.answer.kind == AnswerKind::cpu_time && options.limits.cpu.count() > 0)
    return options.limits.cpu;
  return options.limits.wall;
}

void complete_command(Job& job) {
  const fs::path folder = fs::absolute(job.file).parent_path();
  CommandOptions& options = job.program.command;
  options.folder = (folder / options.folder).lexically_normal().string();
  if (options.folder.size() > 1 && options.folder.ends_with('/')) options.folder.pop_back();
  if (!has_trainset(job)) job.split = {.train = 0, .validation = 1, .test = 0, .stratify = false};
  if (!job.command.empty()) {
    options.executable = process::find_executable(job.command.front().front(), options.folder).path;
    options.arguments.assign(job.command.begin() + 1, job.command.end());
  }
  options.files.clear();
  for (const std::string& file : job.files)
    options.files.push_back((fs::path{options.folder} / file).lexically_normal().string());
  if (options.answer.kind == AnswerKind::exit_status &&
      !job.places.contains("program.exit_statuses"))
    options.exit_statuses.clear();
  if (job.penalty)
    job.metric.timeout_value = *job.penalty * static_cast<double>(time_limit_of(job).count()) / 1e9;
  job.metric.input_names = job.trainset.inputs;
  if (job.metric_command.empty()) return;
  job.metric.executable = process::find_executable(job.metric_command.front(), options.folder).path;
  job.metric.arguments.clear();
  for (std::size_t i = 1; i < job.metric_command.size(); ++i) {
    const programs::TemplateArgument argument{job.metric_command[i], {}};
    programs::TemplateValues values;
    values.folder = options.folder;
    job.metric.arguments.push_back(argument.expand(values));
  }
}

}  // namespace detail

void require_commands(const Job& job) {
  const auto require = [&](std::string_view path, const std::string& name) {
    const auto found = process::find_executable(name, job.program.command.folder);
    if (!found.path.empty()) return;
    detail::reject(job, path, fmt::format("the program '{}' {}", name, found.problem),
                   name.find('/') == std::string::npos
                       ? "a program in the job's folder is written \"./NAME\""
                       : fmt::format("relative paths start at '{}'", job.program.command.folder));
  };
  if (detail::is_command(job)) require("program.command.1", job.command.front().front());
  if (!job.metric_command.empty()) require("metric.command", job.metric_command.front());
  if (!detail::is_command(job)) return;
  for (const std::string& file : job.program.command.files) {
    if (std::error_code failed; detail::fs::is_regular_file(file, failed)) continue;
    detail::reject(job, "program.files", fmt::format("'{}' is no file that is there", file));
  }
}

}  // namespace foundation::job
