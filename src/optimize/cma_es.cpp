#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "optimize/detail/choice_distribution.hpp"
#include "optimize/detail/evolution.hpp"
#include "optimize/detail/model_advisor.hpp"
#include "optimize/detail/proposal_sequence.hpp"
#include "optimize/detail/restarts.hpp"
#include "optimize/detail/unit_cube.hpp"

namespace foundation::optimize::detail {
namespace {

/// Draws from the distribution before one is tried that grows with each attempt.
constexpr std::uint32_t plain_attempts = 10;
constexpr double growth = 1.1;
/// Samples for one draw until the constraints hold.
constexpr int most_samples = 100;

/// What the third number of a stream of Purpose::explore is for.
enum Draw : std::uint32_t { draw_sample, draw_restart };

std::vector<std::size_t> axes_where(const UnitCube& cube, bool is_ordered) {
  std::vector<std::size_t> found;
  for (std::size_t axis = 0; axis < cube.dimension(); ++axis) {
    if (cube.axes()[axis].is_ordered() == is_ordered) found.push_back(axis);
  }
  return found;
}

/// CMA-ES (Evolution) over the ordered parameters and, beside it, a distribution of choices for
/// each of the others, with BIPOP restarts. One proposal of each generation is the minimum of a
/// quadratic model (ModelAdvisor), as long as that proves good.
///
/// The first run begins at the baseline, and once their outcomes are known at the best of baseline
/// and starting points. A generation ends when the outcomes of `population` proposals in a row
/// are told, whatever they were sampled from: with look-ahead, proposals come from the newest
/// distribution there was.
///
/// Rank: invalid ones last; candidates that racing stopped behind those that got further; then by
/// score, and equal ones in the order of proposals. Parameters that were inactive drift without
/// selection (numbers) or learn nothing (choices). Points that break constraints are drawn again;
/// so are repeats, after some attempts more widely. Demonstrations are drawn as by `random`.
class CmaEs final : public ProposalSequence {
 public:
  CmaEs(const StrategyOptions& options, StrategyInput input)
      : ProposalSequence{options, std::move(input)},
        cube_{space()},
        ordered_{axes_where(cube_, true)},
        unordered_{axes_where(cube_, false)},
        restarts_{
            RunPlan{.population = options.population.value_or(default_population(ordered_.size())),
                    .step = options.initial_step}} {
    begin_run(restarts_.first(), cube_.to_point(space().initial()));
  }

  void tell(const CandidateOutcome& outcome) override;

 private:
  /// An accepted proposal of our own, until it is told.
  struct Trial {
    std::uint32_t run = 0;
    std::uint32_t generation = 0;
    bool is_suggested = false;      ///< by the model
    std::vector<double> evaluated;  ///< on the axes of the evolution, inside and rounded
    std::vector<double> point;      ///< as sampled, on all axes of the cube
  };
  struct Told {
    CandidateOutcome outcome;
    Trial trial;
  };
  struct Drawn {
    model::Assignment assignment;
    std::vector<double> point;
  };

  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t own,
                                   const Evidence& evidence) const override;
  void own_accepted(const model::Candidate& candidate, std::uint32_t own) override;
  [[nodiscard]] Drawn draw(std::uint32_t index, std::uint32_t attempt) const;
  [[nodiscard]] std::vector<double> sample(core::Stream& stream, double widening) const;
  [[nodiscard]] std::vector<double> evaluated_at(const std::vector<double>& point) const;
  [[nodiscard]] std::vector<double> numbers_of(const std::vector<double>& point) const;
  void consult_model(const std::vector<const Told*>& ranked);
  [[nodiscard]] std::vector<double> inside(std::vector<double> point) const;

  void begin_run(const RunPlan& plan, const std::vector<double>& start, bool is_favourite = true);
  void restart();
  void tell_given(const CandidateOutcome& outcome);
  void end_generation();
  void learn_choices(const std::vector<const Told*>& ranked);
  [[nodiscard]] bool is_better(const CandidateOutcome& a, const CandidateOutcome& b) const;
  [[nodiscard]] double cost_of(const CandidateOutcome& outcome) const {
    return input().maximise ? -outcome.score : outcome.score;
  }

  UnitCube cube_;
  std::vector<std::size_t> ordered_;    ///< axes of the evolution
  std::vector<std::size_t> unordered_;  ///< axes with a distribution of choices
  Restarts restarts_;

