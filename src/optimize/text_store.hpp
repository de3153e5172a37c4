#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/cell.hpp"

namespace foundation::optimize {

/// Texts of finished cells that strategies may read: what programs answered on train, and samples
/// of text requests. Without a strategy that reads texts it keeps nothing.
class TextStore {
 public:
  explicit TextStore(bool keeps) : keeps_{keeps} {}

  [[nodiscard]] bool keeps(model::Split split) const noexcept {
    return keeps_ && (split == model::Split::train || split == model::Split::request);
  }
  /// To be called once a cell.
  void put(model::CandidateIndex candidate, model::Split split, std::uint32_t position,
           const std::string& text);
  /// Empty if there is none.
  [[nodiscard]] std::string_view get(model::CandidateIndex candidate, model::Split split,
                                     std::uint32_t position) const noexcept;

 private:
  using Row = std::vector<std::string>;
  bool keeps_;
  std::vector<Row> train_;     ///< by candidate and position
  std::vector<Row> requests_;  ///< by request and sample
};

}  // namespace foundation::optimize
