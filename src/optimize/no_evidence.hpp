#pragma once

#include "optimize/strategy.hpp"

namespace foundation::optimize {

/// Nothing is finished: for strategies that are asked without a run.
class NoEvidence final : public Evidence {
 public:
  [[nodiscard]] std::span<const model::CellResult> results(model::CandidateIndex, std::uint32_t,
                                                           std::uint32_t) const override {
    return {};
  }
  [[nodiscard]] std::string_view output(model::CandidateIndex, std::uint32_t) const override {
    return {};
  }
  [[nodiscard]] std::span<const model::CellResult> validation(
      const CandidateOutcome&) const override {
    return {};
  }
  [[nodiscard]] std::optional<std::string_view> text(const model::TextRequest&,
                                                     std::uint32_t) const override {
    return {};
  }
};

}  // namespace foundation::optimize
