#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/candidate.hpp"
#include "optimize/race.hpp"

namespace foundation::optimize {

/// A candidate at a rung.
struct Runner {
  Standing standing;
  /// One number an example of the prefix, the larger the better; a failed example has the worst.
  /// Empty unless the rule compares cells.
  std::vector<double> gains;
};

/// A heat at one of its rungs, as its rule sees it. At the last one only ranks matter.
struct RungView {
  std::uint32_t rung = 0;
  std::uint32_t heat_size = 0;            ///< candidates the heat began with
  std::uint32_t before = 0;               ///< candidates of all earlier heats
  std::span<const Runner> members = {};   ///< who is still in the heat, best first
  std::span<const Runner> veterans = {};  ///< the rule's, in its own order
};

struct Verdict {
  bool goes_on = false;
  std::uint32_t rank = 0;  ///< 0 is the best of those compared
};

/// Which decisions must have been made before a rung of a heat is decided: what a rule may look at
/// beside the heat itself.
enum class Awaits : std::uint8_t {
  nothing,
  same_rung,  ///< every earlier heat is over or past this rung
  heats,      ///< every earlier heat is over
};

/// Who goes on at a rung. One rule serves a whole race and may remember earlier heats as far as
/// it awaits them: then its decisions are asked for in one fixed order, and what it answers is a
/// function of outcomes alone, whatever the order of their arrival.
class RaceRule {
 public:
  virtual ~RaceRule() = default;

  [[nodiscard]] virtual Awaits awaits() const noexcept { return Awaits::nothing; }
  [[nodiscard]] virtual bool compares_cells() const noexcept { return false; }
  /// Complete candidates of earlier heats that take part in the comparisons of the next one; their
  /// cells are there already.
  [[nodiscard]] virtual std::span<const model::CandidateIndex> veterans() const noexcept {
    return {};
  }
  /// One verdict a member, in their order. At least one runner, member or veteran, goes on.
  [[nodiscard]] virtual std::vector<Verdict> judge(const RungView& rung) = 0;
  /// A heat is over: its complete candidates, best first.
  virtual void heat_over(std::span<const Standing> /*complete*/) {}
};

struct RaceSetting {
  RaceOptions options;
  CellScale scale;
  std::uint32_t examples = 0;  ///< on the validation split
  bool maximise = true;
};

/// Throws core::Error{bad_input} when a rule cannot compare cells of this scale.
[[nodiscard]] std::unique_ptr<RaceRule> make_race_rule(const RaceSetting& setting);

}  // namespace foundation::optimize
