#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace foundation::optimize {

/// Evaluations that proposals are charged with, and what is given back of them. Pure bookkeeping.
class BudgetLedger {
 public:
  explicit BudgetLedger(std::optional<std::uint64_t> budget) : budget_{budget} {}

  [[nodiscard]] bool affords(std::uint64_t cost) const noexcept {
    return !budget_ || committed_ + cost <= *budget_;
  }
  /// The next proposal: `fixed` cells whatever comes, and `race` ones at most.
  void charge(std::uint64_t fixed, std::uint64_t race) {
    committed_ += fixed + race;
    races_.push_back(race);
  }
  /// The race of the first proposal that was not given back yet took so many cells.
  void give_back(std::uint64_t taken) { committed_ -= races_[given_back_++] - taken; }

  [[nodiscard]] std::uint64_t committed() const noexcept { return committed_; }
  /// How many proposals have been given back.
  [[nodiscard]] std::uint32_t given_back() const noexcept { return given_back_; }

 private:
  std::optional<std::uint64_t> budget_;
  std::vector<std::uint64_t> races_;  ///< by proposal
  std::uint64_t committed_ = 0;
  std::uint32_t given_back_ = 0;
};

}  // namespace foundation::optimize
