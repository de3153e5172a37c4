#include "optimize/strategy.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "core/quantity.hpp"
#include "optimize/detail/proposal_sequence.hpp"

namespace foundation::optimize {
namespace {

using model::Parameter;
using model::ParameterKind;

constexpr std::uint32_t least_population = 4;
constexpr std::uint32_t most_levels = 1000;

using Maker = std::unique_ptr<Strategy> (*)(const StrategyOptions& options, StrategyInput input);

enum class Learning : std::uint8_t { none, from_each, by_heats };

struct Kind {
  std::string_view name;
  Maker make;
  Learning learning = Learning::none;  ///< from results, beside the choice of the winner
  bool draws_demonstrations = false;   ///< needs a parameter of that kind
  bool reads_texts = false;
};

constexpr std::array kind_table{
    Kind{"random", detail::make_random_search},
    Kind{"grid", detail::make_grid_search},
    Kind{"sobol", detail::make_sobol_search},
    Kind{"cma_es", detail::make_cma_es, Learning::from_each},
    Kind{"labeled_few_shot", detail::make_labeled_few_shot, Learning::none, true},
    Kind{"bootstrap_random_search", detail::make_bootstrap_random_search, Learning::none, true},
    Kind{"tpe", detail::make_tpe, Learning::from_each},
    Kind{"gp_ei", detail::make_gp_ei, Learning::from_each},
    Kind{"irace", detail::make_irace, Learning::by_heats},
    Kind{"copro", detail::make_copro, Learning::by_heats, false, true},
    Kind{"mipro", detail::make_mipro, Learning::from_each, false, true},
    Kind{"beacon", detail::make_beacon, Learning::from_each, false, true},
    Kind{"gepa", detail::make_gepa, Learning::by_heats, false, true},
    Kind{"simba", detail::make_simba, Learning::by_heats, false, true},
};

constexpr auto kinds = [] {
  std::array<std::string_view, kind_table.size()> names;
  std::ranges::transform(kind_table, names.begin(), &Kind::name);
  return names;
}();

[[noreturn]] void reject(std::string message, std::string hint) {
  throw core::Error{core::ErrorKind::bad_input, std::move(message), std::move(hint)};
}

const Kind& find_kind(std::string_view name) {
  const auto found = std::ranges::find(kind_table, name, &Kind::name);
  if (found != kind_table.end()) return *found;
  const auto near = core::nearest(name, kinds);
  reject(fmt::format("there is no strategy '{}'", name),
         near ? fmt::format("did you mean '{}'?", *near)
              : fmt::format("use one of {}", fmt::join(kinds, ", ")));
}

void check_demonstrations(const Kind& kind, const StrategyInput& input) {
  const bool shows_any = std::ranges::find(input.space.parameters(), ParameterKind::demonstrations,
                                           &Parameter::kind) != input.space.parameters().end();
  if (kind.draws_demonstrations && !shows_any) {
    reject(fmt::format("strategy '{}' needs a parameter of kind demonstrations, but the program "
                       "has none",
                       kind.name),
           "use strategy 'random' for this program");
  }
  for (const Parameter& parameter : input.space.parameters()) {
    if (parameter.kind != ParameterKind::demonstrations) continue;
    if (parameter.low > input.train_size) {
      reject(fmt::format("parameter '{}' needs at least {} demonstrations, but the train split has "
                         "{} examples",
                         parameter.name, parameter.low, input.train_size),
             "lower the parameter's minimum or give the train split a larger share");
    }
  }
}

void check_open_texts(const Kind& kind, const StrategyInput& input) {
  const auto& parameters = input.space.parameters();
  if (!kind.reads_texts ||
      std::ranges::find(parameters, true, &Parameter::open) != parameters.end())
    return;
  reject(fmt::format("strategy '{}' needs a program that can have texts written, but this one has "
                     "no open text",
                     kind.name),
         "use it with a language-model program, or a strategy like 'bootstrap_random_search', "
         "'tpe' or 'random' here");
}

/// Demonstrations the user gave must exist on the train split.
void check_positions(const model::Assignment& assignment, const StrategyInput& input) {
  for (const model::Setting& setting : assignment.settings()) {
    const auto* shown = std::get_if<model::Demonstrations>(&setting.value);
    if (shown == nullptr || shown->positions.empty()) continue;
    const std::uint32_t largest = *std::ranges::max_element(shown->positions);
    if (largest < input.train_size) continue;
    reject(fmt::format("parameter '{}' shows position {} of the train split, which has {} examples",
                       setting.name, largest, input.train_size),
           "positions count from 0");
  }
}

void check(const Kind& kind, const StrategyOptions& options, const StrategyInput& input) {
  if (options.candidates == 0) {
    reject("the strategy may not propose any candidates",
           "set candidates to at least 1: the baseline is the first");
  }
  if (options.levels == 0 || options.levels > most_levels) {
    reject(fmt::format("a grid cannot have {} levels", options.levels),
           fmt::format("set levels to the values wanted of each number, at most {}", most_levels));
  }
  if (options.population && *options.population < least_population) {
    reject(fmt::format("a population of {} cannot evolve", *options.population),
           fmt::format("set population to at least {}", least_population));
  }
  if (!(options.initial_step > 0 && options.initial_step <= 1)) {
    reject(fmt::format("the initial step is {}, but must be above 0 and at most 1",
                       options.initial_step),
           "it is a share of each parameter's range; 0.125 suits most programs");
  }
  if (options.iteration == 0) {
    reject("a heat of no candidates learns nothing", "set heat to at least 2");
  }
  if (options.trajectories == 0) {
    reject("no program is to run on the minibatches", "set trajectories to at least 1");
  }
  if (options.minibatch == 0U) {
    reject("a minibatch of no examples shows nothing", "set minibatch to at least 1");
  }
  check_demonstrations(kind, input);
  check_open_texts(kind, input);
  check_positions(input.space.initial(), input);
  for (const model::Assignment& point : input.space.starting_points()) {
    check_positions(point, input);
  }
}

}  // namespace

bool proposes_by_heats(std::string_view kind) noexcept {
  const auto found = std::ranges::find(kind_table, kind, &Kind::name);
  return found != kind_table.end() && found->learning == Learning::by_heats;
}

bool learns_from_each(std::string_view kind) noexcept {
  const auto found = std::ranges::find(kind_table, kind, &Kind::name);
  return found != kind_table.end() && found->learning == Learning::from_each;
}

bool reads_texts(std::string_view kind) noexcept {
  const auto found = std::ranges::find(kind_table, kind, &Kind::name);
  return found != kind_table.end() && found->reads_texts;
}

std::span<const std::string_view> strategy_kinds() noexcept { return kinds; }

std::unique_ptr<Strategy> make_strategy(const StrategyOptions& options, StrategyInput input) {
  EXPECTS(input.trials > 0);
  const Kind& kind = find_kind(options.kind);
  check(kind, options, input);
  return kind.make(options, std::move(input));
}

}  // namespace foundation::optimize
