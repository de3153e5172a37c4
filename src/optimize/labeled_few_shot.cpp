#include "model/positions.hpp"
#include "optimize/detail/proposal_sequence.hpp"

namespace foundation::optimize::detail {
namespace {

/// The program as it is, with one random set of labelled demonstrations after another (DSPy's
/// LabeledFewShot: Khattab et al., arXiv:2310.03714), each demonstrations parameter with its own.
class LabeledFewShot final : public ProposalSequence {
 public:
  using ProposalSequence::ProposalSequence;

 private:
  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t /*own*/,
                                   const Evidence& /*evidence*/) const override {
    const std::uint32_t examples = input().train_size;
    return first_new(index, model::no_candidate, "labelled few-shot", [&](std::uint32_t attempt) {
      core::Stream stream{options().seed, core::Purpose::demonstrations, index, attempt};
      model::Assignment assignment = space().initial();
      for (const model::Parameter* parameter : demonstrations_of(space())) {
        const std::uint32_t count = labelled_count(*parameter, options().labeled, 0, examples);
        assignment.set(parameter->name,
                       model::Demonstrations{model::draw_positions(stream, count, examples)});
      }
      return assignment;
    });
  }
};

}  // namespace

std::unique_ptr<Strategy> make_labeled_few_shot(const StrategyOptions& options,
                                                StrategyInput input) {
  return std::make_unique<LabeledFewShot>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
