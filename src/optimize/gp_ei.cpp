#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "core/exact_math.hpp"
#include "optimize/detail/acquisition.hpp"
#include "optimize/detail/demonstration_sets.hpp"
#include "optimize/detail/features.hpp"
#include "optimize/detail/gaussian_process.hpp"
#include "optimize/detail/model_based_search.hpp"

namespace foundation::optimize::detail {
namespace {

/// Told candidates the process is conditioned on; of more, the best half of these and the newest.
constexpr std::size_t most_points = 500;
/// Newest candidates under way, beside them.
constexpr std::size_t most_believed = 250;
/// Steps of a fit from the last parameters, and from the prior's while there are few candidates.
constexpr int fit_steps = 20;
constexpr std::size_t few_points = 100;
/// Uniform points looked at for a proposal, and steps of each local search from the best.
constexpr std::uint32_t uniform_points = 200;
constexpr std::size_t local_searches = 4;
constexpr std::uint32_t local_steps = 80;

/// What the process is conditioned on; the last `believed` candidates are under way.
struct Conditions {
  std::vector<const Observation*> known;
  std::vector<FeaturePoint> points;
  TrainingData data;
  std::size_t believed = 0;
};

/// Losses as the process sees them: the logarithm of 1 + the loss beyond the best in units of the
/// median's, which keeps differences among the good and compresses those among the bad; then
/// standardised to mean 0 and variance 1.
std::vector<double> standardised(std::span<const double> losses) {
  if (losses.empty()) return {};
  std::vector<double> sorted{losses.begin(), losses.end()};
  std::ranges::sort(sorted);
  const double best = sorted.front();
  double unit = core::exact::quantile(sorted, 0.5) - best;
  if (unit <= 0) unit = sorted.back() - best;
  if (unit <= 0) return std::vector<double>(losses.size(), 0.0);
  const auto count = static_cast<double>(losses.size());
  std::vector<double> values;
  double mean = 0;
  for (const double loss : losses) {
    values.push_back(core::exact::log(1 + (loss - best) / unit));
    mean += values.back() / count;
  }
  double variance = 0;
  for (double& value : values) {
    value -= mean;
    variance += value * value / count;
  }
  for (double& value : values) value /= std::sqrt(variance);
  return values;
}

double normal_draw(core::Stream& stream) {
  return core::exact::normal_quantile(0.5 * 0x1.0p-53 + stream.uniform());
}

/// Looks for assignments that promise much.
class ImprovementSearch {
 public:
  struct Parts {
    const model::Space& space;
    const UnitCube& cube;
    const Features& features;
    const DemonstrationsModel& demonstrations;
    Acquisition acquisition = Acquisition::expected_improvement;
  };
  ImprovementSearch(const Parts& parts, const Conditions& conditions,
                    const KernelParameters& parameters)
      : parts_{parts},
        points_{conditions.points},
        process_{parameters, conditions.data, conditions.believed},
        setting_{.kind = parts.acquisition,
                 .best = best_mean(conditions),
                 .told = conditions.known.size(),
                 .points = uniform_points} {}

  [[nodiscard]] Draft assess(model::Assignment assignment, model::CandidateIndex parent) const {
    const double value = promise_of(predict(parts_.features.of(assignment)), setting_);
    return {.assignment = std::move(assignment), .parent = parent, .value = value};
  }
  /// Steps from `draft` that shrink as they fail.
  [[nodiscard]] Draft improve(Draft draft, core::Stream& stream) const {
    double step = 0.2;
    for (std::uint32_t i = 0; i < local_steps; ++i) {
      model::Assignment near = neighbour(draft.assignment, step, stream);
      if (!parts_.space.constraints().empty() && !parts_.space.problem_of(near).empty()) continue;
      Draft next = assess(std::move(near), draft.parent);
      const bool better = next.value > draft.value;
      step = better ? std::min(step * 1.5, 0.5) : step * 0.9;
      if (better) draft = std::move(next);
    }
    return draft;
  }

