#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "model/candidate.hpp"

namespace foundation::optimize {

/// Who is stopped before it has been evaluated on the whole validation split; see race_rule.hpp.
enum class Racing : std::uint8_t { none, halving, paired, asha, friedman };

struct RaceOptions {
  Racing racing = Racing::halving;
  std::uint32_t heat = 16;    ///< candidates that race against each other
  double keep = 0.5;          ///< halving, asha: share that goes on at each rung, at least one
  double first_rung = 0.125;  ///< share of the validation split every candidate gets
  double growth = 2.0;        ///< a rung's prefix over the one before
  double confidence = 0.95;   ///< paired: of the whole race; friedman: of each test
  double margin = 0.01;       ///< paired: differences that do not matter, of the scores' range
};

/// What comparisons of single cells need to know of the metric and of the validation split.
struct CellScale {
  /// A cell's score lies between these; a failed cell has the worse of them.
  double low = 0;
  double high = 1;
  std::uint32_t trials = 1;     ///< cells of an example, which count as one observation
  std::vector<double> weights;  ///< of the examples; empty: all weigh the same
  bool adds_up = true;          ///< a candidate's score is the mean of its cells' scores

  [[nodiscard]] bool is_bounded() const noexcept {
    return high - low < std::numeric_limits<double>::infinity();
  }
};

/// How many of `alive` candidates are the best `keep` of them: at least one.
[[nodiscard]] std::uint32_t kept_of(std::uint32_t alive, double keep) noexcept;

/// The fixed schedule of a race over a validation split: prefixes of one order of examples, and
/// heats of consecutive proposals. Without racing a heat is one candidate and has one rung; under
/// asha it is one candidate, too. Races that compare single cells (paired, friedman) have rungs
/// of whole examples; friedman's are its own: 3 examples, then one or a tenth more each time.
class RaceSchedule {
 public:
  RaceSchedule(const RaceOptions& options, std::uint32_t cells, std::uint32_t trials = 1);

  [[nodiscard]] std::uint32_t heat_size() const noexcept { return heat_; }
  /// Cells a candidate has got when rung r is over; the last one is the whole split.
  [[nodiscard]] const std::vector<std::uint32_t>& prefixes() const noexcept { return prefixes_; }
  /// Cells evaluated by a heat of this many candidates from start to end: under halving exactly,
  /// under rules that look at scores at most.
  [[nodiscard]] std::uint64_t cost(std::uint32_t candidates) const noexcept;
  /// What heats do not take is given back to the budget: `cost` is an upper limit only.
  [[nodiscard]] bool gives_back() const noexcept { return !has_fixed_shares_; }

 private:
  std::vector<std::uint32_t> prefixes_;
  std::uint32_t heat_;
  double keep_;
  bool has_fixed_shares_;
};

struct Standing {
  model::CandidateIndex candidate = model::no_candidate;
  double score = 0;
  bool valid = false;  ///< a candidate without a score is behind all others
};

/// Sorts best first; equal scores in proposal order.
void rank(std::span<Standing> standings, bool maximise);

}  // namespace foundation::optimize
