#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/candidate.hpp"

namespace foundation::optimize {

enum class Racing : std::uint8_t { none, halving };

struct RaceOptions {
  Racing racing = Racing::halving;
  std::uint32_t heat = 16;    ///< candidates that race against each other
  double keep = 0.5;          ///< share of a heat that goes on at each rung, at least one
  double first_rung = 0.125;  ///< share of the validation split every candidate gets
  double growth = 2.0;        ///< a rung's prefix over the one before
};

/// The fixed schedule of a race over a validation split: successive halving (Jamieson and
/// Talwalkar, AISTATS 2016) on prefixes of one order of examples, in heats of consecutive
/// proposals. How many go on depends on the size of the heat alone, so the cost of a heat is
/// known when it starts. Without racing a heat is one candidate and has one rung.
class RaceSchedule {
 public:
  RaceSchedule(const RaceOptions& options, std::uint32_t cells);

  [[nodiscard]] std::uint32_t heat_size() const noexcept { return heat_; }
  /// Cells a candidate has got when rung r is over; the last one is the whole split.
  [[nodiscard]] const std::vector<std::uint32_t>& prefixes() const noexcept { return prefixes_; }
  /// How many of `alive` candidates go on to the next rung.
  [[nodiscard]] std::uint32_t survivors(std::uint32_t alive) const noexcept;
  /// Cells evaluated by a heat of this many candidates from start to end.
  [[nodiscard]] std::uint64_t cost(std::uint32_t candidates) const noexcept;

 private:
  std::vector<std::uint32_t> prefixes_;
  std::uint32_t heat_;
  double keep_;
};

struct Standing {
  model::CandidateIndex candidate = model::no_candidate;
  double score = 0;
  bool valid = false;  ///< a candidate without a score is behind all others
};

/// Sorts best first; equal scores in proposal order.
void rank(std::span<Standing> standings, bool maximise);

}  // namespace foundation::optimize