 private:
  [[nodiscard]] Prediction predict(const FeaturePoint& point) const {
    DistanceTable distances{parts_.features.count()};
    parts_.features.add_distances(point, points_, distances);
    return process_.predict(distances);
  }
  /// The lowest prediction at a candidate that is known, free of the noise of single scores; the
  /// prior's if there is none.
  [[nodiscard]] double best_mean(const Conditions& conditions) const {
    double best = conditions.known.empty() ? 0 : std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < conditions.known.size(); ++i) {
      best = std::min(best, predict(conditions.points[i]).mean);
    }
    return best;
  }
  /// Changes about half of the numbers, now and then a choice or the demonstrations.
  [[nodiscard]] model::Assignment neighbour(const model::Assignment& from, double step,
                                            core::Stream& stream) const {
    std::vector<double> point;
    for (const Axis& axis : parts_.cube.axes()) {
      const model::Value* value = from.find(axis.name());
      double x = value != nullptr ? axis.coordinate_of(*value) : stream.uniform();
      if (axis.is_ordered()) {
        if (stream.chance(0.5)) x = std::clamp(x + step * normal_draw(stream), 0.0, 1.0);
      } else if (stream.chance(0.1)) {
        x = stream.uniform();
      }
      point.push_back(x);
    }
    model::Assignment near = parts_.cube.to_assignment(point);
    const bool vary = stream.chance(0.5);
    for (const model::Setting& setting : from.settings()) {
      const bool kept = std::holds_alternative<model::Demonstrations>(setting.value);
      if (kept && near.find(setting.name) != nullptr) near.set(setting.name, setting.value);
    }
    return vary ? parts_.demonstrations.vary(std::move(near), &from, stream) : near;
  }

  Parts parts_;
  std::span<const FeaturePoint> points_;
  GaussianProcess process_;
  AcquisitionSetting setting_;
};

/// Bayesian optimisation: a Gaussian process models the scores, and the candidate with the
/// largest expected improvement over the best is proposed (Jones, Schonlau and Welch, Journal of
/// Global Optimization 13, 1998), by its logarithm (Ament et al., NeurIPS 2023); or the one with
/// another `acquisition` function.
///
/// Scores are compressed towards the bad end and standardised; invalid ones count as the worst. The
/// fewer cells a score rests on, because racing stopped the candidate, the more noise it has.
/// Kernel parameters are fitted whenever the number of told candidates has grown by a twentieth; of
/// more than 500 the best 250 and the newest 250 of the others are used. Candidates under way are
/// believed to turn out as predicted. Features says how parameters of all kinds make distances.
///
/// The search for it looks at uniform points, then goes on from the
/// best of them and from the best candidates in steps that shrink as they fail.
class GpEi final : public ModelBasedSearch {
 public:
  GpEi(const StrategyOptions& options, StrategyInput input, const Features::Meanings& sets)
      : ModelBasedSearch{options, std::move(input), "gp_ei"},
        features_{cube(), space(), this->input().train_size, sets},
        parameters_{features_.count()} {}

  void tell(const CandidateOutcome& outcome) override;

 private:
  [[nodiscard]] std::vector<Draft> drafts(std::uint32_t index) const override;
  [[nodiscard]] std::vector<const Observation*> chosen() const;
  [[nodiscard]] Conditions conditions(std::span<const Observation> under_way) const;
  [[nodiscard]] std::vector<double> losses(std::span<const Observation* const> known) const;
  [[nodiscard]] DemonstrationsModel demonstrations(std::span<const Observation* const> known) const;
  [[nodiscard]] std::vector<Draft> uniform_drafts(std::uint32_t index,
                                                  const ImprovementSearch& search) const;

  Features features_;
  KernelParameters parameters_;
  std::size_t next_fit_ = 3;
};

void GpEi::tell(const CandidateOutcome& outcome) {
  ModelBasedSearch::tell(outcome);
  if (!told().front().outcome.valid || told().size() < next_fit_) return;
  next_fit_ = told().size() + 1 + told().size() / 20;
  const Conditions known = conditions({});
  Fit fit = fit_kernel(known.data, parameters_, fit_steps);
  if (known.data.size() <= few_points) {
    const Fit anew = fit_kernel(known.data, KernelParameters{features_.count()}, 2 * fit_steps);
    if (anew.log_posterior > fit.log_posterior) fit = anew;
  }
  parameters_ = fit.parameters;
}

std::vector<Draft> GpEi::drafts(std::uint32_t index) const {
  const std::vector<Observation> pending = under_way();
  const Conditions given = conditions(pending);
  const DemonstrationsModel sets = demonstrations(given.known);
  const ImprovementSearch search{
      {space(), cube(), features_, sets, options().acquisition}, given, parameters_};
  std::vector<Draft> drafts = uniform_drafts(index, search);
  std::vector<Draft> starts{drafts.begin(), drafts.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                 local_searches, drafts.size()))};
  for (std::size_t i = 0; i < std::min(local_searches, told().size()); ++i) {
    const model::CandidateIndex candidate = told()[i].candidate;
    if (!told()[i].outcome.valid) break;
    starts.push_back(search.assess(accepted()[candidate].assignment, candidate));
  }
  for (std::size_t i = 0; i < starts.size(); ++i) {
    core::Stream stream{options().seed, core::Purpose::explore, index,
                        static_cast<std::uint32_t>(i), 2};
    drafts.push_back(search.improve(std::move(starts[i]), stream));
  }
  std::ranges::stable_sort(drafts, std::ranges::greater{}, &Draft::value);
  return drafts;
}

