#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "model/positions.hpp"
#include "optimize/detail/irace_model.hpp"
#include "optimize/detail/proposal_sequence.hpp"
#include "optimize/detail/unit_cube.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Assignment;
using model::Candidate;
using model::CandidateIndex;
using model::Parameter;
using model::ParameterKind;
using model::Value;

constexpr int most_draws = 100;
constexpr std::uint32_t restarts_before_uniform = 20;
constexpr double same_place = 1e-4;    // of a parameter's range
constexpr double restart_share = 0.1;  // of the largest probability, given to all categories

/// Iterated racing (Lopez-Ibanez et al., "The irace package: iterated racing for automatic
/// algorithm configuration", Operations Research Perspectives 3, 2016): an iteration is a heat;
/// after a uniform first one, proposals are drawn around elites, each chosen with a weight that
/// falls with its rank. Numbers come from a truncated normal distribution whose deviation shrinks
/// from iteration to iteration; categories from probabilities that an elite inherits from its
/// parent and pulls towards its own choice. A parameter that was inactive in the elite is drawn
/// uniformly. A proposal that (nearly) repeats an earlier one is drawn again with two iterations'
/// narrowing undone: the soft restart.
///
/// Unlike irace it has no count of iterations fixed by a budget, so that a larger budget continues
/// a run: after twice as many iterations as irace has by default (a descent) it starts anew from a
/// uniform one, with elites of its own, while the race still compares with the best of all. Its
/// deviation begins at 0.3 of the range instead of 0.5; demonstrations are kept like a category or
/// drawn anew.
class Irace final : public ProposalSequence {
 public:
  Irace(const StrategyOptions& options, StrategyInput input)
      : ProposalSequence{options, std::move(input)}, cube_{space()} {
    for (const Parameter& parameter : space().parameters()) {
      const auto axis = std::ranges::find(cube_.axes(), parameter.name, &Axis::name);
      axes_.push_back(axis == cube_.axes().end() ? nullptr : &*axis);
    }
    const auto varies = [](const Parameter& it) {
      const std::size_t choices = choices_of(it).size();
      return choices > 1 || (choices == 0 && it.low < it.high);
    };
    const auto count = std::ranges::count_if(space().parameters(), varies);
    parameters_ = std::max(static_cast<std::uint32_t>(count), 1U);
  }

  void tell(const CandidateOutcome& outcome) override {
    if (outcome.valid) told_.push_back(outcome);
  }

