#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "model/cell.hpp"
#include "optimize/cell_store.hpp"
#include "optimize/race.hpp"
#include "optimize/race_rule.hpp"
#include "optimize/strategy.hpp"

namespace foundation::optimize {

/// Aggregated score of the first cells of a split, in its fixed order; NaN if there is none.
using Aggregate =
    std::function<double(model::Split split, std::span<const model::CellResult> cells)>;

/// Standing of one candidate when a rung of its heat was decided.
struct Decision {
  std::uint32_t heat = 0;  ///< 0 for all in a race that is one long heat (asha)
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

/// Candidates in heats of consecutive proposals, each decided by the race's rule at the rungs of
/// one schedule, once all of its candidates have got there and the earlier heats that the rule
/// looks at have come as far as it needs: what is decided does not depend on who got there first.
///
/// Local, one thread. `store` outlives this.
class Heats {
 public:
  /// Throws core::Error{bad_input} when the rule cannot compare cells of this scale.
  Heats(const RaceOptions& options, CellScale scale, bool maximise, Aggregate aggregate,
        CellStore& store);

  /// The next candidate enters, and its first cells are requested.
  void join(model::CandidateIndex candidate, std::vector<model::CellRange>& work);
  /// The last heat starts as it is; whoever joins from now on opens another one.
  void close() noexcept;
  /// Decides every rung that can be decided; false if there was none.
  bool decide(const HeatChanges& changes);

  /// Could these cells have completed what a rung waits for?
  [[nodiscard]] bool can_decide(const model::CellRange& changed) const;
  /// Evaluations that one more candidate adds, at most.
  [[nodiscard]] std::uint64_t next_cost() const noexcept;
  /// Candidates may take less than `next_cost` said.
  [[nodiscard]] bool gives_back() const noexcept { return schedule_.gives_back(); }
  [[nodiscard]] std::uint32_t heat_size() const noexcept { return schedule_.heat_size(); }
  /// The first candidate of the heat that the next one joins: itself when it opens one.
  [[nodiscard]] model::CandidateIndex open_heat_begin() const noexcept;
  [[nodiscard]] bool all_over() const noexcept { return first_open_ == heats_.size(); }

 private:
  static constexpr std::uint32_t over = std::numeric_limits<std::uint32_t>::max();
  struct Heat {
    std::vector<model::CandidateIndex> alive;
    model::CandidateIndex begin = 0;
    std::uint32_t members = 0;
    std::uint32_t rung = 0;  ///< `over` at the end
    bool closed = false;
  };
  [[nodiscard]] bool has_open_heat() const noexcept;
  [[nodiscard]] bool is_ready(const Heat& heat, std::uint32_t slowest) const;
  [[nodiscard]] Runner runner(model::CandidateIndex candidate, std::uint32_t cells) const;
  [[nodiscard]] std::vector<Runner> ranked_members(const Heat& heat, std::uint32_t cells) const;
  [[nodiscard]] double gain(const model::CellResult& cell) const noexcept;
  [[nodiscard]] std::vector<Verdict> judge(const Heat& heat, std::span<const Runner> members) const;
  void decide_rung(std::uint32_t index, const HeatChanges& changes);
  void request_next(Heat& heat, std::vector<model::CellRange>& work);
  void finish_heat(Heat& heat, std::span<const Runner> members);

  RaceSchedule schedule_;
  CellScale scale_;
  bool maximise_;
  Aggregate aggregate_;
  CellStore& store_;
  std::unique_ptr<RaceRule> rule_;
  std::vector<Heat> heats_;
  std::vector<std::uint32_t> heat_of_;  ///< by candidate
  std::uint32_t first_open_ = 0;
};

}  // namespace foundation::optimize
