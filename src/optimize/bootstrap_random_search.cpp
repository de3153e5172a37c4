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
/// Labelled demonstrations stand beside the bootstrapped ones. Each demonstrations parameter has a
/// bootstrap of its own.
class BootstrapRandomSearch final : public ProposalSequence {
 public:
  BootstrapRandomSearch(const StrategyOptions& options, StrategyInput input)
      : ProposalSequence{options, std::move(input)}, shown_{demonstrations_of(space())} {}

 private:
  enum class Step : std::uint8_t { zero_shot, in_order, at_random };

  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t own,
                                   const Evidence& evidence) const override {
    const Step step = step_of(own);
    if (step == Step::zero_shot) return zero_shot(index);
    std::vector<Positions> successes;
    Need missing;
    for (std::uint32_t number = 0; number < shown_.size(); ++number) {
      auto found = bootstrap_for(index, number, step).collect(evidence, success_rule());
      if (auto* positions = std::get_if<Positions>(&found)) {
        successes.push_back(std::move(*positions));
      } else {
        add_missing(std::get<Need>(found), missing);
      }
    }
    if (!missing.ranges.empty()) return missing;
    return compiled(index, step, successes);
  }

  /// Bootstraps share their blocks: each is asked for once.
  static void add_missing(const Need& more, Need& missing) {
    for (const model::CellRange& range : more.ranges)
      if (std::ranges::find(missing.ranges, range) == missing.ranges.end())
        missing.ranges.push_back(range);
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

  /// `number`: of the demonstrations parameter.
  [[nodiscard]] Bootstrap bootstrap_for(std::uint32_t index, std::uint32_t number,
                                        Step step) const {
    const TrainSplit split{.examples = input().train_size, .trials = input().trials};
    const auto high = static_cast<std::uint32_t>(shown_[number]->high);
    const std::uint32_t most = std::min(options().bootstrapped, high);
    if (step == Step::in_order || most == 0) return {split, most, std::nullopt};
    core::Stream stream{options().seed, core::Purpose::bootstrap, index, number};
    const auto size = static_cast<std::uint32_t>(stream.between(1, most));
    return {split, size, stream};
  }

  [[nodiscard]] Reply compiled(std::uint32_t index, Step step,
                               const std::vector<Positions>& successes) const {
    std::vector<Positions> shown;
    std::size_t bootstrapped = 0;
    std::size_t all = 0;
    for (std::uint32_t number = 0; number < shown_.size(); ++number) {
      shown.push_back(with_labelled(index, number, successes[number]));
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

  /// Bootstrapped demonstrations first, then labelled ones drawn from all other examples.
  [[nodiscard]] Positions with_labelled(std::uint32_t index, std::uint32_t number,
                                        const Positions& successes) const {
    const auto taken = static_cast<std::uint32_t>(successes.size());
    const std::uint32_t examples = input().train_size;
    const std::uint32_t count = labelled_count(*shown_[number], options().labeled, taken, examples);
    core::Stream stream{options().seed, core::Purpose::demonstrations, index, number};
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

  [[nodiscard]] SuccessRule success_rule() const {
    return {.threshold = options().success_threshold, .maximise = input().maximise};
  }

  std::vector<const model::Parameter*> shown_;  ///< of the space that the base class holds
};

}  // namespace

std::unique_ptr<Strategy> make_bootstrap_random_search(const StrategyOptions& options,
                                                       StrategyInput input) {
  return std::make_unique<BootstrapRandomSearch>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
