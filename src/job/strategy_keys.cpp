#include <array>
#include <limits>

#include "job/detail/key_values.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

using optimize::Acquisition;
using optimize::Racing;

constexpr std::array<std::string_view, 5> racings{"none", "halving", "paired", "asha", "friedman"};
constexpr std::array<std::string_view, 3> acquisitions{"ei", "ucb", "pi"};
constexpr std::uint64_t most_draws = 10'000;
constexpr std::uint64_t most_instructions = 500;
constexpr std::uint64_t most_sets = 1000;
constexpr std::uint64_t most_trajectories = 1000;
constexpr std::uint64_t most_evaluations = std::numeric_limits<std::int64_t>::max();

/// A number above `low` and below `high`.
double between(const Reading& value, double low, double high) {
  const double number = value.number(low, high);
  if (number == low) value.reject("must be above " + toml_text(low));
  if (number == high) value.reject("must be below " + toml_text(high));
  return number;
}

/// A number above `low`.
double above(const Reading& value, double low) {
  const double number = value.number(low, std::numeric_limits<double>::max());
  if (number == low) value.reject("must be above " + toml_text(low));
  return number;
}

constexpr Key table[] = {
    {{"strategy", "kind", "string", "\"bootstrap_random_search\"", steers,
      "How candidates are proposed: `random`, `grid`, `sobol`, `cma_es`, `tpe`, `gp_ei`, "
      "`irace`, `labeled_few_shot`, `bootstrap_random_search`; with texts that a language model "
      "writes: `copro`, `mipro`, `beacon`, `gepa`, `simba`."},
     [](Job& job, const Reading& value) {
       job.strategy.kind = value.one_of(optimize::strategy_kinds());
     },
     [](const Job& job) { return toml_text(job.strategy.kind); }},
    {{"strategy", "candidates", "integer", "32", carries,
      "Proposals in all, the baseline among them."},
     [](Job& job, const Reading& value) { job.strategy.candidates = whole(value, 1); },
     [](const Job& job) { return toml_text(job.strategy.candidates); }},
    {{"strategy", "bootstrapped", "integer", "48", steers,
      "demonstrations at most that a teacher has solved itself.",
      only_with("strategy.kind", "bootstrap_random_search mipro beacon")},
     [](Job& job, const Reading& value) { job.strategy.bootstrapped = whole(value, 0); },
     [](const Job& job) { return toml_text(job.strategy.bootstrapped); }},
    {{"strategy", "labeled", "integer", "16", steers,
      "Labelled demonstrations at most, beside them."},
     [](Job& job, const Reading& value) { job.strategy.labeled = whole(value, 0); },
     [](const Job& job) { return toml_text(job.strategy.labeled); }},
    {{"strategy", "success_threshold", "number", "1.0", steers,
      "a teacher's answer with this score becomes a demonstration; with `gepa` there is nothing to "
      "be learned from it.",
      only_with("strategy.kind", "bootstrap_random_search mipro beacon gepa simba")},
     [](Job& job, const Reading& value) { job.strategy.success_threshold = value.number(); },
     [](const Job& job) { return toml_text(job.strategy.success_threshold); }},
    {{"strategy", "levels", "integer", "10", steers,
      "values tried of each number, from its lowest to its highest; at most 1000.",
      only_with("strategy.kind", "grid")},
     [](Job& job, const Reading& value) { job.strategy.levels = whole(value, 1, 1000); },
     [](const Job& job) { return toml_text(job.strategy.levels); }},
    {{"strategy", "population", "integer", "\"auto\"", steers,
      "proposals that one step of the search learns from, at least 4; `auto`: 4 + 3 ln d "
      "for d numbers. Larger values suit noise and many local optima.",
      only_with("strategy.kind", "cma_es")},
     [](Job& job, const Reading& value) {
       job.strategy.population.reset();
       if (!value.is_word("auto")) job.strategy.population = whole(value, 4, 1'000'000);
     },
     [](const Job& job) { return optional_text(job.strategy.population, "auto"); }},
    {{"strategy", "initial_step", "number", "0.125", steers,
      "first standard deviation, as a share of each range; above 0, at most 1.",
      only_with("strategy.kind", "cma_es")},
     [](Job& job, const Reading& value) {
       job.strategy.initial_step = value.number(0, 1);
       if (job.strategy.initial_step == 0) value.reject("must be above 0");
     },
     [](const Job& job) { return toml_text(job.strategy.initial_step); }},
    {{"strategy", "startup", "integer", "10", steers,
      "proposals spread evenly over the space before the first that "
      "learns from results.",
      only_with("strategy.kind", "tpe gp_ei mipro beacon")},
     [](Job& job, const Reading& value) { job.strategy.startup = whole(value, 0); },
     [](const Job& job) { return toml_text(job.strategy.startup); }},
    {{"strategy", "draws", "integer", "24", steers,
      "points drawn near good candidates for each proposal, of which the most "
      "promising is made.",
      only_with("strategy.kind", "tpe mipro")},
     [](Job& job, const Reading& value) { job.strategy.draws = whole(value, 1, most_draws); },
     [](const Job& job) { return toml_text(job.strategy.draws); }},
    {{"strategy", "acquisition", "string", "\"ei\"", steers,
      "what the model of the scores is searched for. `ei`: the largest expected improvement "
      "(Jones, "
      "Schonlau and Welch 1998); `ucb`: the best end of a confidence interval (GP-UCB: Srinivas, "
      "Krause, Kakade and Seeger 2010), which looks further; `pi`: the largest probability of an "
      "improvement (Kushner 1964), which stays nearer.",
      only_with("strategy.kind", "gp_ei beacon")},
     [](Job& job, const Reading& value) {
       job.strategy.acquisition =
           static_cast<Acquisition>(index_in(acquisitions, value.one_of(acquisitions)));
     },
     [](const Job& job) {
       return toml_text(acquisitions[static_cast<std::size_t>(job.strategy.acquisition)]);
     }},
    {{"strategy", "instructions", "integer", "10", steers,
      "instructions written for each stage, to choose from beside its own and those that the job "
      "names.",
      only_with("strategy.kind", "mipro beacon")},
     [](Job& job, const Reading& value) {
       job.strategy.instructions = whole(value, 0, most_instructions);
     },
     [](const Job& job) { return toml_text(job.strategy.instructions); }},
    {{"strategy", "demonstration_sets", "integer", "10", steers,
      "sets of demonstrations of each stage, to choose from: none, labelled ones alone, and as "
      "many bootstraps as are left.",
      only_with("strategy.kind", "mipro beacon")},
     [](Job& job, const Reading& value) {
       job.strategy.demonstration_sets = whole(value, 0, most_sets);
     },
     [](const Job& job) { return toml_text(job.strategy.demonstration_sets); }},
    {{"strategy", "minibatch", "integer", "\"auto\"", steers,
      "examples of the train split that a proposal learns from; `auto`: 3 with `gepa`, 32 with "
      "`simba`.",
      only_with("strategy.kind", "gepa simba")},
     [](Job& job, const Reading& value) {
       job.strategy.minibatch.reset();
       if (!value.is_word("auto")) job.strategy.minibatch = whole(value, 1);
     },
     [](const Job& job) { return optional_text(job.strategy.minibatch, "auto"); }},
    {{"strategy", "merge_every", "integer", "5", steers,
      "of so many proposals one crosses two good candidates that have changed different parameters "
      "of a common ancestor; `\"never\"`: none does.",
      only_with("strategy.kind", "gepa")},
     [](Job& job, const Reading& value) {
       job.strategy.merge_every = value.is_word("never") ? 0 : whole(value, 1);
     },
     [](const Job& job) {
       const std::uint32_t every = job.strategy.merge_every;
       return every == 0 ? toml_text(std::string_view{"never"}) : toml_text(every);
     }},
    {{"strategy", "trajectories", "integer", "6", steers,
      "programs that run on each minibatch, the best so far and the baseline.",
      only_with("strategy.kind", "simba")},
     [](Job& job, const Reading& value) {
       job.strategy.trajectories = whole(value, 1, most_trajectories);
     },
     [](const Job& job) { return toml_text(job.strategy.trajectories); }},
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
      "candidates that race against each other; with `irace`, `copro`, `gepa` and `simba` those "
      "that learn from the same results. With `cma_es`, `tpe`, `gp_ei`, `mipro` and `beacon` the "
      "default is 4.",
      only_with("strategy.racing", "halving paired friedman", "strategy.kind",
                "irace copro gepa simba")},
     [](Job& job, const Reading& value) { job.trajectory.race.heat = whole(value, 2); },
     [](const Job& job) { return toml_text(job.trajectory.race.heat); }},
    {{"strategy", "keep", "number", "0.5", steers,
      "share that goes on at each rung; above 0, below 1.",
      only_with("strategy.racing", "halving asha")},
     [](Job& job, const Reading& value) { job.trajectory.race.keep = between(value, 0, 1); },
     [](const Job& job) { return toml_text(job.trajectory.race.keep); }},
    {{"strategy", "first_rung", "number", "0.125", steers,
      "share of the validation split that every candidate gets; above 0.",
      only_with("strategy.racing", "halving paired asha")},
     [](Job& job, const Reading& value) {
       job.trajectory.race.first_rung = value.number(0, 1);
       if (job.trajectory.race.first_rung == 0) value.reject("must be above 0");
     },
     [](const Job& job) { return toml_text(job.trajectory.race.first_rung); }},
    {{"strategy", "growth", "number", "2.0", steers,
      "a rung's examples over those of the rung before; above 1.",
      only_with("strategy.racing", "halving paired asha")},
     [](Job& job, const Reading& value) { job.trajectory.race.growth = between(value, 1, 1e6); },
     [](const Job& job) { return toml_text(job.trajectory.race.growth); }},
    {{"strategy", "confidence", "number", "0.95", steers,
      "`paired`: probability at least that the winner is at most `margin` behind the best; "
      "`friedman`: confidence of each test. Above 0, below 1.",
      only_with("strategy.racing", "paired friedman")},
     [](Job& job, const Reading& value) { job.trajectory.race.confidence = between(value, 0, 1); },
     [](const Job& job) { return toml_text(job.trajectory.race.confidence); }},
    {{"strategy", "margin", "number", "0.01", steers,
      "differences that do not matter, as a share of the scores' range; below 1. With 0 "
      "near ties are evaluated in full.",
      only_with("strategy.racing", "paired")},
     [](Job& job, const Reading& value) {
       job.trajectory.race.margin = value.number(0, 1);
       if (job.trajectory.race.margin == 1) value.reject("must be below 1");
     },
     [](const Job& job) { return toml_text(job.trajectory.race.margin); }},
    {{"strategy", "lookahead", "integer", "32", steers,
      "Proposal n sees the results up to n - lookahead; in heats at least twice `heat`, with "
      "`irace`, `copro`, `gepa` and `simba` at least `heat`, their default. With `cma_es`, "
      "`tpe`, `gp_ei`, `mipro` and `beacon` the default is twice `heat`: the fewer are under way, "
      "the more a proposal knows. Larger values keep more slots busy."},
     [](Job& job, const Reading& value) { job.trajectory.lookahead = whole(value, 1); },
     [](const Job& job) { return toml_text(job.trajectory.lookahead); }},
    {{"strategy", "target", "number", "\"none\"", carries,
      "Stop proposing once a candidate reaches this score."},
     [](Job& job, const Reading& value) {
       job.trajectory.target.reset();
       if (!value.is_word("none")) job.trajectory.target = value.number();
     },
     [](const Job& job) { return optional_text(job.trajectory.target, "none"); }},
    {{"strategy", "patience", "integer", "\"none\"", carries,
      "Stop proposing once so many candidates in a row have brought no better winner."},
     [](Job& job, const Reading& value) {
       job.trajectory.patience.reset();
       if (!value.is_word("none")) job.trajectory.patience = whole(value, 1);
     },
     [](const Job& job) { return optional_text(job.trajectory.patience, "none"); }},
    {{"budget", "evaluations", "integer", "\"unlimited\"", carries,
      "Evaluations in all, those of the final test excepted."},
     [](Job& job, const Reading& value) {
       job.trajectory.budget.reset();
       if (!value.is_word("unlimited")) job.trajectory.budget = value.whole(1, most_evaluations);
     },
     [](const Job& job) { return optional_text(job.trajectory.budget, "unlimited"); }},
    {{"budget", "cost", "number", "\"unlimited\"", carries,
      "Stop proposing once the evaluations of candidates and what these were derived from have "
      "cost "
      "this much, as the program counts; what is under way then is finished, and tested."},
     [](Job& job, const Reading& value) {
       job.trajectory.cost_budget.reset();
       if (!value.is_word("unlimited")) job.trajectory.cost_budget = above(value, 0);
     },
     [](const Job& job) { return optional_text(job.trajectory.cost_budget, "unlimited"); }},
};

}  // namespace

std::span<const Key> strategy_keys() noexcept { return table; }

}  // namespace foundation::job::detail
