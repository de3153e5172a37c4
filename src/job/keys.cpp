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

using optimize::Racing;
using programs::DataFormat;

constexpr std::uint64_t largest_seed = std::numeric_limits<std::int64_t>::max();
constexpr std::array<std::string_view, 4> formats{"auto", "jsonl", "csv", "tsv"};
constexpr std::array<std::string_view, 5> racings{"none", "halving", "paired", "asha", "friedman"};
constexpr std::array<std::string_view, 3> watchings{"auto", "tcp", "mpi"};
constexpr std::uint64_t most_trials = 10'000;  // report/run_view.cpp refuses more
constexpr std::uint64_t most_draws = 10'000;
constexpr std::uint64_t most_in_flight = 4000;  // threads of a rank
constexpr std::uint64_t most_repairs = 10;

/// A number above `low` and below `high`.
double between(const Reading& value, double low, double high) {
  const double number = value.number(low, high);
  if (number == low) value.reject("must be above " + toml_text(low));
  if (number == high) value.reject("must be below " + toml_text(high));
  return number;
}

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

/// The keys about sleep mean something to this kind of program.
bool sleeps(const Job& job) { return job.program.kind == "sleep" || job.program.kind == "deadly"; }

/// The strategy models the scores and needs some to begin with.
bool models(const Job& job) { return job.strategy.kind == "tpe" || job.strategy.kind == "gp_ei"; }

/// The text of a key that only language-model programs have.
std::string if_lm(const Job& job, std::string text) {
  return job.program.kind == "lm" ? std::move(text) : std::string{};
}

constexpr double largest_amount = 1e15;
constexpr double highest_price = 1e9;

/// A number above 0, or "none", which is 0.
double amount(const Reading& value) {
  if (value.is_word("none")) return 0;
  const double number = value.number(0, largest_amount);
  if (number == 0) value.reject("must be above 0, or \"none\"");
  return number;
}

std::string amount_text(double amount) {
  return amount == 0 ? toml_text(std::string_view{"none"}) : toml_text(amount);
}

core::Duration to_duration(double seconds) { return core::Duration{std::llround(seconds * 1e9)}; }

