#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/cell.hpp"
#include "optimize/cell_store.hpp"
#include "optimize/race.hpp"
#include "optimize/strategy.hpp"

namespace foundation::optimize {

/// Aggregated score of the first cells of a split, in its fixed order; NaN if there is none.
using Aggregate =
    std::function<double(model::Split split, std::span<const model::CellResult> cells)>;

/// Standing of one candidate when a rung of its heat was decided.
struct Decision {
  std::uint32_t heat = 0;
  std::uint32_t rung = 0;
  model::CandidateIndex candidate = model::no_candidate;
  std::uint32_t cells = 0;
  double score = 0;
  std::uint32_t rank = 0;
  bool kept = false;
};

/// What the heats decided: appended to, never read.
struct HeatChanges {
  std::vector<model::CellRange>& work;   ///< cells to be evaluated from now on
  std::vector<Decision>& decisions;      ///< empty without racing
  std::vector<CandidateOutcome>& ended;  ///< candidates that are out or through
};

/// Candidates in heats of consecutive proposals, each decided at the rungs of one schedule once
/// all of its candidates have got there: what is decided does not depend on who got there first.
///
/// Local, one thread. `store` outlives this.
class Heats {
 public:
  Heats(const RaceOptions& options, bool maximise, Aggregate aggregate, CellStore& store);

  /// The next candidate enters, and its first cells are requested.
  void join(model::CandidateIndex candidate, std::vector<model::CellRange>& work);
  /// Nobody joins any more: the last heat starts as it is.
  void close() noexcept;
  /// Decides every rung that can be decided; false if there was none.
  bool decide(const HeatChanges& changes);

  /// Could these cells have completed what a rung waits for?
  [[nodiscard]] bool can_decide(const model::CellRange& changed) const;
  /// Evaluations that one more candidate adds.
  [[nodiscard]] std::uint64_t next_cost() const noexcept;
  [[nodiscard]] std::uint32_t heat_size() const noexcept { return schedule_.heat_size(); }
  [[nodiscard]] bool all_over() const noexcept { return first_open_ == heats_.size(); }

 private:
  struct Heat {
    std::vector<model::CandidateIndex> alive;
    std::uint32_t members = 0;
    std::uint32_t rung = 0;
    bool closed = false;
    bool over = false;
  };
  [[nodiscard]] bool is_ready(const Heat& heat) const;
  [[nodiscard]] std::vector<Standing> standings(const Heat& heat, std::uint32_t cells) const;
  bool decide_rung(std::uint32_t index, const HeatChanges& changes);

  RaceSchedule schedule_;
  bool maximise_;
  Aggregate aggregate_;
  CellStore& store_;
  std::vector<Heat> heats_;
  std::uint32_t first_open_ = 0;
};

}  // namespace foundation::optimize
