#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "model/candidate.hpp"
#include "model/cell.hpp"

namespace foundation::optimize {

/// What candidates are compared by: the metric's score, and means over cells that are the better
/// the smaller. Values are written to journals and HDF5: never renumber.
enum class Objective : std::uint8_t { score, cost, latency };
inline constexpr std::array all_objectives = {Objective::score, Objective::cost,
                                              Objective::latency};
[[nodiscard]] std::string_view name_of(Objective objective) noexcept;

/// One value for each objective.
template <class T>
class PerObjective {
 public:
  PerObjective() = default;
  PerObjective(T score, T cost, T latency) : values_{score, cost, latency} {}
  [[nodiscard]] T& operator[](Objective it) { return values_[static_cast<std::size_t>(it)]; }
  [[nodiscard]] const T& operator[](Objective it) const {
    return values_[static_cast<std::size_t>(it)];
  }
  bool operator==(const PerObjective&) const = default;

 private:
  std::array<T, all_objectives.size()> values_{};
};

/// What decides among the candidates that keep all limits. Written to journals: never renumber.
enum class WinnerRule : std::uint8_t { score, cost, latency, weights };

struct ObjectiveOptions {
  std::vector<Objective> minimised{};  ///< beside the score, in the order in which they break ties
  PerObjective<std::optional<double>> limits{};  ///< how bad a winner's value may be at most
  WinnerRule winner = WinnerRule::score;
  PerObjective<double> weights{1, 1, 1};  ///< rule weights: at least 0

  [[nodiscard]] bool counts(Objective objective) const noexcept;
  bool operator==(const ObjectiveOptions&) const = default;
};

/// Mean over the cells that have a value: cost where the program has said it, latency (seconds) of
/// every finished cell. In their order; NaN without any.
struct ObjectiveMean {
  double mean = std::numeric_limits<double>::quiet_NaN();
  std::uint32_t cells = 0;
};
/// Not for the score, whose aggregate is the metric's.
[[nodiscard]] ObjectiveMean mean_of(Objective objective, std::span<const model::CellResult> cells);
/// Sum of the costs that are known.
[[nodiscard]] double cost_of(std::span<const model::CellResult> cells);

/// A candidate that was evaluated on the whole validation split.
struct Contender {
  model::CandidateIndex candidate = model::no_candidate;
  PerObjective<double> values{};  ///< NaN: unknown, which is worse than any number
};

/// Compares candidates by the objectives that count. Pure.
class Objectives {
 public:
  Objectives(ObjectiveOptions options, bool maximise)
      : options_{std::move(options)}, maximise_{maximise} {}

  [[nodiscard]] const ObjectiveOptions& options() const noexcept { return options_; }
  /// Of a candidate with this score and these validation cells.
  [[nodiscard]] Contender contender(model::CandidateIndex candidate, double score,
                                    std::span<const model::CellResult> cells) const;
  /// An unknown value keeps no limit.
  [[nodiscard]] bool keeps_limit(const Contender& it, Objective objective) const;
  [[nodiscard]] bool keeps_limits(const Contender& it) const;
  /// No worse in any objective, and better in one.
  [[nodiscard]] bool dominates(const Contender& a, const Contender& b) const;
  /// Those that nobody dominates (Pareto front), by score, best first; equal ones stay together in
  /// the order of proposals.
  [[nodiscard]] std::vector<Contender> front(std::vector<Contender> contenders) const;
  /// The better one by the rule `score`, `cost` or `latency`: by that objective, then by score and
  /// the others in their order, then the earlier proposal. So the first one is on the front.
  [[nodiscard]] bool precedes(const Contender& a, const Contender& b) const;
  /// By the rule, of those that keep all limits; with `weights` the one with the largest weighted
  /// sum of objectives, each scaled so that the worst of these candidates has 0 and the best 1. On
  /// the front, too. Null if nobody keeps them.
  [[nodiscard]] const Contender* winner(std::span<const Contender> contenders) const;

 private:
  struct Scale {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
  };
  [[nodiscard]] double gain(const Contender& it, Objective objective) const;
  [[nodiscard]] double weighted_sum(const Contender& it, const PerObjective<Scale>& scales) const;
  [[nodiscard]] PerObjective<Scale> scales_of(std::span<const Contender> contenders) const;

  ObjectiveOptions options_;
  bool maximise_;
};

/// The winner among contenders that come one after another, in any order.
class WinnerChoice {
 public:
  explicit WinnerChoice(Objectives objectives) : objectives_{std::move(objectives)} {}

  void add(const Contender& contender);
  /// Null: nobody keeps all limits.
  [[nodiscard]] const Contender* best() const;
  [[nodiscard]] const std::vector<Contender>& contenders() const noexcept { return contenders_; }

 private:
  Objectives objectives_;
  std::vector<Contender> contenders_;
  mutable std::optional<std::size_t> best_;  ///< of `contenders_`
  mutable bool is_known_ = true;             ///< `best_` is true
};

}  // namespace foundation::optimize
