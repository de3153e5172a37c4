#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "model/positions.hpp"
#include "optimize/detail/bootstrap.hpp"
#include "optimize/detail/proposal_sequence.hpp"

namespace foundation::optimize::detail {
namespace {

using Positions = std::vector<std::uint32_t>;

/// BootstrapFewShotWithRandomSearch of DSPy (Khattab et al., arXiv:2310.03714) as a pure function:
/// the baseline teaches; then the program without demonstrations, with a full bootstrap in
/// trainset order, and with random bootstraps while all other parameters are drawn at random.
/// Labelled demonstrations stand beside the bootstrapped ones.
class BootstrapRandomSearch final : public ProposalSequence {
 public:
  using ProposalSequence::ProposalSequence;

 private:
  enum class Step : std::uint8_t { zero_shot, in_order, at_random };

  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t own,
                                   const TrainEvidence& evidence) const override {
    const Step step = step_of(own);
    if (step == Step::zero_shot) return zero_shot(index);
    const auto found = bootstrap_for(index, step).collect(evidence, success_rule());
    if (const auto* need = std::get_if<Need>(&found)) return *need;
    return compiled(index, step, std::get<Positions>(found));
  }

  /// No zero-shot variant if demonstrations are required or the baseline has none itself.
  [[nodiscard]] Step step_of(std::uint32_t own) const {
    const bool has_zero_shot =
        parameter().low == 0 && !baseline().demonstrations(parameter().name).positions.empty();
    const std::uint32_t step = has_zero_shot ? own : own + 1;
    return step == 0 ? Step::zero_shot : step == 1 ? Step::in_order : Step::at_random;
  }

  [[nodiscard]] Reply zero_shot(std::uint32_t index) const {
    model::Assignment assignment = space().initial();
    if (assignment.find(parameter().name) != nullptr) {
      assignment.set(parameter().name, model::Demonstrations{});
    }
    return model::Candidate{
        .index = index, .origin = "zero-shot", .assignment = std::move(assignment)};
  }

  [[nodiscard]] Bootstrap bootstrap_for(std::uint32_t index, Step step) const {
    const TrainSplit split{.examples = input().train_size, .trials = input().trials};
    const auto high = static_cast<std::uint32_t>(parameter().high);
    const std::uint32_t most = std::min(options().bootstrapped, high);
    if (step == Step::in_order || most == 0) return {split, most, std::nullopt};
    core::Stream stream{options().seed, core::Purpose::bootstrap, index};
    const auto size = static_cast<std::uint32_t>(stream.between(1, most));
    return {split, size, stream};
  }

  [[nodiscard]] Reply compiled(std::uint32_t index, Step step, const Positions& successes) const {
    const Positions shown = with_labelled(index, successes);
    const std::string origin = fmt::format("bootstrap of {} beside {} labelled", successes.size(),
                                           shown.size() - successes.size());
    const auto compile = [&](std::uint32_t attempt) {
      core::Stream stream{options().seed, core::Purpose::sample, index, attempt};
      model::Assignment assignment =
          step == Step::in_order ? space().initial() : space().sample(stream, input().train_size);
      if (assignment.find(parameter().name) != nullptr) {
        assignment.set(parameter().name, model::Demonstrations{shown});
      }
      return assignment;
    };
    if (step == Step::at_random) return first_new(index, 0, origin, compile);
    return model::Candidate{
        .index = index, .parent = 0, .origin = origin, .assignment = compile(0)};
  }

  /// Bootstrapped demonstrations first, then labelled ones drawn from all other examples.
  [[nodiscard]] Positions with_labelled(std::uint32_t index, const Positions& successes) const {
    const auto taken = static_cast<std::uint32_t>(successes.size());
    const std::uint32_t examples = input().train_size;
    const std::uint32_t count = labelled_count(parameter(), options().labeled, taken, examples);
    core::Stream stream{options().seed, core::Purpose::demonstrations, index};
    Positions sorted = successes;
    std::ranges::sort(sorted);
    Positions shown = successes;
    for (const std::uint32_t rank : model::draw_positions(stream, count, examples - taken)) {
      shown.push_back(nth_other(sorted, rank));
    }
    return shown;
  }

  /// The position with `rank` smaller positions outside of `sorted`, itself outside.
  [[nodiscard]] static std::uint32_t nth_other(const Positions& sorted, std::uint32_t rank) {
    std::uint32_t position = rank;
    for (const std::uint32_t taken : sorted) {
      if (taken > position) break;
      ++position;
    }
    return position;
  }

  [[nodiscard]] const model::Parameter& parameter() const { return *demonstrations_of(space()); }
  [[nodiscard]] SuccessRule success_rule() const {
    return {.threshold = options().success_threshold, .maximise = input().maximise};
  }
};

}  // namespace

std::unique_ptr<Strategy> make_bootstrap_random_search(const StrategyOptions& options,
                                                       StrategyInput input) {
  return std::make_unique<BootstrapRandomSearch>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