constexpr std::string_view mandatory{};
constexpr core::Duration shortest_silence{std::chrono::seconds{1}};

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
      "Kind `plugin` only, mandatory there: the shared library, a path from the job file's folder. "
      "What it contains is part of the job."},
     [](Job& job, const Reading& value) { job.program.plugin = path_text(value); },
     [](const Job& job) {
       return job.program.kind == "plugin" ? toml_text(job.program.plugin) : std::string{};
     }},
    {{"program", "constraints", "list of strings", "[]", steers,
      "Linear conditions on parameters: `\"a + 2*b <= 10\"`."},
     assign_constraints,
     show_constraints},
    {{"program", "sleep_mean", "duration", "\"0s\"", steers,
      "Kinds `sleep` and `deadly` only: mean duration of an evaluation; durations are log-normal."},
     [](Job& job, const Reading& value) {
       job.program.sleep_mean_s = static_cast<double>(value.duration().count()) / 1e9;
     },
     [](const Job& job) {
       return sleeps(job) ? toml_text(to_duration(job.program.sleep_mean_s)) : std::string{};
     }},
    {{"program", "sleep_sigma", "number", "0.0", steers,
      "Kinds `sleep` and `deadly` only: standard deviation of the duration's logarithm."},
     [](Job& job, const Reading& value) { job.program.sleep_sigma = value.number(0, 10); },
     [](const Job& job) {
       return sleeps(job) ? toml_text(job.program.sleep_sigma) : std::string{};
     }},
    {{"program", "sleep_mistakes", "number", "0.0", steers,
      "Kind `sleep` only: share of wrong answers of the baseline; the higher a candidate's "
      "`variant`, the fewer."},
     [](Job& job, const Reading& value) { job.program.sleep_mistakes = value.number(0, 1); },
     [](const Job& job) {
       return job.program.kind == "sleep" ? toml_text(job.program.sleep_mistakes) : std::string{};
     }},
    {{"program", "model", "string", "\"\"", steers,
      "Kind `lm` only: the model that stages ask unless they name another."},
     [](Job& job, const Reading& value) { job.program.lm.model = value.text(); },
     [](const Job& job) { return if_lm(job, toml_text(job.program.lm.model)); }},
    {{"program", "answer_field", "string", "\"\"", steers,
      "Kind `lm` only: the output that the metric scores, `STAGE.FIELD`; without one the first "
      "output of the last stage."},
     [](Job& job, const Reading& value) { job.program.lm.answer = value.text(); },
     [](const Job& job) { return if_lm(job, toml_text(job.program.lm.answer)); }},
    {{"program", "stages", "list of tables", "[]", steers,
      "Kind `lm` only: the steps of the pipeline, each a table `[[program.stages]]`; see below."},
     assign_stages,
     show_stages},
    {{"program", "repairs", "integer", "1", steers,
      "Kind `lm` only: times a model is asked again for an answer whose fields cannot be read."},
     [](Job& job, const Reading& value) { job.program.lm.repairs = whole(value, 0, most_repairs); },
     [](const Job& job) { return if_lm(job, toml_text(job.program.lm.repairs)); }},
    {{"program", "in_flight", "integer", "64", carries,
      "Kind `lm` only: evaluations of a rank under way at a time; `execution.slots` goes before."},
     [](Job& job, const Reading& value) {
       job.program.lm.in_flight = whole(value, 1, most_in_flight);
     },
     [](const Job& job) { return if_lm(job, toml_text(job.program.lm.in_flight)); }},
    {{"program", "endpoints", "list of tables", "[]", carries,
      "Kind `lm` only: the servers to ask, each a table `[[program.endpoints]]`; see below."},
     assign_endpoints,
     show_endpoints},
    {{"program", "cache", "path", "\"lm-cache\" beside the runs folder", carries,
      "Kind `lm` only: where answers are kept, for any run that asks the same; `none` keeps none."},
     assign_cache,
     show_cache},
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

    {{"program.limits", "requests_per_minute", "number", "\"none\"", carries,
      "Kind `lm` only: requests a minute of the whole run; each rank gets an equal share."},
     [](Job& job, const Reading& value) {
       job.program.lm.client.limits.requests_per_minute = amount(value);
     },
     [](const Job& job) {
       return if_lm(job, amount_text(job.program.lm.client.limits.requests_per_minute));
     }},
    {{"program.limits", "tokens_per_minute", "number", "\"none\"", carries,
      "Kind `lm` only: tokens of prompts and answers a minute, of the whole run."},
     [](Job& job, const Reading& value) {
       job.program.lm.client.limits.tokens_per_minute = amount(value);
     },
     [](const Job& job) {
       return if_lm(job, amount_text(job.program.lm.client.limits.tokens_per_minute));
     }},
    {{"program.limits", "tokens", "integer", "\"none\"", carries,
      "Kind `lm` only: tokens in all of a session; then the run stops and can be continued."},
     [](Job& job, const Reading& value) {
       job.program.lm.client.limits.tokens =
           value.is_word("none") ? 0 : value.whole(1, largest_seed);
     },
     [](const Job& job) {
       const std::uint64_t tokens = job.program.lm.client.limits.tokens;
       return if_lm(job, tokens == 0 ? toml_text(std::string_view{"none"}) : toml_text(tokens));
     }},
    {{"program.limits", "cost", "number", "\"none\"", carries,
      "Kind `lm` only: cost in all of a session, at the two prices; then the run stops."},
     [](Job& job, const Reading& value) { job.program.lm.client.limits.cost = amount(value); },
     [](const Job& job) { return if_lm(job, amount_text(job.program.lm.client.limits.cost)); }},
    {{"program.limits", "input_price", "number", "0.0", carries,
      "Kind `lm` only: price of a million tokens of prompts."},
     [](Job& job, const Reading& value) {
       job.program.lm.client.limits.input_price = value.number(0, highest_price);
     },
     [](const Job& job) {
       return if_lm(job, toml_text(job.program.lm.client.limits.input_price));
     }},
    {{"program.limits", "output_price", "number", "0.0", carries,
      "Kind `lm` only: price of a million tokens of answers."},
     [](Job& job, const Reading& value) {
       job.program.lm.client.limits.output_price = value.number(0, highest_price);
     },
     [](const Job& job) {
       return if_lm(job, toml_text(job.program.lm.client.limits.output_price));
     }},
    {{"program.limits", "request_timeout", "duration", "\"120s\"", carries,
      "Kind `lm` only: time a server has for one answer. A second such answer is a `timeout`."},
     [](Job& job, const Reading& value) {
       job.program.lm.client.request_timeout = value.duration(shortest);
     },
     [](const Job& job) { return if_lm(job, toml_text(job.program.lm.client.request_timeout)); }},
    {{"program.limits", "deadline", "duration", "\"600s\"", carries,
      "Kind `lm` only: time a request is tried again while servers are busy, load or cannot be "
      "reached."},
     [](Job& job, const Reading& value) {
       job.program.lm.client.deadline = value.duration(shortest);
     },
     [](const Job& job) { return if_lm(job, toml_text(job.program.lm.client.deadline)); }},

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

    {{"metric", "kind", "string", "\"accuracy\"", steers,
      "How answers are scored: `exact_match`, `accuracy`, `macro_f1`, `micro_f1`, `regex` (the "
      "label "
      "is a pattern), `json_field`, `token_f1` (shared words), `mean_absolute_error`, "
      "`numeric_tolerance`; `value`: the answer is the score; `command`: a program says the "
      "score."},
     [](Job& job, const Reading& value) {
       job.metric.kind = value.one_of(programs::metric_kinds());
     },
     [](const Job& job) { return toml_text(job.metric.kind); }},
    {{"metric", "weighted", "boolean", "false", steers, "Use the examples' weights."},
     [](Job& job, const Reading& value) { job.metric.weighted = value.flag(); },
     [](const Job& job) { return toml_text(job.metric.weighted); }},
    {{"strategy", "kind", "string", "\"bootstrap_random_search\"", steers,
      "How candidates are proposed: `random`, `grid`, `sobol`, `cma_es`, `tpe`, `gp_ei`, "
      "`irace`, `labeled_few_shot`, `bootstrap_random_search`."},
     [](Job& job, const Reading& value) {
       job.strategy.kind = value.one_of(optimize::strategy_kinds());
     },
     [](const Job& job) { return toml_text(job.strategy.kind); }},
    {{"strategy", "candidates", "integer", "32", carries,
      "Proposals in all, the baseline among them."},
     [](Job& job, const Reading& value) { job.strategy.candidates = whole(value, 1); },
     [](const Job& job) { return toml_text(job.strategy.candidates); }},
    {{"strategy", "bootstrapped", "integer", "48", steers,
      "Demonstrations at most that a teacher has solved itself."},
     [](Job& job, const Reading& value) { job.strategy.bootstrapped = whole(value, 0); },
     [](const Job& job) { return toml_text(job.strategy.bootstrapped); }},
    {{"strategy", "labeled", "integer", "16", steers,
      "Labelled demonstrations at most, beside them."},
     [](Job& job, const Reading& value) { job.strategy.labeled = whole(value, 0); },
     [](const Job& job) { return toml_text(job.strategy.labeled); }},
    {{"strategy", "success_threshold", "number", "1.0", steers,
      "A teacher's answer with this score becomes a demonstration."},
     [](Job& job, const Reading& value) { job.strategy.success_threshold = value.number(); },
     [](const Job& job) { return toml_text(job.strategy.success_threshold); }},
    {{"strategy", "levels", "integer", "10", steers,
      "`grid`: values tried of each number, from its lowest to its highest; at most 1000."},
     [](Job& job, const Reading& value) { job.strategy.levels = whole(value, 1, 1000); },
     [](const Job& job) { return toml_text(job.strategy.levels); }},
    {{"strategy", "population", "integer", "\"auto\"", steers,
      "`cma_es`: proposals that one step of the search learns from, at least 4; `auto`: 4 + 3 ln d "
      "for d numbers. Larger values suit noise and many local optima."},
     [](Job& job, const Reading& value) {
       job.strategy.population.reset();
       if (!value.is_word("auto")) job.strategy.population = whole(value, 4, 1'000'000);
     },
     [](const Job& job) { return optional_text(job.strategy.population, "auto"); }},
    {{"strategy", "initial_step", "number", "0.125", steers,
      "`cma_es`: first standard deviation, as a share of each range; above 0, at most 1."},
     [](Job& job, const Reading& value) {
       job.strategy.initial_step = value.number(0, 1);
       if (job.strategy.initial_step == 0) value.reject("must be above 0");
     },
     [](const Job& job) { return toml_text(job.strategy.initial_step); }},
    {{"strategy", "startup", "integer", "10", steers,
      "Kinds `tpe` and `gp_ei` only: proposals spread evenly over the space before the first that "
      "learns from results."},
     [](Job& job, const Reading& value) { job.strategy.startup = whole(value, 0); },
     [](const Job& job) { return models(job) ? toml_text(job.strategy.startup) : std::string{}; }},
    {{"strategy", "draws", "integer", "24", steers,
      "Kind `tpe` only: points drawn near good candidates for each proposal, of which the most "
      "promising is made."},
     [](Job& job, const Reading& value) { job.strategy.draws = whole(value, 1, most_draws); },
     [](const Job& job) {
       return job.strategy.kind == "tpe" ? toml_text(job.strategy.draws) : std::string{};
     }},
    {{"strategy", "racing", "string", "\"halving\"", steers,
      "Who is stopped early. `none`: nobody; `halving`: all but the best `keep` of a heat at each "
      "rung; `paired`: who is shown, cell by cell, not to be better than the best by more than "
      "`margin`; `asha`: who is not in the best `keep` of the proposals so far; `friedman`: who is "
      "worse in a test of ranks, example by example; the default with `irace`. Without a trainset "
      "the default is `none`."},
     [](Job& job, const Reading& value) {
       job.trajectory.race.racing = static_cast<Racing>(index_in(racings, value.one_of(racings)));
     },
     [](const Job& job) {
       return toml_text(racings[static_cast<std::size_t>(job.trajectory.race.racing)]);
     }},
    {{"strategy", "heat", "integer", "16", steers,
      "Candidates that race against each other; an iteration of `irace`. Not for `asha`."},
     [](Job& job, const Reading& value) { job.trajectory.race.heat = whole(value, 2); },
     [](const Job& job) { return toml_text(job.trajectory.race.heat); }},
    {{"strategy", "keep", "number", "0.5", steers,
      "`halving` and `asha`: share that goes on at each rung; above 0, below 1."},
     [](Job& job, const Reading& value) { job.trajectory.race.keep = between(value, 0, 1); },
     [](const Job& job) { return toml_text(job.trajectory.race.keep); }},
    {{"strategy", "first_rung", "number", "0.125", steers,
      "Share of the validation split that every candidate gets; above 0. Not for `friedman`."},
     [](Job& job, const Reading& value) {
       job.trajectory.race.first_rung = value.number(0, 1);
       if (job.trajectory.race.first_rung == 0) value.reject("must be above 0");
     },
     [](const Job& job) { return toml_text(job.trajectory.race.first_rung); }},
    {{"strategy", "growth", "number", "2.0", steers,
      "A rung's examples over those of the rung before; above 1. Not for `friedman`."},
     [](Job& job, const Reading& value) { job.trajectory.race.growth = between(value, 1, 1e6); },
     [](const Job& job) { return toml_text(job.trajectory.race.growth); }},
    {{"strategy", "confidence", "number", "0.95", steers,
      "`paired`: probability at least that the winner is at most `margin` behind the best; "
      "`friedman`: confidence of each test. Above 0, below 1."},
     [](Job& job, const Reading& value) { job.trajectory.race.confidence = between(value, 0, 1); },
     [](const Job& job) { return toml_text(job.trajectory.race.confidence); }},
    {{"strategy", "margin", "number", "0.01", steers,
      "`paired`: differences that do not matter, as a share of the scores' range; below 1. With 0 "
      "near ties are evaluated in full."},
     [](Job& job, const Reading& value) {
       job.trajectory.race.margin = value.number(0, 1);
       if (job.trajectory.race.margin == 1) value.reject("must be below 1");
     },
     [](const Job& job) { return toml_text(job.trajectory.race.margin); }},
    {{"strategy", "lookahead", "integer", "32", steers,
      "Proposal n sees the results up to n - lookahead; in heats at least twice `heat`, with "
      "`irace` at least `heat`, its default there. Larger values keep more slots busy."},
     [](Job& job, const Reading& value) { job.trajectory.lookahead = whole(value, 1); },
     [](const Job& job) { return toml_text(job.trajectory.lookahead); }},
    {{"strategy", "target", "number", "\"none\"", carries,
      "Stop proposing once a candidate reaches this score."},
     [](Job& job, const Reading& value) {
       job.trajectory.target.reset();
       if (!value.is_word("none")) job.trajectory.target = value.number();
     },
     [](const Job& job) { return optional_text(job.trajectory.target, "none"); }},

    {{"budget", "evaluations", "integer", "\"unlimited\"", carries,
      "Evaluations in all, those of the final test excepted."},
     [](Job& job, const Reading& value) {
       job.trajectory.budget.reset();
       if (!value.is_word("unlimited")) job.trajectory.budget = value.whole(1, largest_seed);
     },
     [](const Job& job) { return optional_text(job.trajectory.budget, "unlimited"); }},

    {{"execution", "slots", "integer", "\"auto\"", carries,
      "Evaluations at a time on each rank; `auto`: by the free cores of the nodes and "
      "[program.resources]. Of a machine that nobody has reserved for the run a fifth of the cores "
      "is left to others."},
     [](Job& job, const Reading& value) {
       job.execution.slots.reset();
       if (!value.is_word("auto")) job.execution.slots = whole(value, 1);
     },
     [](const Job& job) { return optional_text(job.execution.slots, "auto"); }},
    {{"execution", "max_workers", "integer", "\"auto\"", carries,
      "Evaluations at a time in all, at most; `auto`: as many as the nodes have room for."},
     [](Job& job, const Reading& value) {
       job.execution.max_workers.reset();
       if (!value.is_word("auto")) job.execution.max_workers = whole(value, 1);
     },
     [](const Job& job) { return optional_text(job.execution.max_workers, "auto"); }},
    {{"execution", "min_workers_per_node", "integer", "1", carries,
      "Evaluations at a time on a node, at least; what does not fit goes to fewer nodes."},
     [](Job& job, const Reading& value) { job.execution.min_workers_per_node = whole(value, 1); },
     [](const Job& job) { return toml_text(job.execution.min_workers_per_node); }},
    {{"execution", "chunk_target", "duration", "\"20ms\"", carries,
      "Work that one message to a rank should hold."},
     [](Job& job, const Reading& value) { job.execution.chunk_target = value.duration(); },
     [](const Job& job) { return toml_text(job.execution.chunk_target); }},
    {{"execution", "publish_interval", "duration", "\"2s\"", carries,
      "Least time between two versions of the HDF5 file."},
     [](Job& job, const Reading& value) {
       job.execution.publish_interval = value.duration(shortest);
     },
     [](const Job& job) { return toml_text(job.execution.publish_interval); }},
    {{"execution", "progress_interval", "duration", "\"60s\"", carries,
      "Time between progress lines where stderr is no terminal."},
     [](Job& job, const Reading& value) {
       job.execution.progress_interval = value.duration(shortest);
     },
     [](const Job& job) { return toml_text(job.execution.progress_interval); }},
    {{"execution", "liveness", "string", "\"auto\"", carries,
      "How ranks notice that another one has ended: `tcp`, a connection of each to rank 0; `mpi`, "
      "heartbeats only, slower; `auto`, `tcp` where it can be had."},
     [](Job& job, const Reading& value) {
       job.execution.liveness = static_cast<Watching>(index_in(watchings, value.one_of(watchings)));
     },
     [](const Job& job) {
       return toml_text(watchings[static_cast<std::size_t>(job.execution.liveness)]);
     }},
    {{"execution", "heartbeat_timeout", "duration", "\"10s\"", carries,
      "A rank that gives no sign of life for so long is frozen, and its work goes to others."},
     [](Job& job, const Reading& value) {
       job.execution.heartbeat_timeout = value.duration(shortest_silence);
     },
     [](const Job& job) { return toml_text(job.execution.heartbeat_timeout); }},
    {{"execution", "keep_outputs", "boolean", "false", carries,
      "Store every answer's text, not only its hash."},
     [](Job& job, const Reading& value) { job.execution.keep_outputs = value.flag(); },
     [](const Job& job) { return toml_text(job.execution.keep_outputs); }},
    {{"execution", "end_margin", "duration", "\"60s\"", carries,
      "Time kept before the end of an allocation (`--end-time`, Slurm's limit) to finish and "
      "publish; at most a quarter of what is left at the start."},
     [](Job& job, const Reading& value) { job.execution.end_margin = value.duration(); },
     [](const Job& job) { return toml_text(job.execution.end_margin); }},

    {{"run", "folder", "path", "\"runs\"", carries,
      "Where run folders are made; a relative path starts at the job file's folder."},
     [](Job& job, const Reading& value) { job.runs_folder = path_text(value); },
     [](const Job& job) { return toml_text(job.runs_folder.string()); }},
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
    for (const Key& key : command_keys()) insert(key, all);
    return all;
  }();
  return keys;
}

}  // namespace foundation::job::detail
