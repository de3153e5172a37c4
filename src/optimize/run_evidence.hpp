#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "optimize/cell_store.hpp"
#include "optimize/strategy.hpp"

namespace foundation::optimize {

/// The evidence of a run, which notes what was looked at: the cells an answer was derived from.
class RunEvidence final : public Evidence {
 public:
  explicit RunEvidence(const CellStore& store) : store_{store} {}

  [[nodiscard]] std::span<const model::CellResult> results(model::CandidateIndex candidate,
                                                           std::uint32_t begin,
                                                           std::uint32_t end) const override {
    const auto found = store_.results(candidate, begin, end);
    if (!found.empty()) used_.push_back({candidate, model::Split::train, begin, end});
    return found;
  }
  [[nodiscard]] std::string_view output(model::CandidateIndex, std::uint32_t) const override {
    return {};
  }
  [[nodiscard]] std::span<const model::CellResult> validation(
      const CandidateOutcome& outcome) const override {
    return store_.cells(outcome.index, model::Split::validation).first(outcome.cells);
  }
  [[nodiscard]] std::optional<std::string_view> text(const model::TextRequest&,
                                                     std::uint32_t) const override {
    return {};
  }
  [[nodiscard]] std::vector<model::CellRange> take_used() const { return std::move(used_); }

 private:
  const CellStore& store_;
  mutable std::vector<model::CellRange> used_;
};

}  // namespace foundation::optimize