/// Best first.
std::vector<Draft> GpEi::uniform_drafts(std::uint32_t index,
                                        const ImprovementSearch& search) const {
  std::vector<Draft> drafts;
  for (std::uint32_t i = 0; i < uniform_points; ++i) {
    core::Stream stream{options().seed, core::Purpose::explore, index, i, 3};
    drafts.push_back(
        search.assess(space().sample(stream, input().train_size), model::no_candidate));
  }
  std::ranges::stable_sort(drafts, std::ranges::greater{}, &Draft::value);
  return drafts;
}

std::vector<const Observation*> GpEi::chosen() const {
  std::vector<const Observation*> all;
  for (const Observation& seen : told()) all.push_back(&seen);
  if (all.size() <= most_points) return all;
  const auto rest = all.begin() + most_points / 2;
  std::ranges::sort(rest, all.end(), std::ranges::greater{}, &Observation::candidate);
  all.resize(most_points);
  return all;
}

/// What is to be minimised; an invalid candidate counts as the worst valid one (all are equal if
/// none is valid).
std::vector<double> GpEi::losses(std::span<const Observation* const> known) const {
  const auto loss_of = [this](const Observation& seen) {
    return input().maximise ? -seen.outcome.score : seen.outcome.score;
  };
  std::optional<double> worst;
  for (const Observation* seen : known) {
    if (seen->outcome.valid) worst = std::max(worst.value_or(loss_of(*seen)), loss_of(*seen));
  }
  std::vector<double> losses;
  for (const Observation* seen : known) {
    losses.push_back(seen->outcome.valid ? loss_of(*seen) : worst.value_or(0));
  }
  return losses;
}

Conditions GpEi::conditions(std::span<const Observation> under_way) const {
  const auto believed = under_way.last(std::min(under_way.size(), most_believed));
  Conditions made{.known = chosen(),
                  .points = {},
                  .data = {{}, {}, DistanceTable{features_.count()}},
                  .believed = believed.size()};
  made.data.values = standardised(losses(made.known));
  std::uint32_t full = 1;
  for (const Observation* seen : made.known) full = std::max(full, seen->outcome.cells);
  const auto add = [&](const Observation& seen, double noise) {
    FeaturePoint point = features_.of(accepted()[seen.candidate].assignment);
    features_.add_distances(point, made.points, made.data.pairs);
    made.points.push_back(std::move(point));
    made.data.noise_factors.push_back(noise);
  };
  for (const Observation* seen : made.known) {
    add(*seen, full / static_cast<double>(std::max(seen->outcome.cells, 1U)));
  }
  for (const Observation& seen : believed) {
    add(seen, 1);
    made.data.values.push_back(0);
  }
  return made;
}

DemonstrationsModel GpEi::demonstrations(std::span<const Observation* const> known) const {
  std::vector<WeightedAssignment> good;
  for (const Observation* seen : known) {
    if (good.size() < local_searches) {
      good.push_back({&accepted()[seen->candidate].assignment, 1});
    }
  }
  return {space(), input().train_size, good, {}};
}

}  // namespace

std::unique_ptr<Strategy> make_gp_ei(const StrategyOptions& options, StrategyInput input) {
  return make_gp_ei_with_sets(options, std::move(input), {});
}

std::unique_ptr<Strategy> make_gp_ei_with_sets(
    const StrategyOptions& options, StrategyInput input,
    const std::map<std::string, std::vector<std::vector<std::uint32_t>>>& sets) {
  return std::make_unique<GpEi>(options, std::move(input), sets);
}

}  // namespace foundation::optimize::detail
