#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "optimize/detail/demonstration_sets.hpp"
#include "optimize/detail/model_based_search.hpp"
#include "optimize/detail/parzen.hpp"

namespace foundation::optimize::detail {
namespace {

constexpr double prior_of_good = 0.5;
constexpr double prior_of_others = 1;
/// Points drawn for one draft until the constraints hold.
constexpr int most_tries = 100;
/// Share of the proposals that belong to a branch.
constexpr double branch_share = 0.25;

/// A choice that all proposals of a branch have in common.
struct Choice {
  std::size_t axis = 0;
  double coordinate = 0;
};

/// Candidates that a proposal learns from: told ones, best first, then those under way.
struct Population {
  explicit Population(std::size_t axes) : points{axes} {}

  void insert(std::size_t row, const Observation& seen) {
    points.insert(row, seen.point);
    candidates.insert(candidates.begin() + static_cast<std::ptrdiff_t>(row), seen.candidate);
  }
  [[nodiscard]] std::size_t size() const noexcept { return candidates.size(); }

  PointTable points;
  std::vector<model::CandidateIndex> candidates;
  std::size_t told = 0;
  std::size_t valid = 0;  ///< of the told ones; they come first
};

/// Coordinates of the best of the valid candidates that have one on this axis.
std::vector<double> good_coordinates(const Population& population, std::size_t axis) {
  const auto valid = population.points.on(axis).first(population.valid);
  const auto missing = static_cast<std::size_t>(
      std::ranges::count_if(valid, [](double x) { return std::isnan(x); }));
  std::vector<double> good;
  good.reserve(good_count(valid.size() - missing));
  for (std::size_t row = 0; good.size() < good_count(valid.size() - missing); ++row) {
    if (!std::isnan(valid[row])) good.push_back(valid[row]);
  }
  return good;
}

std::vector<AxisKernel> make_kernels(const UnitCube& cube, const Population& population) {
  const auto ordered =
      static_cast<std::size_t>(std::ranges::count_if(cube.axes(), &Axis::is_ordered));
  std::vector<AxisKernel> kernels;
  kernels.reserve(cube.dimension());
  for (std::size_t axis = 0; axis < cube.dimension(); ++axis) {
    kernels.emplace_back(cube.axes()[axis], good_coordinates(population, axis), ordered,
                         population.size());
  }
  return kernels;
}

/// Everything a proposal is drawn from. The first `good` of the population are good ones.
struct Estimate {
  Estimate(const UnitCube& cube, Population from)
      : population{std::move(from)},
        good{std::min(good_count(population.told), population.valid)},
        kernels{make_kernels(cube, population)},
        of_good{kernels, population.points, 0, rank_weights(good), prior_of_good},
        of_others{kernels, population.points, good,
                  std::vector<double>(population.size() - good, 1.0), prior_of_others} {}
  Estimate(const Estimate&) = delete;
  Estimate& operator=(const Estimate&) = delete;

  Population population;
  std::size_t good;
  std::vector<AxisKernel> kernels;
  ParzenDensity of_good;
  ParzenDensity of_others;
  std::optional<Choice> choice;
  std::optional<DemonstrationsModel> demonstrations;
};

/// A draft whose value is known to be at most `bound`, until the density of the others is complete.
struct Sketch {
  std::vector<double> point;
  model::CandidateIndex parent = model::no_candidate;
  std::optional<model::Assignment> assignment;  ///< where it takes more than the point
  double log_good = 0;                          ///< with the ratio of the demonstrations
  ParzenDensity::Sum others;
  double bound = 0;
};

/// Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl, NIPS 24, 2011) in the
/// multivariate form of Falkner, Klein and Hutter (ICML 2018). Of n told candidates the best
/// ceil(sqrt(n)), weighted by rank, make one density; the others and, as "constant liars", those
/// still under way make another one. Of `draws` points from the first, the one where the ratio
/// of the two is largest is proposed. (Watanabe, arXiv 2304.11127, compares what others chose.)
///
/// Both densities have the same kernels, as wide as the good candidates are spread: so the ratio
/// is a local estimate of how likely a point is good, and the search contracts at the rate at
/// which good candidates gather. ParzenDensity says how conditional parameters enter.
///
/// Where there are choices, a search that contracts around one of them would hardly look at the
/// others again. So a quarter of the proposals belong to a branch: one choice of one parameter is
/// drawn and fixed, and only the candidates that made it count.
///
/// Points that break a constraint are drawn again. Demonstrations of a draft are varied from
/// those of the candidate it was drawn around, and add their own ratio (DemonstrationSets).
///
/// The density of the others has the most centres, and only the best draft is wanted. So it is
/// summed up, best candidates first, since these are near, for the draft that promises most as far
/// as it is known, until that one is complete.
class Tpe final : public ModelBasedSearch {
 public:
  Tpe(const StrategyOptions& options, StrategyInput input);

