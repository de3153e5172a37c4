#include "optimize/detail/proposal_sequence.hpp"

namespace foundation::optimize::detail {
namespace {

/// Every proposal is a uniform draw from the space (Bergstra and Bengio, "Random search for
/// hyper-parameter optimization", JMLR 13, 2012).
class RandomSearch final : public ProposalSequence {
 public:
  using ProposalSequence::ProposalSequence;

 private:
  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t /*own*/,
                                   const Evidence& /*evidence*/) const override {
    return first_new(index, model::no_candidate, "random", [&](std::uint32_t attempt) {
      core::Stream stream{options().seed, core::Purpose::sample, index, attempt};
      return space().sample(stream, input().train_size);
    });
  }
};

}  // namespace

std::unique_ptr<Strategy> make_random_search(const StrategyOptions& options, StrategyInput input) {
  return std::make_unique<RandomSearch>(options, std::move(input));
}

}  // namespace foundation::optimize::detail
