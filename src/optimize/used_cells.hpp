#pragma once

#include <cstdint>
#include <vector>

#include "model/cell.hpp"

namespace foundation::optimize {

/// Train cells and samples of text requests that proposals were derived from: each is charged to
/// the budget once, and all of them are part of the answer. Pure bookkeeping.
class UsedCells {
 public:
  /// How many of these cells nobody has used yet; they do not overlap.
  [[nodiscard]] std::uint64_t unused(const std::vector<model::CellRange>& ranges) const;
  /// They are used from now on. Returns those that nobody had used before.
  std::vector<model::CellRange> mark(const std::vector<model::CellRange>& ranges);
  /// All of them on train, or all samples, by index and position, as long ranges as there are.
  [[nodiscard]] std::vector<model::CellRange> ranges(model::Split split) const;

 private:
  using Rows = std::vector<std::vector<std::uint8_t>>;  ///< by candidate and position
  [[nodiscard]] const Rows& rows(model::Split split) const noexcept {
    return split == model::Split::request ? samples_ : train_;
  }

  Rows train_;
  Rows samples_;
};

}  // namespace foundation::optimize
