#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "model/cell.hpp"

namespace foundation::campaign {

/// How often each cell was delivered without an outcome of its own: infrastructure failures are
/// tried again, but not for ever.
class Attempts {
 public:
  explicit Attempts(std::uint32_t limit) : limit_{limit} {}

  /// Counts a delivery that failed. False: it was the last one allowed.
  [[nodiscard]] bool may_repeat(model::CandidateIndex candidate, model::Split split,
                                std::uint32_t position) {
    return ++failed_[{candidate, split, position}] < limit_;
  }
  [[nodiscard]] std::uint32_t limit() const noexcept { return limit_; }

 private:
  std::uint32_t limit_;
  std::map<std::tuple<model::CandidateIndex, model::Split, std::uint32_t>, std::uint32_t> failed_;
};

}  // namespace foundation::campaign
