#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "optimize/detail/enumerated_search.hpp"

namespace foundation::optimize::detail {
namespace {

/// Points of a grid at most: places in the sequence of its stages fit 64 bits.
constexpr std::uint64_t most_points = std::uint64_t{1} << 62;

/// Indices 0 .. count - 1 of evenly spaced levels, farthest first: the middle, the ends, then
/// always the one farthest from all before it (the lower of two).
std::vector<std::uint32_t> farthest_first(std::uint32_t count) {
  std::vector<std::uint32_t> order{count / 2};
  std::vector<std::uint32_t> gap(count);  // to the nearest one in `order`
  for (std::uint32_t i = 0; i < count; ++i) gap[i] = std::max(i, order[0]) - std::min(i, order[0]);
  while (order.size() < count) {
    const auto next = static_cast<std::uint32_t>(std::ranges::max_element(gap) - gap.begin());
    order.push_back(next);
    for (std::uint32_t i = 0; i < count; ++i) {
      gap[i] = std::min(gap[i], std::max(i, next) - std::min(i, next));
    }
  }
  return order;
}

/// The coordinates of an axis, in the order in which the grid becomes finer.
std::vector<double> levels_of(const Axis& axis, std::uint32_t wanted) {
  std::vector<double> levels;
  if (!axis.is_ordered()) {
    for (std::uint64_t cell = 0; cell < axis.cells(); ++cell)
      levels.push_back(axis.centre_of(cell));
    return levels;
  }
  const bool has_all = axis.cells() > 0 && axis.cells() <= wanted;
  const std::uint32_t count = has_all ? static_cast<std::uint32_t>(axis.cells()) : wanted;
  for (const std::uint32_t level : farthest_first(count)) {
    const double place = count == 1 ? 0.5 : static_cast<double>(level) / (count - 1);
    levels.push_back(axis.cells() == 0 ? place : axis.centre_of(axis.cell_at(place)));
  }
  return levels;
}

/// Full factorial: `levels` values of each number, evenly spaced (in the logarithm where the
/// parameter is) from the lowest to the highest, and every choice of all other parameters.
///
/// Stages of growing fineness make it useful when it is cut early. Stage 0 is the middle of all
/// ordered parameters with every choice; then come the grids of 3, 5, 9, 17, ... levels,
/// each with the ends, less what earlier stages held. A stage is walked through in steps of about
/// the golden section of its size, so that the part before a cut is spread over it, too.
///
/// A point whose inactive parameters are not at their first levels repeats another and is passed
/// over, like those that break a constraint. Ends when the grid is used up.
class GridSearch final : public EnumeratedSearch {
 public:
  GridSearch(const StrategyOptions& options, StrategyInput input)
      : EnumeratedSearch{options, std::move(input), "grid"} {
    for (const Axis& axis : cube().axes()) levels_.push_back(levels_of(axis, options.levels));
    check_size();
    do {
      add_stage();
    } while (!is_finest(stages_.back()));
  }

 private:
  /// The grid of the first levels of each axis, at places [begin, end) of the sequence.
  struct Stage {
    std::vector<std::uint32_t> counts;  ///< levels of each axis
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t stride = 1;  ///< between points visited one after the other
  };

  void check_size() const;
  void add_stage();
  [[nodiscard]] bool is_finest(const Stage& stage) const;
  [[nodiscard]] std::uint32_t level_count(std::size_t stage, std::size_t axis) const;
  [[nodiscard]] std::uint64_t size() const override { return stages_.back().end; }
  [[nodiscard]] std::optional<model::Assignment> point_at(std::uint64_t place) const override;
  /// Which of its levels a point of a stage has on each axis.
  [[nodiscard]] static std::vector<std::uint32_t> ranks_at(const Stage& stage, std::uint64_t place);
  [[nodiscard]] bool is_in(std::size_t stage, const std::vector<std::uint32_t>& ranks) const;
  [[nodiscard]] const char* advice() const override {
    return "narrow the ranges of the parameters to the region the constraints allow, or use "
           "strategy 'sobol'";
  }

  std::vector<std::vector<double>> levels_;
  std::vector<Stage> stages_;
};

void GridSearch::check_size() const {
  std::uint64_t points = 1;
  for (const std::vector<double>& levels : levels_) {
    if (points > most_points / levels.size()) {
      throw core::Error{core::ErrorKind::bad_input,
                        fmt::format("a grid of {} levels over {} parameters has more than 2^62 "
                                    "points",
                                    options().levels, levels_.size()),
                        "lower strategy.levels, fix some parameters, or use strategy 'sobol'"};
    }
    points *= levels.size();
  }
}

void GridSearch::add_stage() {
  Stage stage;
  std::uint64_t points = 1;
  for (std::size_t axis = 0; axis < levels_.size(); ++axis) {
    stage.counts.push_back(level_count(stages_.size(), axis));
    points *= stage.counts.back();
  }
  stage.begin = stages_.empty() ? 0 : stages_.back().end;
  stage.end = stage.begin + points;
  constexpr double golden_section = 0.61803398874989485;
  stage.stride = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(golden_section * static_cast<double>(points)));
  while (std::gcd(stage.stride, points) != 1) ++stage.stride;
  stages_.push_back(std::move(stage));
}

bool GridSearch::is_finest(const Stage& stage) const {
  for (std::size_t axis = 0; axis < levels_.size(); ++axis) {
    if (stage.counts[axis] < levels_[axis].size()) return false;
  }
  return true;
}

std::uint32_t GridSearch::level_count(std::size_t stage, std::size_t axis) const {
  const auto all = static_cast<std::uint32_t>(levels_[axis].size());
  if (!cube().axes()[axis].is_ordered()) return all;
  return std::min(all, stage == 0 ? 1 : (1U << stage) + 1);
}

std::optional<model::Assignment> GridSearch::point_at(std::uint64_t place) const {
  std::size_t number = 0;
  while (place >= stages_[number].end) ++number;
  const std::vector<std::uint32_t> ranks = ranks_at(stages_[number], place);
  if (number > 0 && is_in(number - 1, ranks)) return std::nullopt;
  std::vector<double> point;
  for (std::size_t axis = 0; axis < ranks.size(); ++axis) {
    point.push_back(levels_[axis][ranks[axis]]);
  }
  model::Assignment assignment = cube().to_assignment(point);
  for (std::size_t axis = 0; axis < ranks.size(); ++axis) {
    const bool is_active = assignment.find(cube().axes()[axis].name()) != nullptr;
    if (!is_active && ranks[axis] > 0) return std::nullopt;
  }
  return assignment;
}

std::vector<std::uint32_t> GridSearch::ranks_at(const Stage& stage, std::uint64_t place) {
  __extension__ using Wide = unsigned __int128;
  const Wide steps = static_cast<Wide>(place - stage.begin) * stage.stride;
  auto rest = static_cast<std::uint64_t>(steps % (stage.end - stage.begin));
  std::vector<std::uint32_t> ranks;
  for (const std::uint32_t count : stage.counts) {
    ranks.push_back(static_cast<std::uint32_t>(rest % count));
    rest /= count;
  }
  return ranks;
}

bool GridSearch::is_in(std::size_t stage, const std::vector<std::uint32_t>& ranks) const {
  const std::vector<std::uint32_t>& counts = stages_[stage].counts;
  for (std::size_t axis = 0; axis < ranks.size(); ++axis) {
    if (ranks[axis] >= counts[axis]) return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<Strategy> make_grid_search(const StrategyOptions& options, StrategyInput input) {
  return std::make_unique<GridSearch>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
