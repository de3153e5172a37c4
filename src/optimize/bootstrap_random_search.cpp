#include <algorithm>

#include <fmt/format.h>

#include "optimize/detail/demonstration_source.hpp"
#include "optimize/detail/proposal_sequence.hpp"

namespace foundation::optimize::detail {
namespace {

/// BootstrapFewShotWithRandomSearch of DSPy (Khattab et al., arXiv:2310.03714) as a pure function:
/// the baseline teaches; then the program without demonstrations, with a full bootstrap in
/// trainset order, and with random bootstraps while all other parameters are drawn at random.
/// Labelled demonstrations stand beside the bootstrapped ones. Each demonstrations parameter has a
/// bootstrap of its own.
class BootstrapRandomSearch final : public ProposalSequence {
 public:
  BootstrapRandomSearch(const StrategyOptions& options, StrategyInput input)
      : ProposalSequence{options, std::move(input)}, shown_{demonstrations_of(space())} {
    for (const model::Parameter* parameter : shown_)
      sources_.emplace_back(*parameter, static_cast<std::uint32_t>(sources_.size()),
                            this->options(), this->input());
  }

 private:
  enum class Step : std::uint8_t { zero_shot, in_order, at_random };

  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t own,
                                   const Evidence& evidence) const override {
    const Step step = step_of(own);
    if (step == Step::zero_shot) return zero_shot(index);
    std::vector<Positions> successes;
    Need missing;
    for (const DemonstrationSource& source : sources_) {
      const Bootstrap bootstrap =
          step == Step::in_order ? source.in_order() : source.at_random(index);
      auto found = bootstrap.collect(evidence, source.success_rule());
      if (auto* positions = std::get_if<Positions>(&found)) {
        successes.push_back(std::move(*positions));
      } else {
        add_missing(std::get<Need>(found), missing);
      }
    }
    if (!missing.ranges.empty()) return missing;
    return compiled(index, step, successes);
  }

  /// No zero-shot variant if demonstrations are required or the baseline has none itself.
  [[nodiscard]] Step step_of(std::uint32_t own) const {
    const model::Assignment first = baseline();
    const bool may_be_empty = std::ranges::all_of(
        shown_, [](const model::Parameter* parameter) { return parameter->low == 0; });
    const bool shows_any = std::ranges::any_of(shown_, [&](const model::Parameter* parameter) {
      return !first.demonstrations(parameter->name).positions.empty();
    });
    const std::uint32_t step = may_be_empty && shows_any ? own : own + 1;
    return step == 0 ? Step::zero_shot : step == 1 ? Step::in_order : Step::at_random;
  }

  [[nodiscard]] Reply zero_shot(std::uint32_t index) const {
    model::Assignment assignment = space().initial();
    for (const model::Parameter* parameter : shown_)
      if (assignment.find(parameter->name) != nullptr)
        assignment.set(parameter->name, model::Demonstrations{});
    return model::Candidate{
        .index = index, .origin = "zero-shot", .assignment = std::move(assignment)};
  }

  [[nodiscard]] Reply compiled(std::uint32_t index, Step step,
                               const std::vector<Positions>& successes) const {
    std::vector<Positions> shown;
    std::size_t bootstrapped = 0;
    std::size_t all = 0;
    for (std::uint32_t number = 0; number < shown_.size(); ++number) {
      shown.push_back(sources_[number].with_labelled(successes[number], index));
      bootstrapped += successes[number].size();
      all += shown.back().size();
    }
    const std::string origin =
        fmt::format("bootstrap of {} beside {} labelled", bootstrapped, all - bootstrapped);
    const auto compile = [&](std::uint32_t attempt) {
      core::Stream stream{options().seed, core::Purpose::sample, index, attempt};
      model::Assignment assignment =
          step == Step::in_order ? space().initial() : space().sample(stream, input().train_size);
      for (std::size_t number = 0; number < shown_.size(); ++number)
        if (assignment.find(shown_[number]->name) != nullptr)
          assignment.set(shown_[number]->name, model::Demonstrations{shown[number]});
      return assignment;
    };
    if (step == Step::at_random) return first_new(index, 0, origin, compile);
    return model::Candidate{
        .index = index, .parent = 0, .origin = origin, .assignment = compile(0)};
  }

  std::vector<const model::Parameter*> shown_;  ///< of the space that the base class holds
  std::vector<DemonstrationSource> sources_;    ///< for each of them
};

}  // namespace

std::unique_ptr<Strategy> make_bootstrap_random_search(const StrategyOptions& options,
                                                       StrategyInput input) {
  return std::make_unique<BootstrapRandomSearch>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
