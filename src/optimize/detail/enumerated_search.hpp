#pragma once

#include <cstdint>
#include <optional>

#include "optimize/detail/proposal_sequence.hpp"
#include "optimize/detail/unit_cube.hpp"

namespace foundation::optimize::detail {

/// A strategy that walks through a fixed sequence of points and proposes those that satisfy the
/// constraints and were not proposed before. Demonstrations are drawn for each proposal anew.
class EnumeratedSearch : public ProposalSequence {
 public:
  EnumeratedSearch(const StrategyOptions& options, StrategyInput input, const char* origin);

 protected:
  /// Length of the sequence.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// The point at a place of the sequence; nothing for one to be passed over.
  [[nodiscard]] virtual std::optional<model::Assignment> point_at(std::uint64_t place) const = 0;
  /// What helps when the constraints leave next to nothing of the sequence.
  [[nodiscard]] virtual const char* advice() const = 0;

  [[nodiscard]] const UnitCube& cube() const noexcept { return cube_; }

 private:
  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t own,
                                   const Evidence& evidence) const final;
  void own_accepted(const model::Candidate& candidate, std::uint32_t own) final;
  [[nodiscard]] std::optional<model::Assignment> next(std::uint32_t index,
                                                      std::uint64_t& place) const;

  const char* origin_;
  UnitCube cube_;
  std::uint64_t place_ = 0;  ///< where the next proposal is looked for
};

}  // namespace foundation::optimize::detail
