#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "job/detail/command_keys.hpp"
#include "job/detail/key.hpp"
#include "job/detail/layer.hpp"
#include "job/detail/space_change.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {

core::Place place_of(const Job& job, std::string_view path) {
  while (true) {
    if (const auto found = job.places.find(path); found != job.places.end()) return found->second;
    const auto dot = path.rfind('.');
    if (dot == std::string_view::npos) break;
    path = path.substr(0, dot);
  }
  return core::Place{.file = job.file.string(), .line = 0, .column = 0, .text = {}};
}

namespace {

[[noreturn]] void reject(const Job& job, std::string_view path, std::string message,
                         std::string hint) {
  throw core::Error{core::ErrorKind::bad_input, place_of(job, path), std::move(message),
                    std::move(hint)};
}

void check_mandatory(const Job& job) {
  for (const Key& key : all_keys()) {
    if (!key.info.default_text.empty()) continue;
    if (key.info.section == "trainset" && !has_trainset(job)) continue;
    const std::string path = path_of(key.info);
    if (job.places.contains(path)) continue;
    reject(job, path, fmt::format("the mandatory key '{}' is missing", path),
           fmt::format("below [{}] write '{} = ...': {}", key.info.section, key.info.key,
                       key.info.help));
  }
}

void check_fields(const Job& job) {
  const std::vector<std::string>& inputs = job.trainset.inputs;
  for (auto input = inputs.begin(); input != inputs.end(); ++input) {
    if (*input == job.trainset.label) {
      reject(job, "trainset.input", fmt::format("field '{}' is input and label at once", *input),
             "a program that sees the answer has nothing to learn: name another field");
    }
    if (std::find(inputs.begin(), input, *input) != input) {
      reject(job, "trainset.input", fmt::format("field '{}' is named twice", *input), {});
    }
  }
}

void check_shares(const Job& job) {
  const double sum = job.split.train + job.split.validation + job.split.test;
  if (std::fabs(sum - 1) <= 1e-9) return;
  const std::string_view shown =
      job.places.contains("trainset.split") ? "trainset.split" : "trainset";
  reject(job, shown,
         fmt::format("the shares train = {}, validation = {} and test = {} add up to {}, not 1",
                     job.split.train, job.split.validation, job.split.test, sum),
         "give all three; shares left out have their defaults 0.5, 0.25 and 0.25");
}

void check_racing(const Job& job) {
  const optimize::TrajectoryOptions& options = job.trajectory;
  using optimize::Racing;
  if (options.race.racing == Racing::none || options.race.racing == Racing::asha) return;
  const std::uint64_t heats = optimize::proposes_by_heats(job.strategy.kind) ? 1 : 2;
  const std::uint64_t least = heats * options.race.heat;
  if (options.lookahead >= least) return;
  const bool is_given = job.places.contains("strategy.lookahead");
  reject(job, is_given ? "strategy.lookahead" : "strategy.heat",
         fmt::format("lookahead = {} is less than {}heat = {}, so slots would wait for the "
                     "last cells of each heat",
                     options.lookahead, heats == 1 ? "" : "twice ", options.race.heat),
         fmt::format("set lookahead = {} or more, or racing = \"none\"", least));
}

void check_workers(const Job& job) {
  const ExecutionOptions& execution = job.execution;
  if (!execution.max_workers || *execution.max_workers >= execution.min_workers_per_node) return;
  const bool is_given = job.places.contains("execution.min_workers_per_node");
  reject(job, is_given ? "execution.min_workers_per_node" : "execution.max_workers",
         fmt::format("min_workers_per_node = {} is more than max_workers = {} allows in all",
                     execution.min_workers_per_node, *execution.max_workers),
         "lower the minimum or raise the maximum");
}

void check_plugin(const Job& job) {
  const bool is_plugin = job.program.kind == "plugin";
  const bool is_given = job.places.contains("program.plugin");
  if (is_plugin && !is_given)
    reject(job, "program.kind", "the mandatory key 'program.plugin' is missing",
           "below [program] write plugin = \"FILE.so\": the shared library");
}

void check_isolation(const Job& job) {
  if (job.program.isolate.value_or(true)) return;
  if (is_command(job))
    reject(job, "program.isolate", "a command always runs in a process of its own",
           "remove isolate = false");
  if (job.program.cell_timeout > core::Duration{0})
    reject(job, "program.cell_timeout",
           "only an evaluation in a process of its own can be ended, and isolate = false",
           "remove one of the two");
}

/// Stages fit together and to the trainset's fields.
void check_lm(const Job& job) {
  if (job.program.kind != "lm") return;
  try {
    programs::check_lm_stages(job.program.lm, job.trainset.inputs, job.trainset.label);
  } catch (const core::Error& error) {
    reject(job, "program.stages", error.what(), error.hint());
  }
}

/// How texts are written is for language-model programs to say, whatever the strategy.
void check_writer(const Job& job) {
  if (job.program.kind == "lm") return;
  for (const std::string_view path :
       {"program.writer_model", "program.writer_temperature", "program.writer_max_tokens"})
    if (job.places.contains(path))
      reject(job, path,
             fmt::format("'{}' means nothing with kind = \"{}\"", path.substr(path.find('.') + 1),
                         job.program.kind),
             "remove it, or set kind = \"lm\"");
}

/// Of the sources of values the later ones go before the earlier.
int rank_of_source(const Job& job, std::string_view path) {
  const auto found = job.places.find(path);
  if (found == job.places.end()) return 0;
  const std::string& file = found->second.file;
  return file == "command line" ? 3 : file.starts_with("environment variable") ? 2 : 1;
}

/// A key that is given, but means nothing with the others as they are. Left alone is what belongs
/// to something that is switched off ("none") and what the file says beside a kind that was
/// replaced from outside: it is meant for the file's own kind.
void check_scopes(const Job& job) {
  for (const Key& key : all_keys()) {
    const std::string path = path_of(key.info);
    if (!job.places.contains(path) || applies(job, key.info)) continue;
    const KeyScope& scope = key.info.only_with.front();
    if (rank_of_source(job, scope.key) > rank_of_source(job, path)) continue;
    const Key* other = find_key(scope.key);
    const std::string_view first = scope.values.substr(0, scope.values.find(' '));
    const bool is_near = other->info.section == key.info.section;
    const std::string_view name = is_near ? other->info.key : scope.key;
    const std::string value = shown(job, *other);
    if (value == toml_text(std::string_view{"none"})) continue;
    reject(job, path,
           value.empty()
               ? fmt::format("'{}' means nothing without {}", key.info.key, name)
               : fmt::format("'{}' means nothing with {} = {}", key.info.key, name, value),
           other->info.type == list_of_names
               ? fmt::format("remove it, or set {} = [\"{}\"]", name, first)
               : fmt::format("remove it, or set {} = \"{}\"", name, first));
  }
}

}  // namespace

void check_job(const Job& job) {
  check_mandatory(job);
  check_scopes(job);
  check_writer(job);
  check_fields(job);
  check_shares(job);
  check_racing(job);
  check_workers(job);
  check_isolation(job);
  check_plugin(job);
  check_command(job);
  check_metric(job);
  check_lm(job);
  check_objectives(job);
}

}  // namespace foundation::job::detail