 private:
  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t /*own*/,
                                   const Evidence& /*evidence*/) const override {
    const Narrowing narrowing = narrowing_at(index / options().iteration);
    const std::vector<CandidateIndex> elites = elites_for(index, narrowing);
    if (elites.empty()) {
      return first_new(index, model::no_candidate, "random", [&](std::uint32_t attempt) {
        core::Stream stream{options().seed, core::Purpose::sample, index, attempt};
        return space().sample(stream, input().train_size);
      });
    }
    const CandidateIndex parent = choose_parent(index, elites);
    const std::string origin =
        fmt::format("around {}, iteration {}", parent, index / options().iteration);
    return first_new(index, parent, origin, [&](std::uint32_t attempt) {
      core::Stream stream{options().seed, core::Purpose::sample, index, attempt};
      return draw_around(accepted()[parent], narrowing, attempt, stream);
    });
  }

  /// The best candidates of this descent that have been told: who got further is better.
  [[nodiscard]] std::vector<CandidateIndex> elites_for(std::uint32_t index,
                                                       const Narrowing& narrowing) const {
    const std::uint32_t first =
        (index / options().iteration - narrowing.iteration) * options().iteration;
    std::vector<CandidateOutcome> ranked;
    for (const CandidateOutcome& it : told_)
      if (it.index >= first) ranked.push_back(it);
    std::ranges::sort(ranked, [this](const CandidateOutcome& a, const CandidateOutcome& b) {
      if (a.cells != b.cells) return a.cells > b.cells;
      if (a.score != b.score) return input().maximise ? a.score > b.score : a.score < b.score;
      return a.index < b.index;
    });
    ranked.resize(std::min<std::size_t>(ranked.size(), narrowing.elites()));
    std::vector<CandidateIndex> elites;
    for (const CandidateOutcome& it : ranked) elites.push_back(it.index);
    return elites;
  }

  [[nodiscard]] Narrowing narrowing_at(std::uint32_t iteration) const noexcept {
    Narrowing narrowing{0, std::max(options().iteration, 2U), parameters_};
    narrowing.iteration = iteration % narrowing.descent();
    return narrowing;
  }

  [[nodiscard]] CandidateIndex choose_parent(std::uint32_t index,
                                             const std::vector<CandidateIndex>& elites) const {
    std::vector<double> weights;
    for (std::size_t place = 0; place < elites.size(); ++place)
      weights.push_back(static_cast<double>(elites.size() - place));
    core::Stream stream{options().seed, core::Purpose::explore, index};
    return elites[draw_index(weights, stream)];
  }

  [[nodiscard]] Assignment draw_around(const Candidate& parent, Narrowing narrowing,
                                       std::uint32_t restarts, core::Stream& stream) const {
    for (int tries = 0; tries < most_draws && restarts < restarts_before_uniform; ++tries) {
      Narrowing widened = narrowing;
      widened.iteration -= std::min(2 * restarts, narrowing.iteration);
      Assignment drawn;
      for (std::size_t i = 0; i < axes_.size(); ++i)
        drawn.set(space().parameters()[i].name, draw_value(i, parent, widened, restarts, stream));
      drawn = space().normalised(drawn);
      if (!space().problem_of(drawn).empty()) continue;  // a constraint
      if (std::ranges::none_of(accepted(),
                               [&](const Candidate& it) { return is_near(it.assignment, drawn); }))
        return drawn;
      ++restarts;
    }
    return space().sample(stream, input().train_size);
  }

  [[nodiscard]] Value draw_value(std::size_t number, const Candidate& parent,
                                 const Narrowing& narrowing, std::uint32_t restarts,
                                 core::Stream& stream) const {
    const Parameter& parameter = space().parameters()[number];
    const Axis* axis = axes_[number];
    const Value* own = parent.assignment.find(parameter.name);
    if (parameter.kind == ParameterKind::demonstrations)
      return draw_demonstrations(parameter, own, narrowing, stream);
    if (const std::vector<Value> choices = choices_of(parameter); !choices.empty()) {
      std::vector<double> chances =
          probabilities(parameter, choices, parent.index, narrowing.iteration);
      const double largest = *std::ranges::max_element(chances);
      for (std::uint32_t restart = 0; restart < restarts; ++restart)
        for (double& chance : chances)
          chance = (1 - restart_share) * chance + restart_share * largest;
      return choices[draw_index(chances, stream)];
    }
    if (axis == nullptr) return parameter.initial;
    if (own == nullptr) return axis->value_at(stream.uniform());
    return axis->value_at(draw_near(axis->coordinate_of(*own), narrowing.deviation(), stream));
  }

  [[nodiscard]] Value draw_demonstrations(const Parameter& parameter, const Value* own,
                                          const Narrowing& narrowing, core::Stream& stream) const {
    const bool is_kept = stream.chance(narrowing.pull(narrowing.iteration));
    if (own != nullptr && is_kept) return *own;
    const auto high = std::min(static_cast<std::int64_t>(parameter.high),
                               static_cast<std::int64_t>(input().train_size));
    const std::int64_t size = stream.between(static_cast<std::int64_t>(parameter.low), high);
    return model::Demonstrations{
        model::draw_positions(stream, static_cast<std::uint32_t>(size), input().train_size)};
  }

  /// Of the choices around a candidate: its parent's when it was proposed, pulled towards its own
  /// choice by every iteration since.
  [[nodiscard]] std::vector<double> probabilities(const Parameter& parameter,
                                                  const std::vector<Value>& choices,
                                                  CandidateIndex around,
                                                  std::uint32_t iteration) const {
    const Candidate& candidate = accepted()[around];
    const std::uint32_t born = narrowing_at(around / options().iteration).iteration;
    const double even = 1.0 / static_cast<double>(choices.size());
    std::vector<double> chances =
        candidate.parent == model::no_candidate
            ? std::vector<double>(choices.size(), even)
            : probabilities(parameter, choices, candidate.parent, std::min(born, iteration));
    const Value* own = candidate.assignment.find(parameter.name);
    if (own == nullptr) return chances;
    const Narrowing narrowing = narrowing_at(0);
    for (std::uint32_t past = born + 1; past <= iteration; ++past) {
      const double pull = narrowing.pull(past);
      for (std::size_t i = 0; i < choices.size(); ++i)
        chances[i] = std::min(chances[i] * (1 - pull) + (choices[i] == *own ? pull : 0),
                              narrowing.most_probable());
    }
    return chances;
  }

  /// The same for all that one can tell: numbers within a ten-thousandth of their range.
  [[nodiscard]] bool is_near(const Assignment& a, const Assignment& b) const {
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      const std::string& name = space().parameters()[i].name;
      if (!are_near(axes_[i], a.find(name), b.find(name))) return false;
    }
    return true;
  }
  [[nodiscard]] static bool are_near(const Axis* axis, const Value* a, const Value* b) {
    if (a == nullptr || b == nullptr) return a == b;
    if (axis == nullptr || !std::holds_alternative<double>(*a)) return *a == *b;
    return std::fabs(axis->coordinate_of(*a) - axis->coordinate_of(*b)) < same_place;
  }

  UnitCube cube_;
  std::vector<const Axis*> axes_;  ///< by parameter; null for one that has no axis
  std::uint32_t parameters_ = 1;   ///< that vary
  std::vector<CandidateOutcome> told_;
};

}  // namespace

std::unique_ptr<Strategy> make_irace(const StrategyOptions& options, StrategyInput input) {
  return std::make_unique<Irace>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
