#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "optimize/strategy.hpp"
#include "tests/model/model_test_spaces.hpp"

/// Strategies run to their end on planted outcomes of the teacher.
namespace foundation::optimize::testing {

using model::Candidate;
using model::CellRange;
using model::CellResult;
using model::CellStatus;
using model::Space;

inline constexpr std::uint32_t train_size = 300;
inline constexpr std::uint32_t trials = 2;

/// The teacher's cells as a planted function of the position; finished once they are asked for.
class PlantedEvidence final : public Evidence {
 public:
  explicit PlantedEvidence(double success_rate) : finished_(train_size * trials) {
    for (std::uint32_t position = 0; position < train_size * trials; ++position) {
      core::Stream stream{1, core::Purpose::simulate, position};
      CellResult cell;
      const bool success = stream.chance(success_rate);
      cell.status = success ? CellStatus::ok : CellStatus::wrong;
      cell.score = success ? 1 : 0;
      if (stream.chance(0.05)) {
        cell.status = CellStatus::crashed;
        cell.score = std::nan("");
      }
      cells_.push_back(cell);
    }
  }

  [[nodiscard]] std::span<const CellResult> results(model::CandidateIndex candidate,
                                                    std::uint32_t begin,
                                                    std::uint32_t end) const override {
    EXPECT_EQ(candidate, 0U) << "only the baseline teaches";
    EXPECT_LT(begin, end);
    EXPECT_LE(end, cells_.size());
    const bool complete = std::all_of(finished_.begin() + begin, finished_.begin() + end,
                                      [](char finished) { return finished != 0; });
    if (!complete) return {};
    return std::span{cells_}.subspan(begin, end - begin);
  }

  [[nodiscard]] std::string_view output(model::CandidateIndex, std::uint32_t) const override {
    return {};
  }
  [[nodiscard]] std::span<const model::CellResult> validation(
      const CandidateOutcome&) const override {
    return {};
  }
  [[nodiscard]] std::optional<std::string_view> text(const model::TextRequest&,
                                                     std::uint32_t) const override {
    return {};
  }

  void finish(const CellRange& range) {
    std::fill(finished_.begin() + range.begin, finished_.begin() + range.end, char{1});
  }
  void finish_all() { std::ranges::fill(finished_, char{1}); }
  [[nodiscard]] bool is_success(std::uint32_t example) const {
    return cells_[example * trials].status == CellStatus::ok;
  }
  [[nodiscard]] std::size_t finished() const {
    return static_cast<std::size_t>(std::ranges::count(finished_, char{1}));
  }

 private:
  std::vector<CellResult> cells_;
  std::vector<char> finished_;
};

inline StrategyInput input_for(Space space) {
  return {.space = std::move(space), .train_size = train_size, .trials = trials};
}

inline StrategyOptions options_for(std::string kind) {
  StrategyOptions options;
  options.kind = std::move(kind);
  return options;
}

/// All proposals, with every need fulfilled as soon as it is known.
inline std::vector<Candidate> run(Strategy& strategy, PlantedEvidence& evidence) {
  std::vector<Candidate> candidates;
  while (true) {
    Reply reply = strategy.ask(static_cast<std::uint32_t>(candidates.size()), evidence);
    if (std::holds_alternative<Exhausted>(reply)) return candidates;
    if (const auto* need = std::get_if<Need>(&reply)) {
      EXPECT_FALSE(need->ranges.empty());
      for (const CellRange& range : need->ranges) evidence.finish(range);
      continue;
    }
    candidates.push_back(std::get<Candidate>(std::move(reply)));
    strategy.accept(candidates.back());
  }
}

inline std::vector<Candidate> run(const StrategyOptions& options, const Space& space,
                                  double success_rate = 0.7) {
  PlantedEvidence evidence{success_rate};
  return run(*make_strategy(options, input_for(space)), evidence);
}

inline const std::vector<std::uint32_t>& shown(const Candidate& candidate) {
  return candidate.assignment.demonstrations("demonstrations").positions;
}

inline bool is_same_reply(const Reply& a, const Reply& b) {
  if (a.index() != b.index()) return false;
  if (const auto* need = std::get_if<Need>(&a)) return need->ranges == std::get<Need>(b).ranges;
  if (const auto* made = std::get_if<Candidate>(&a)) return *made == std::get<Candidate>(b);
  return true;
}

}  // namespace foundation::optimize::testing
