#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "optimize/strategy.hpp"

namespace foundation::optimize::detail {

/// The requests for a pool of instructions, as MIPROv2 makes them (Opsahl-Ong et al.,
/// arXiv:2406.11695, section 4.1): first a description of the examples, then for each open
/// parameter texts that are each written with another hint at their manner and with other examples
/// before the eyes.
class InstructionRequests {
 public:
  /// About the program as it is.
  InstructionRequests(const StrategyOptions& options, const StrategyInput& input,
                      model::Assignment baseline);

  /// Nothing without a train split or without instructions to be written.
  [[nodiscard]] std::vector<TextNeed> description() const;
  /// Of `parameter`; all samples of all of them are wanted.
  [[nodiscard]] std::vector<TextNeed> rewrites(const model::Parameter& parameter,
                                               const std::string& notes) const;

 private:
  [[nodiscard]] std::vector<std::uint32_t> draw_examples(std::uint32_t count,
                                                         std::uint32_t parameter,
                                                         std::uint32_t number) const;

  std::uint64_t seed_;
  std::uint32_t instructions_;
  std::uint32_t train_size_;
  model::Assignment baseline_;
  std::vector<std::string> open_;  ///< names of all open parameters
};

}  // namespace foundation::optimize::detail
