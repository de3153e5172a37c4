#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "optimize/cell_store.hpp"
#include "optimize/request_table.hpp"
#include "optimize/strategy.hpp"

namespace foundation::optimize {

/// The evidence of a run, which notes what was looked at: the cells an answer was derived from.
class RunEvidence final : public Evidence {
 public:
  RunEvidence(const CellStore& store, const RequestTable& requests)
      : store_{store}, requests_{requests} {}

  [[nodiscard]] std::span<const model::CellResult> results(model::CandidateIndex candidate,
                                                           std::uint32_t begin,
                                                           std::uint32_t end) const override;
  [[nodiscard]] std::string_view output(model::CandidateIndex candidate,
                                        std::uint32_t position) const override;
  [[nodiscard]] std::span<const model::CellResult> validation(
      const CandidateOutcome& outcome) const override;
  [[nodiscard]] std::optional<std::string_view> text(const model::TextRequest& request,
                                                     std::uint32_t sample) const override;
  /// What was looked at so far, each cell once: train by candidate, then samples by request.
  [[nodiscard]] std::vector<model::CellRange> used() const;

 private:
  const CellStore& store_;
  const RequestTable& requests_;
  mutable std::vector<model::CellRange> seen_;
};

}  // namespace foundation::optimize