 private:
  void told_at(std::size_t place) override;
  [[nodiscard]] std::vector<Draft> drafts(std::uint32_t index) const override;
  [[nodiscard]] std::optional<Choice> choice_for(std::uint32_t index) const;
  [[nodiscard]] Population population_of(const std::optional<Choice>& choice) const;
  [[nodiscard]] DemonstrationsModel demonstrations(const Estimate& estimate) const;
  [[nodiscard]] std::optional<Sketch> sketch(const Estimate& estimate, core::Stream& stream) const;
  /// Gives the sketch its assignment, drawn by `stream` if need be. False: it is not allowed.
  [[nodiscard]] bool settle(const Estimate& estimate, Sketch& sketch, core::Stream& stream) const;
  [[nodiscard]] std::optional<Draft> best_new(const Estimate& estimate,
                                              std::vector<Sketch> sketches) const;

  std::vector<std::size_t> unordered_;  ///< axes whose values are choices
  bool has_demonstrations_;
  bool is_plain_ = true;  ///< each point of the cube is a valid assignment, with all parameters
  Population told_;
};

Tpe::Tpe(const StrategyOptions& options, StrategyInput input)
    : ModelBasedSearch{options, std::move(input), "tpe"},
      has_demonstrations_{!demonstrations_of(space()).empty()},
      told_{cube().dimension()} {
  for (std::size_t axis = 0; axis < cube().dimension(); ++axis) {
    if (!cube().axes()[axis].is_ordered()) unordered_.push_back(axis);
  }
  is_plain_ = !has_demonstrations_ && space().constraints().empty() &&
              std::ranges::all_of(space().parameters(), [](const model::Parameter& parameter) {
                return parameter.conditions.empty();
              });
}

void Tpe::told_at(std::size_t place) {
  told_.insert(place, told()[place]);
  ++told_.told;
  if (told()[place].outcome.valid) ++told_.valid;
}

std::vector<Draft> Tpe::drafts(std::uint32_t index) const {
  const std::optional<Choice> choice = choice_for(index);
  Estimate made{cube(), population_of(choice)};
  made.choice = choice;
  if (has_demonstrations_) made.demonstrations = demonstrations(made);
  std::vector<Sketch> sketches;
  sketches.reserve(options().draws);
  for (std::uint32_t number = 0; number < options().draws; ++number) {
    core::Stream stream{options().seed, core::Purpose::explore, index, number};
    if (auto drawn = sketch(made, stream)) sketches.push_back(std::move(*drawn));
  }
  auto best = best_new(made, std::move(sketches));
  return best ? std::vector{std::move(*best)} : std::vector<Draft>{};
}

std::optional<Choice> Tpe::choice_for(std::uint32_t index) const {
  core::Stream stream{options().seed, core::Purpose::explore, index, 0, 1};
  if (unordered_.empty() || !stream.chance(branch_share)) return std::nullopt;
  const std::size_t axis = unordered_[stream.below(unordered_.size())];
  const Axis& choices = cube().axes()[axis];
  return Choice{axis, choices.centre_of(stream.below(choices.cells()))};
}

/// All candidates, or those that made the choice.
Population Tpe::population_of(const std::optional<Choice>& choice) const {
  const auto belongs = [&choice](const Observation& seen) {
    return !choice || seen.point[choice->axis] == choice->coordinate;
  };
  Population population = choice ? Population{cube().dimension()} : told_;
  for (std::size_t row = 0; choice && row < told().size(); ++row) {
    if (!belongs(told()[row])) continue;
    population.insert(population.told++, told()[row]);
    if (told()[row].outcome.valid) ++population.valid;
  }
  for (const Observation& seen : under_way()) {
    if (belongs(seen)) population.insert(population.size(), seen);
  }
  return population;
}

DemonstrationsModel Tpe::demonstrations(const Estimate& estimate) const {
  const std::vector<double> weights = rank_weights(estimate.good);
  std::vector<WeightedAssignment> good;
  std::vector<WeightedAssignment> others;
  for (std::size_t row = 0; row < estimate.population.size(); ++row) {
    const auto& assignment = accepted()[estimate.population.candidates[row]].assignment;
    if (row < estimate.good) {
      good.push_back({&assignment, weights[row]});
    } else {
      others.push_back({&assignment, 1});
    }
  }
  return {space(), input().train_size, good, others};
}

std::optional<Sketch> Tpe::sketch(const Estimate& estimate, core::Stream& stream) const {
  for (int tries = 0; tries < most_tries; ++tries) {
    ParzenDraw drawn = estimate.of_good.draw(stream);
    if (estimate.choice) drawn.point[estimate.choice->axis] = estimate.choice->coordinate;
    Sketch sketch;
    sketch.point = std::move(drawn.point);
    if (drawn.centre) sketch.parent = estimate.population.candidates[*drawn.centre];
    if (!settle(estimate, sketch, stream)) continue;
    sketch.log_good = estimate.of_good.log_density(sketch.point);
    if (estimate.demonstrations) {
      sketch.log_good += estimate.demonstrations->log_ratio(*sketch.assignment);
    }
    sketch.others = estimate.of_others.begin();
    sketch.bound = sketch.log_good - ParzenDensity::log_of(sketch.others);
    return sketch;
  }
  return std::nullopt;
}

bool Tpe::settle(const Estimate& estimate, Sketch& sketch, core::Stream& stream) const {
  if (is_plain_) {
    cube().move_to_centres(sketch.point);
    return true;
  }
  model::Assignment assignment = cube().to_assignment(sketch.point);
  if (estimate.demonstrations) {
    const bool derived = sketch.parent != model::no_candidate;
    const auto* parent = derived ? &accepted()[sketch.parent].assignment : nullptr;
    assignment = estimate.demonstrations->vary(std::move(assignment), parent, stream);
  }
  if (!is_allowed(assignment)) return false;
  sketch.point = point_of(assignment);
  sketch.assignment = std::move(assignment);
  return true;
}

std::optional<Draft> Tpe::best_new(const Estimate& estimate, std::vector<Sketch> sketches) const {
  while (!sketches.empty()) {
    const auto best = std::ranges::max_element(sketches, {}, &Sketch::bound);
    if (!estimate.of_others.is_complete(best->others)) {
      estimate.of_others.extend(best->others, best->point);
      best->bound = best->log_good - ParzenDensity::log_of(best->others);
      continue;
    }
    model::Assignment assignment =
        best->assignment ? std::move(*best->assignment) : cube().to_assignment(best->point);
    if (!is_accepted(assignment)) {
      return Draft{
          .assignment = std::move(assignment), .parent = best->parent, .value = best->bound};
    }
    sketches.erase(best);
  }
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Strategy> make_tpe(const StrategyOptions& options, StrategyInput input) {
  return std::make_unique<Tpe>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
