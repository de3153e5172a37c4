#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "job/detail/command_keys.hpp"
#include "job/detail/key_values.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

using programs::DataFormat;

constexpr std::uint64_t largest_seed = std::numeric_limits<std::int64_t>::max();
constexpr std::array<std::string_view, 4> formats{"auto", "jsonl", "csv", "tsv"};
constexpr std::uint64_t most_trials = 10'000;  // report/run_view.cpp refuses more

/// The name becomes part of a folder's name.
std::string folder_name(const Reading& value) {
  std::string name = value.text();
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  if (name.empty() || name.size() > 64 || name.front() == '.' ||
      !std::ranges::all_of(name, allowed)) {
    value.reject(
        "names the run folder: letters, digits, '-', '_' and '.', at most 64, no '.' "
        "in front");
  }
  return name;
}

core::Duration to_duration(double seconds) { return core::Duration{std::llround(seconds * 1e9)}; }

constexpr std::string_view mandatory{};

constexpr Key table[] = {
    {{"job", "name", "string", "the job file's name", carries,
      "Begins the name of the run folder."},
     [](Job& job, const Reading& value) { job.name = folder_name(value); },
     [](const Job& job) { return toml_text(job.name); }},
    {{"job", "seed", "integer", "1", steers,
      "Seed of all random decisions: split, proposals, programs with noise."},
     [](Job& job, const Reading& value) { job.seed = value.whole(0, largest_seed); },
     [](const Job& job) { return toml_text(job.seed); }},
    {{"trainset", "file", "path", mandatory, carries,
      "The examples; a relative path starts at the job file's folder. What the file contains is "
      "part of the job, its name is not."},
     [](Job& job, const Reading& value) { job.trainset.file = path_text(value); },
     [](const Job& job) { return toml_text(job.trainset.file); }},
    {{"trainset", "format", "string", "\"auto\"", carries,
      "`jsonl`, `csv`, `tsv`, or `auto`: by the file name's ending."},
     [](Job& job, const Reading& value) {
       job.trainset.format = static_cast<DataFormat>(index_in(formats, value.one_of(formats)));
     },
     [](const Job& job) {
       return toml_text(formats[static_cast<std::size_t>(job.trainset.format)]);
     }},
    {{"trainset", "input", "string or list", mandatory, steers,
      "Field or fields the program sees."},
     [](Job& job, const Reading& value) {
       job.trainset.inputs = value.texts();
       if (job.trainset.inputs.empty()) value.reject("must name at least one field");
     },
     [](const Job& job) { return toml_text(job.trainset.inputs); }},
    {{"trainset", "label", "string", mandatory, steers,
      "Field with the right answer; `\"\"` for none."},
     [](Job& job, const Reading& value) { job.trainset.label = value.text(); },
     [](const Job& job) { return toml_text(job.trainset.label); }},
    {{"trainset", "weight", "string", "\"\"", steers,
      "Field with the example's weight; without one all weigh 1."},
     [](Job& job, const Reading& value) { job.trainset.weight = value.text(); },
     [](const Job& job) { return toml_text(job.trainset.weight); }},
    {{"trainset", "id", "string", "\"\"", steers,
      "Field with the example's name in reports; without one its record number."},
     [](Job& job, const Reading& value) { job.trainset.id = value.text(); },
     [](const Job& job) { return toml_text(job.trainset.id); }},
    {{"trainset", "group", "string", "\"\"", steers,
      "Examples with the same text in this field stay in the same split."},
     [](Job& job, const Reading& value) { job.trainset.group = value.text(); },
     [](const Job& job) { return toml_text(job.trainset.group); }},
    {{"trainset", "skip_bad_lines", "boolean", "false", carries,
      "Count lines that cannot be read instead of stopping at the first."},
     [](Job& job, const Reading& value) { job.trainset.skip_bad_lines = value.flag(); },
     [](const Job& job) { return toml_text(job.trainset.skip_bad_lines); }},
    {{"trainset.split", "train", "number", "0.5", steers,
      "Share of the examples that demonstrations are drawn from. The three shares add up to 1."},
     [](Job& job, const Reading& value) { job.split.train = value.number(0, 1); },
     [](const Job& job) { return toml_text(job.split.train); }},
    {{"trainset.split", "validation", "number", "0.25", steers,
      "Share that candidates are scored and chosen on."},
     [](Job& job, const Reading& value) {
       job.split.validation = value.number(0, 1);
       if (job.split.validation == 0) value.reject("must be above 0: candidates are chosen on it");
     },
     [](const Job& job) { return toml_text(job.split.validation); }},
    {{"trainset.split", "test", "number", "0.25", steers,
      "Share that baseline and winner are compared on, once, at the end."},
     [](Job& job, const Reading& value) { job.split.test = value.number(0, 1); },
     [](const Job& job) { return toml_text(job.split.test); }},
    {{"trainset.split", "stratify", "boolean", "true", steers,
      "Give each split the same shares of labels."},
     [](Job& job, const Reading& value) { job.split.stratify = value.flag(); },
     [](const Job& job) { return toml_text(job.split.stratify); }},
    {{"program", "kind", "string", mandatory, steers,
      "What is optimised: `text_classifier`, `oscillator`, `command` (any executable), `plugin` (a "
      "shared library), `lm` (a language-model pipeline); `nothing` and `sleep` measure the "
      "framework; `deadly` ends its process on examples that say so, to try that out."},
     [](Job& job, const Reading& value) {
       job.program.kind = value.one_of(programs::program_kinds());
     },
     [](const Job& job) { return toml_text(job.program.kind); }},
    {{"program", "trials", "integer", "1", steers,
      "Evaluations of each example by each candidate, for programs with noise."},
     [](Job& job, const Reading& value) { job.trials = whole(value, 1, most_trials); },
     [](const Job& job) { return toml_text(job.trials); }},
    {{"program", "isolate", "boolean", "\"auto\"", carries,
      "Evaluate in processes of their own, one a slot, so that a crash costs one evaluation only. "
      "`auto`: plugins, and always programs that start processes."},
     [](Job& job, const Reading& value) {
       job.program.isolate.reset();
       if (!value.is_word("auto")) job.program.isolate = value.flag();
     },
     [](const Job& job) { return optional_text(job.program.isolate, "auto"); }},
    {{"program", "cell_timeout", "duration", "\"none\"", steers,
      "An evaluation that takes longer is ended and counts as `timeout`; isolates. `none`: it may "
      "take as long as it takes."},
     [](Job& job, const Reading& value) {
       job.program.cell_timeout =
           value.is_word("none") ? core::Duration{0} : value.duration(shortest);
     },
     [](const Job& job) {
       return job.program.cell_timeout == core::Duration{0} ? toml_text(std::string_view{"none"})
                                                            : toml_text(job.program.cell_timeout);
     }},
    {{"program", "plugin", "path", "\"none\"", carries,
      "mandatory; the shared library, a path from the job file's folder. "
      "What it contains is part of the job.",
      only_with("program.kind", "plugin")},
     [](Job& job, const Reading& value) { job.program.plugin = path_text(value); },
     [](const Job& job) { return toml_text(job.program.plugin); }},
    {{"program", "constraints", "list of strings", "[]", steers,
      "Linear conditions on parameters: `\"a + 2*b <= 10\"`."},
     assign_constraints,
     show_constraints},
    {{"program", "sleep_mean", "duration", "\"0s\"", steers,
      "mean duration of an evaluation; durations are log-normal.",
      only_with("program.kind", "sleep deadly")},
     [](Job& job, const Reading& value) {
       job.program.sleep_mean_s = static_cast<double>(value.duration().count()) / 1e9;
     },
     [](const Job& job) { return toml_text(to_duration(job.program.sleep_mean_s)); }},
    {{"program", "sleep_sigma", "number", "0.0", steers,
      "standard deviation of the duration's logarithm.", only_with("program.kind", "sleep deadly")},
     [](Job& job, const Reading& value) { job.program.sleep_sigma = value.number(0, 10); },
     [](const Job& job) { return toml_text(job.program.sleep_sigma); }},
    {{"program", "sleep_mistakes", "number", "0.0", steers,
      "share of wrong answers of the baseline; the higher a candidate's "
      "`variant`, the fewer.",
      only_with("program.kind", "sleep")},
     [](Job& job, const Reading& value) { job.program.sleep_mistakes = value.number(0, 1); },
     [](const Job& job) { return toml_text(job.program.sleep_mistakes); }},
    {{"program", "parameters", "table", "{}", steers,
      "Changes to the program's own parameters: `NAME = VALUE` fixes one, `NAME = {low = ..., "
      "high = ..., choices = [...], initial = ...}` narrows it. With `kind` it declares a "
      "parameter of "
      "a command."},
     assign_parameters,
     show_parameters},
    {{"program", "starting_points", "list of tables", "[]", steers,
      "Settings to be tried first, each a table `[[program.starting_points]]` of `NAME = VALUE`."},
     assign_starting_points,
     show_starting_points},
    {{"program.resources", "cores", "integer", "1", carries,
      "Cores an evaluation keeps busy. How many run at a time on a node follows from these three."},
     [](Job& job, const Reading& value) { job.resources.cores = whole(value, 1); },
     [](const Job& job) { return toml_text(job.resources.cores); }},
    {{"program.resources", "memory", "size", "\"none\"", carries,
      "Memory an evaluation takes, `\"4GiB\"`; `none`: not considered."},
     [](Job& job, const Reading& value) {
       job.resources.memory_bytes = value.is_word("none") ? 0 : value.size();
     },
     [](const Job& job) {
       const std::uint64_t bytes = job.resources.memory_bytes;
       return bytes == 0 ? toml_text(std::string_view{"none"}) : toml_text(bytes);
     }},
    {{"program.resources", "gpus", "integer", "0", carries,
      "GPUs an evaluation takes, of those this process may use."},
     [](Job& job, const Reading& value) { job.resources.gpus = whole(value, 0); },
     [](const Job& job) { return toml_text(job.resources.gpus); }},
};

/// A key stands behind the others of its section; a new section behind those of the same parent.
void insert(const Key& key, std::vector<Key>& keys) {
  const std::string_view section = key.info.section;
  const auto last_that = [&](auto matches) {
    return std::find_if(keys.rbegin(), keys.rend(), matches).base();
  };
  auto place = last_that([&](const Key& other) { return other.info.section == section; });
  if (place == keys.begin()) {
    const std::string_view parent = section.substr(0, section.find('.'));
    place = last_that([&](const Key& other) { return other.info.section.starts_with(parent); });
  }
  keys.insert(place, key);
}

}  // namespace

std::span<const Key> all_keys() noexcept {
  static const std::vector<Key> keys = [] {
    std::vector<Key> all{std::begin(table), std::end(table)};
    for (const auto& further : {metric_keys(), objective_keys(), strategy_keys(), execution_keys()})
      all.insert(all.end(), further.begin(), further.end());
    for (const auto& inserted : {lm_keys(), command_keys()})
      for (const Key& key : inserted) insert(key, all);
    return all;
  }();
  return keys;
}

}  // namespace foundation::job::detail