  std::uint32_t run_ = 0;
  std::uint64_t evaluations_ = 0;  ///< told in this run
  std::optional<Evolution> evolution_;
  std::vector<ChoiceDistribution> choices_;
  std::optional<Progress> progress_;
  std::optional<CandidateOutcome> best_given_;
  ModelAdvisor advisor_;
  std::optional<std::vector<double>> suggestion_;  ///< for the next proposal
  std::vector<Trial> trials_;                      ///< of own proposals, in their order
  std::vector<Told> told_;                         ///< of the generation under way
};

Reply CmaEs::own_proposal(std::uint32_t index, std::uint32_t /*own*/,
                          const Evidence& /*evidence*/) const {
  return first_new(index, model::no_candidate, "CMA-ES",
                   [&](std::uint32_t attempt) { return draw(index, attempt).assignment; });
}

void CmaEs::own_accepted(const model::Candidate& candidate, std::uint32_t own) {
  EXPECTS(own == trials_.size());
  std::uint32_t attempt = 0;
  Drawn drawn = draw(candidate.index, attempt);
  while (drawn.assignment != candidate.assignment && attempt < most_redraws) {
    drawn = draw(candidate.index, ++attempt);
  }
  const bool is_suggested = suggestion_ && drawn.point == *suggestion_;
  suggestion_.reset();
  trials_.push_back({.run = run_,
                     .generation = evolution_->generation(),
                     .is_suggested = is_suggested,
                     .evaluated = evaluated_at(drawn.point),
                     .point = std::move(drawn.point)});
}

CmaEs::Drawn CmaEs::draw(std::uint32_t index, std::uint32_t attempt) const {
  core::Stream stream{options().seed, core::Purpose::explore, index, attempt, draw_sample};
  double widening = 1;
  for (std::uint32_t i = plain_attempts; i <= attempt; ++i) widening *= growth;
  for (int tries = 0; tries < most_samples; ++tries) {
    const bool use_suggestion = suggestion_ && attempt == 0 && tries == 0;
    std::vector<double> point = use_suggestion ? *suggestion_ : sample(stream, widening);
    model::Assignment assignment =
        with_demonstrations_for(index, cube_.to_assignment(inside(point)), attempt);
    if (space().constraints().empty() || space().problem_of(assignment).empty()) {
      return {std::move(assignment), std::move(point)};
    }
  }
  model::Assignment assignment = space().sample(stream, input().train_size);
  std::vector<double> point = cube_.to_point(assignment);
  return {std::move(assignment), std::move(point)};
}

std::vector<double> CmaEs::sample(core::Stream& stream, double widening) const {
  std::vector<double> point(cube_.dimension());
  const std::vector<double> numbers = evolution_->sample(stream, widening);
  for (std::size_t i = 0; i < ordered_.size(); ++i) point[ordered_[i]] = numbers[i];
  for (std::size_t i = 0; i < unordered_.size(); ++i) {
    point[unordered_[i]] =
        cube_.axes()[unordered_[i]].centre_of(choices_[i].sample(stream, widening));
  }
  return point;
}

std::vector<double> CmaEs::inside(std::vector<double> point) const {
  const std::vector<double> numbers = evolution_->inside(numbers_of(point));
  for (std::size_t i = 0; i < ordered_.size(); ++i) point[ordered_[i]] = numbers[i];
  return point;
}

std::vector<double> CmaEs::evaluated_at(const std::vector<double>& point) const {
  std::vector<double> numbers = evolution_->inside(numbers_of(point));
  for (std::size_t i = 0; i < ordered_.size(); ++i) {
    const Axis& axis = cube_.axes()[ordered_[i]];
    if (axis.cells() > 0) numbers[i] = axis.centre_of(axis.cell_at(numbers[i]));
  }
  return numbers;
}

std::vector<double> CmaEs::numbers_of(const std::vector<double>& point) const {
  std::vector<double> numbers;
  numbers.reserve(ordered_.size());
  for (const std::size_t axis : ordered_) numbers.push_back(point[axis]);
  return numbers;
}

void CmaEs::begin_run(const RunPlan& plan, const std::vector<double>& start, bool is_favourite) {
  EvolutionStart evolution{
      .mean = {}, .step = plan.step, .population = plan.population, .cells = {}};
  for (const std::size_t axis : ordered_) {
    evolution.mean.push_back(start[axis]);
    evolution.cells.push_back(cube_.axes()[axis].cells());
  }
  evolution_.emplace(std::move(evolution));
  choices_.clear();
  for (const std::size_t axis : unordered_) {
    const auto count = static_cast<std::uint32_t>(cube_.axes()[axis].cells());
    const auto favourite = static_cast<std::uint32_t>(cube_.axes()[axis].cell_at(start[axis]));
    choices_.emplace_back(count, is_favourite ? favourite : count);
  }
  progress_.emplace(ordered_.size(), plan.population);
  told_.clear();
  advisor_ = {};
  suggestion_.reset();
  evaluations_ = 0;
  ++run_;
}

void CmaEs::restart() {
  core::Stream stream{options().seed, core::Purpose::explore, run_, 0, draw_restart};
  std::vector<double> start(cube_.dimension());
  for (double& coordinate : start) coordinate = stream.uniform();
  begin_run(restarts_.next(evaluations_, stream), start, false);
}

void CmaEs::tell(const CandidateOutcome& outcome) {
  if (outcome.index < given()) return tell_given(outcome);
  Trial& trial = trials_[outcome.index - given()];
  if (trial.run != run_) return;
  ++evaluations_;
  told_.push_back({.outcome = outcome, .trial = std::move(trial)});
  if (told_.size() == evolution_->population()) end_generation();
}

/// Baseline and starting points: the first run goes on from the best of them.
void CmaEs::tell_given(const CandidateOutcome& outcome) {
  if (outcome.valid && (!best_given_ || is_better(outcome, *best_given_))) best_given_ = outcome;
  const bool is_last = outcome.index + 1 == given();
  if (!is_last || !best_given_ || best_given_->index == 0) return;
  begin_run(restarts_.first(), cube_.to_point(accepted()[best_given_->index].assignment));
}

bool CmaEs::is_better(const CandidateOutcome& a, const CandidateOutcome& b) const {
  if (a.valid != b.valid) return a.valid;
  if (!a.valid) return false;
  if (a.cells != b.cells) return a.cells > b.cells;
  return cost_of(a) < cost_of(b);
}

void CmaEs::end_generation() {
  std::vector<const Told*> ranked;
  for (const Told& told : told_) ranked.push_back(&told);
  std::ranges::stable_sort(
      ranked, [this](const Told* a, const Told* b) { return is_better(a->outcome, b->outcome); });
  std::vector<double> costs;
  std::vector<SampledPoint> points;
  for (const Told* told : ranked) {
    if (told->outcome.valid) costs.push_back(cost_of(told->outcome));
    const bool is_sample =
        told->trial.generation == evolution_->generation() && !told->trial.is_suggested;
    points.push_back({.point = numbers_of(told->trial.point), .is_current = is_sample});
  }
  if (!costs.empty()) {  // a generation of failures says nothing about a direction
    evolution_->update(points);
    learn_choices(ranked);
    std::ranges::sort(costs);
    progress_->add(costs);
    if (costs.front() == costs[costs.size() * 7 / 10]) evolution_->widen();
    consult_model(ranked);
  }
  told_.clear();
  if (evolution_->has_collapsed() || progress_->has_ended()) restart();
}

void CmaEs::consult_model(const std::vector<const Told*>& ranked) {
  for (std::size_t rank = 0; rank < ranked.size(); ++rank) {
    const Told& told = *ranked[rank];
    if (told.trial.is_suggested) advisor_.judge(rank < ranked.size() / 2);
    // Scores on a prefix of the examples are not the same function.
    if (!told.outcome.valid || !told.outcome.complete) continue;
    advisor_.add(told.trial.evaluated, cost_of(told.outcome));
  }
  const auto advice = advisor_.advise(*evolution_);
  if (!advice) return;
  suggestion_ = ranked.front()->trial.point;  // the choices of the best
  for (std::size_t i = 0; i < ordered_.size(); ++i) (*suggestion_)[ordered_[i]] = (*advice)[i];
}

void CmaEs::learn_choices(const std::vector<const Told*>& ranked) {
  if (unordered_.empty()) return;
  double freedom = 0;
  for (const std::size_t axis : unordered_) {
    freedom += static_cast<double>(cube_.axes()[axis].cells() - 1);
  }
  const EvolutionRates rates{ordered_.size(), evolution_->population()};
  const double rate = rates.mu_eff / (rates.mu_eff + 2 * freedom);
  for (std::size_t i = 0; i < unordered_.size(); ++i) {
    const Axis& axis = cube_.axes()[unordered_[i]];
    std::vector<ChoiceDistribution::Vote> votes;
    for (std::size_t rank = 0; rank < ranked.size() / 2; ++rank) {
      const Told& told = *ranked[rank];
      if (accepted()[told.outcome.index].assignment.find(axis.name()) == nullptr) continue;
      const auto choice = static_cast<std::uint32_t>(axis.cell_at(told.trial.point[unordered_[i]]));
      votes.push_back({choice, rate * rates.weights[rank]});
    }
    const double least = 1 / (2.0 * static_cast<double>(axis.cells()) * evolution_->population());
    choices_[i].update(votes, least);
  }
}

}  // namespace

std::unique_ptr<Strategy> make_cma_es(const StrategyOptions& options, StrategyInput input) {
  return std::make_unique<CmaEs>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
