#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "optimize/detail/choice_pools.hpp"
#include "optimize/detail/demonstration_source.hpp"
#include "optimize/detail/instruction_requests.hpp"
#include "optimize/detail/proposal_sequence.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Assignment;
using model::Parameter;

/// Makes the strategy that searches a pooled space.
using MakeModel = std::unique_ptr<Strategy> (*)(const StrategyOptions& options, StrategyInput input,
                                                const ChoicePools& pools);

template <class T>
void add_once(T value, std::vector<T>& values) {
  if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
}

/// Instructions and demonstrations chosen from pools, together with all other parameters (MIPROv2;
/// Opsahl-Ong et al., arXiv:2406.11695). The pool of an open text has the program's own, the
/// user's choices and `instructions` others that are written for it (InstructionRequests); the pool
/// of a demonstrations parameter has `demonstration_sets`: none, labelled ones, a bootstrap in
/// trainset order and others of drawn orders and sizes, as in bootstrap_random_search. The pools
/// are made in parallel before the first proposal. Then a strategy with a model of the scores
/// searches the space of choices (PooledSpace): `mipro` by tpe, as MIPROv2 does, `beacon` by gp_ei,
/// whose kernel knows how far sets of demonstrations overlap.
///
/// Texts are written once, from summaries of the data and of what the program does; what was found
/// by earlier proposals steers the choice among them. So few candidates should be under way at a
/// time: a job's heats and look-ahead are short by default (job.cpp).
///
/// The original mixes means over minibatches of validation with those over all of it, unweighted;
/// here scores of candidates that racing stopped count as these models make them count.
class PoolSearch final : public ProposalSequence {
 public:
  PoolSearch(const StrategyOptions& options, StrategyInput input, MakeModel make_model)
      : ProposalSequence{options, std::move(input)},
        make_model_{make_model},
        requests_{this->options(), this->input(), baseline()} {
    for (const Parameter* parameter : demonstrations_of(space()))
      shown_.push_back(
          {parameter, DemonstrationSource{*parameter, static_cast<std::uint32_t>(shown_.size()),
                                          this->options(), this->input()}});
  }

  void tell(const CandidateOutcome& outcome) override { told_.push_back(outcome); }

