#include <algorithm>
#include <cmath>
#include <optional>

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

/// All candidates, or those that have one choice in common.
struct Branch {
  struct Choice {
    std::size_t axis = 0;
    double coordinate = 0;
  };
  std::optional<Choice> choice;
  std::vector<const Observation*> told;  ///< best first
  std::vector<const Observation*> under_way;
};

/// Candidates of one group with their weights in a density.
struct Member {
  const Observation* seen = nullptr;
  double weight = 1;
};
struct Groups {
  std::vector<Member> good;
  std::vector<Member> others;
};

Groups split(const Branch& branch) {
  const auto valid = static_cast<std::size_t>(std::ranges::count_if(
      branch.told, [](const Observation* seen) { return seen->outcome.valid; }));
  const std::size_t good = std::min(good_count(branch.told.size()), valid);
  Groups groups;
  for (std::size_t i = 0; i < branch.told.size(); ++i) {
    if (i < good) {
      groups.good.push_back({branch.told[i], rank_weight(i, good)});
    } else {
      groups.others.push_back({branch.told[i]});
    }
  }
  for (const Observation* seen : branch.under_way) groups.others.push_back({seen});
  return groups;
}

std::vector<KernelCentre> centres_of(std::span<const Member> members) {
  std::vector<KernelCentre> centres;
  for (const Member& member : members) centres.push_back({member.seen->point, member.weight});
  return centres;
}

std::vector<WeightedAssignment> assignments_of(std::span<const Member> members,
                                               std::span<const model::Candidate> candidates) {
  std::vector<WeightedAssignment> assignments;
  for (const Member& member : members) {
    assignments.push_back({&candidates[member.seen->candidate].assignment, member.weight});
  }
  return assignments;
}

std::vector<AxisKernel> make_kernels(const UnitCube& cube, std::span<const Observation* const> told,
                                     std::size_t members) {
  const auto ordered =
      static_cast<std::size_t>(std::ranges::count_if(cube.axes(), &Axis::is_ordered));
  std::vector<AxisKernel> kernels;
  std::vector<double> best_first;
  for (std::size_t axis = 0; axis < cube.dimension(); ++axis) {
    best_first.clear();
    for (const Observation* seen : told) {
      const double x = seen->point[axis];
      if (seen->outcome.valid && !std::isnan(x)) best_first.push_back(x);
    }
    kernels.emplace_back(cube.axes()[axis], best_first, ordered, members);
  }
  return kernels;
}

/// Everything a proposal is drawn from.
struct Estimate {
  std::optional<Branch::Choice> choice;
  Groups groups;
  std::vector<AxisKernel> kernels;
  ParzenDensity good;
  ParzenDensity others;
  DemonstrationsModel demonstrations;
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
class Tpe final : public ModelBasedSearch {
 public:
  Tpe(const StrategyOptions& options, StrategyInput input);

 private:
  [[nodiscard]] std::vector<Draft> drafts(std::uint32_t index) const override;
  [[nodiscard]] Branch branch_for(std::uint32_t index,
                                  std::span<const Observation> under_way) const;
  [[nodiscard]] Branch::Choice choose(core::Stream& stream) const;
  [[nodiscard]] Estimate estimate(const Branch& branch) const;
  [[nodiscard]] std::optional<Draft> draft(const Estimate& estimate, core::Stream& stream) const;

  std::vector<std::size_t> unordered_;  ///< axes whose values are choices
};

Tpe::Tpe(const StrategyOptions& options, StrategyInput input)
    : ModelBasedSearch{options, std::move(input), "tpe"} {
  for (std::size_t axis = 0; axis < cube().dimension(); ++axis) {
    if (!cube().axes()[axis].is_ordered()) unordered_.push_back(axis);
  }
}

std::vector<Draft> Tpe::drafts(std::uint32_t index) const {
  const std::vector<Observation> pending = under_way();
  const Estimate made = estimate(branch_for(index, pending));
  std::vector<Draft> drafts;
  for (std::uint32_t number = 0; number < options().draws; ++number) {
    core::Stream stream{options().seed, core::Purpose::explore, index, number};
    if (auto drawn = draft(made, stream)) drafts.push_back(std::move(*drawn));
  }
  std::ranges::stable_sort(drafts, std::ranges::greater{}, &Draft::value);
  return drafts;
}

Branch Tpe::branch_for(std::uint32_t index, std::span<const Observation> under_way) const {
  Branch branch;
  core::Stream stream{options().seed, core::Purpose::explore, index, 0, 1};
  if (!unordered_.empty() && stream.chance(branch_share)) branch.choice = choose(stream);
  const auto belongs = [&branch](const Observation& seen) {
    return !branch.choice || seen.point[branch.choice->axis] == branch.choice->coordinate;
  };
  for (const Observation& seen : told()) {
    if (belongs(seen)) branch.told.push_back(&seen);
  }
  for (const Observation& seen : under_way) {
    if (belongs(seen)) branch.under_way.push_back(&seen);
  }
  return branch;
}

Branch::Choice Tpe::choose(core::Stream& stream) const {
  const std::size_t axis = unordered_[stream.below(unordered_.size())];
  const Axis& choices = cube().axes()[axis];
  return {axis, choices.centre_of(stream.below(choices.cells()))};
}

Estimate Tpe::estimate(const Branch& branch) const {
  Groups groups = split(branch);
  std::vector<AxisKernel> kernels =
      make_kernels(cube(), branch.told, branch.told.size() + branch.under_way.size());
  ParzenDensity good{kernels, centres_of(groups.good), prior_of_good};
  ParzenDensity others{kernels, centres_of(groups.others), prior_of_others};
  DemonstrationsModel demonstrations{space(), input().train_size,
                                     assignments_of(groups.good, accepted()),
                                     assignments_of(groups.others, accepted())};
  return {branch.choice,   std::move(groups), std::move(kernels),
          std::move(good), std::move(others), std::move(demonstrations)};
}

std::optional<Draft> Tpe::draft(const Estimate& estimate, core::Stream& stream) const {
  for (int tries = 0; tries < most_tries; ++tries) {
    ParzenDraw drawn = estimate.good.draw(stream);
    if (estimate.choice) drawn.point[estimate.choice->axis] = estimate.choice->coordinate;
    Draft draft;
    const model::Assignment* parent = nullptr;
    if (drawn.centre) {
      draft.parent = estimate.groups.good[*drawn.centre].seen->candidate;
      parent = &accepted()[draft.parent].assignment;
    }
    draft.assignment =
        estimate.demonstrations.vary(cube().to_assignment(drawn.point), parent, stream);
    if (!is_allowed(draft.assignment)) continue;
    const std::vector<double> point = point_of(draft.assignment);
    draft.value = estimate.good.log_density(point) - estimate.others.log_density(point) +
                  estimate.demonstrations.log_ratio(draft.assignment);
    return draft;
  }
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Strategy> make_tpe(const StrategyOptions& options, StrategyInput input) {
  return std::make_unique<Tpe>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
