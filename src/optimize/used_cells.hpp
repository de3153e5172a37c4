#pragma once

#include <cstdint>
#include <vector>

#include "model/cell.hpp"

namespace foundation::optimize {

/// Train cells that proposals were derived from: each is charged to the budget once, and all of
/// them are part of the answer. Pure bookkeeping.
class UsedCells {
 public:
  /// How many of these cells nobody has used yet.
  [[nodiscard]] std::uint64_t unused(const std::vector<model::CellRange>& ranges) const;
  void mark(const std::vector<model::CellRange>& ranges);
  /// All of them, in canonical order, as long ranges as there are.
  [[nodiscard]] std::vector<model::CellRange> ranges() const;

 private:
  std::vector<std::vector<std::uint8_t>> rows_;  ///< by candidate and position
};

}  // namespace foundation::optimize