 private:
  struct Shown {
    const Parameter* parameter = nullptr;  ///< of the space that the base class holds
    DemonstrationSource source;
  };
  /// The strategy over the pooled space, and how much of the course it knows. Nothing in it is not
  /// made of what this strategy was given, so that it may be made anew at any time.
  struct Model {
    PooledSpace pooled;
    std::unique_ptr<Strategy> strategy;
    std::size_t accepted = 0;
    std::size_t told = 0;
  };

  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t /*own*/,
                                   const Evidence& evidence) const override {
    Need missing;
    ChoicePools pools{.texts = text_pools(evidence, missing), .sets = set_pools(evidence, missing)};
    if (!missing.ranges.empty() || !missing.texts.empty()) return missing;
    if (index > accepted().size()) return model::Candidate{};  // asked for ahead of its time
    Model& model = up_to_date(std::move(pools));
    Reply reply = model.strategy->ask(index, evidence);
    if (auto* candidate = std::get_if<model::Candidate>(&reply))
      candidate->assignment = model.pooled.to_original(candidate->assignment);
    return reply;
  }

  [[nodiscard]] Model& up_to_date(ChoicePools pools) const {
    if (!model_) {
      PooledSpace pooled{space(), baseline(), starting_points(), std::move(pools)};
      StrategyInput input = this->input();
      input.space = pooled.space();
      auto strategy = make_model_(options(), std::move(input), pooled.pools());
      model_ = Model{std::move(pooled), std::move(strategy)};
    } else {
      ASSERT(model_->pooled.pools() == pools);
    }
    for (; model_->accepted < accepted().size(); ++model_->accepted) {
      model::Candidate candidate = accepted()[model_->accepted];
      candidate.assignment = model_->pooled.to_pooled(candidate.assignment);
      model_->strategy->accept(candidate);
    }
    for (; model_->told < told_.size(); ++model_->told) model_->strategy->tell(told_[model_->told]);
    return *model_;
  }

  // --- the pools ---------------------------------------------------------------------------------

  /// The texts of all open parameters, or in `missing` what they wait for.
  [[nodiscard]] std::map<std::string, std::vector<std::string>> text_pools(const Evidence& evidence,
                                                                           Need& missing) const {
    std::string notes;
    for (const TextNeed& description : requests_.description()) {
      const auto text = evidence.text(description.request, 0);
      if (!text) {
        missing.texts.push_back(description);
        return {};
      }
      notes = *text;
    }
    std::map<std::string, std::vector<std::string>> pools;
    for (const Parameter& parameter : space().parameters())
      if (parameter.open) pools[parameter.name] = texts_of(parameter, notes, evidence, missing);
    return pools;
  }

  [[nodiscard]] std::vector<std::string> texts_of(const Parameter& parameter,
                                                  const std::string& notes,
                                                  const Evidence& evidence, Need& missing) const {
    std::vector<std::string> texts{std::get<std::string>(parameter.initial)};
    for (const std::string& choice : parameter.choices) add_once(choice, texts);
    for (const Assignment& point : starting_points())
      if (point.find(parameter.name) != nullptr) add_once(point.text(parameter.name), texts);
    for (const TextNeed& need : requests_.rewrites(parameter, notes)) {
      bool is_there = true;
      for (std::uint32_t sample = 0; sample < need.samples; ++sample) {
        const auto text = evidence.text(need.request, sample);
        is_there = is_there && text.has_value();
        if (text && !text->empty()) add_once(std::string{*text}, texts);
      }
      if (!is_there) missing.texts.push_back(need);
    }
    return texts;
  }

  [[nodiscard]] std::map<std::string, std::vector<Positions>> set_pools(const Evidence& evidence,
                                                                        Need& missing) const {
    std::map<std::string, std::vector<Positions>> pools;
    for (const Shown& it : shown_) pools[it.parameter->name] = sets_of(it, evidence, missing);
    return pools;
  }

  /// Number 0 is what the baseline has; those of starting points stand at the end.
  [[nodiscard]] std::vector<Positions> sets_of(const Shown& shown, const Evidence& evidence,
                                               Need& missing) const {
    const std::string& name = shown.parameter->name;
    std::vector<Positions> sets;
    if (const Assignment first = baseline(); first.find(name) != nullptr)
      sets.push_back(first.demonstrations(name).positions);
    if (shown.parameter->low == 0) add_once({}, sets);
    add_once(shown.source.with_labelled({}, 1), sets);
    for (std::uint32_t number = 2; number < options().demonstration_sets; ++number) {
      const Bootstrap bootstrap =
          number == 2 ? shown.source.in_order() : shown.source.at_random(number);
      auto found = bootstrap.collect(evidence, shown.source.success_rule());
      if (const auto* successes = std::get_if<Positions>(&found)) {
        add_once(shown.source.with_labelled(*successes, number), sets);
      } else {
        add_missing(std::get<Need>(found), missing);
      }
    }
    for (const Assignment& point : starting_points())
      if (point.find(name) != nullptr) add_once(point.demonstrations(name).positions, sets);
    return sets;
  }

  MakeModel make_model_;
  InstructionRequests requests_;
  std::vector<Shown> shown_;
  std::vector<CandidateOutcome> told_;
  mutable std::optional<Model> model_;
};

}  // namespace

std::unique_ptr<Strategy> make_mipro(const StrategyOptions& options, StrategyInput input) {
  const auto make = [](const StrategyOptions& given, StrategyInput pooled, const ChoicePools&) {
    return make_tpe(given, std::move(pooled));
  };
  return std::make_unique<PoolSearch>(options, std::move(input), make);
}

std::unique_ptr<Strategy> make_beacon(const StrategyOptions& options, StrategyInput input) {
  const auto make = [](const StrategyOptions& given, StrategyInput pooled,
                       const ChoicePools& pools) {
    return make_gp_ei_with_sets(given, std::move(pooled), pools.sets);
  };
  return std::make_unique<PoolSearch>(options, std::move(input), make);
}

}  // namespace foundation::optimize::detail
