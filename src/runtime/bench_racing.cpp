#include "runtime/bench_racing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "campaign/scoring.hpp"
#include "core/contracts.hpp"
#include "core/hash.hpp"
#include "core/random.hpp"

namespace foundation::runtime {

using model::CandidateIndex;
using model::CellRange;
using model::CellResult;
using model::Split;

namespace {

constexpr std::size_t validation = static_cast<std::size_t>(Split::validation);

/// So many candidates that differ in nothing but their index.
class Numbered final : public optimize::Strategy {
 public:
  explicit Numbered(std::uint32_t candidates) : candidates_{candidates} {}
  [[nodiscard]] optimize::Reply ask(std::uint32_t index, const optimize::Evidence&) const override {
    if (index >= candidates_) return optimize::Exhausted{};
    return model::Candidate{.index = index, .origin = "recorded", .assignment = {}};
  }
  void accept(const model::Candidate&) override {}
  void tell(const optimize::CandidateOutcome&) override {}

 private:
  std::uint32_t candidates_;
};

std::vector<std::uint32_t> shuffled(std::uint32_t count, std::uint64_t seed, std::uint32_t which) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  core::Stream{seed, core::Purpose::simulate, which}.shuffle(std::span{order});
  return order;
}

/// The matrix with its rows and columns in the order of a seed.
RecordedMatrix shuffled(const RecordedMatrix& matrix, std::uint64_t seed) {
  RecordedMatrix result{.data = matrix.data, .trials = matrix.trials, .rows = {}};
  const auto examples = matrix.data.size(Split::validation);
  const auto columns = shuffled(examples, seed, 2);
  for (std::uint32_t i = 0; i < examples; ++i)
    result.data.order[validation][i] = matrix.data.order[validation][columns[i]];
  for (const std::uint32_t row :
       shuffled(static_cast<std::uint32_t>(matrix.rows.size()), seed, 1)) {
    std::vector<CellResult>& cells = result.rows.emplace_back();
    for (const std::uint32_t column : columns)
      for (std::uint32_t trial = 0; trial < matrix.trials; ++trial)
        cells.push_back(matrix.rows[row][column * matrix.trials + trial]);
  }
  return result;
}

}  // namespace

ReplayedRace replay_race(const RecordedMatrix& matrix, const programs::Metric& metric,
                         const optimize::TrajectoryOptions& options, std::uint64_t seed) {
  const RecordedMatrix order = shuffled(matrix, seed);
  const campaign::Scoring scoring{order.data, metric, order.trials};
  optimize::CellStore store{{0, scoring.cells_of(Split::validation), 0}};
  optimize::TrajectoryOptions scaled = options;
  scaled.scale = scoring.cell_scale();
  optimize::Trajectory trajectory{
      scaled, std::make_unique<Numbered>(static_cast<std::uint32_t>(order.rows.size())),
      metric.maximise(),
      [&](Split split, std::span<const CellResult> cells) {
        return scoring.aggregate(split, cells);
      },
      store};
  trajectory.advance();
  for (auto work = trajectory.take_changes().work; !work.empty();
       work = trajectory.take_changes().work) {
    for (const CellRange& range : work) {
      store.finish(range,
                   std::span{order.rows[range.candidate]}.subspan(range.begin, range.size()));
      trajectory.advance(&range);
    }
  }
  ASSERT(trajectory.phase() == optimize::Trajectory::Phase::finished);
  double best = std::numeric_limits<double>::quiet_NaN();
  for (const auto& row : order.rows) {
    const double score = scoring.aggregate(Split::validation, row);
    if (std::isnan(best) || (metric.maximise() ? score > best : score < best)) best = score;
  }
  const double all = static_cast<double>(order.rows.size()) * scoring.cells_of(Split::validation);
  return {static_cast<double>(trajectory.committed()) / all,
          std::fabs(best - trajectory.best()->score)};
}

RecordedMatrix near_ties(std::uint64_t seed) {
  constexpr std::uint32_t candidates = 64;
  constexpr std::uint32_t examples = 1000;
  constexpr double lowest = 0.69;
  constexpr double width = 0.02;
  constexpr double own_share = 0.3;  // of the examples, where a candidate goes its own way
  RecordedMatrix matrix;
  std::vector<double> difficulty;
  for (std::uint32_t i = 0; i < examples; ++i) {
    matrix.data.order[validation].push_back(i);
    matrix.data.data.examples.emplace_back().label = "right";
    difficulty.push_back(core::Stream{seed, core::Purpose::simulate, 3, i}.uniform());
  }
  for (std::uint32_t candidate = 0; candidate < candidates; ++candidate) {
    const double rate = lowest + width * candidate / (candidates - 1);
    std::vector<CellResult>& row = matrix.rows.emplace_back();
    for (std::uint32_t i = 0; i < examples; ++i) {
      core::Stream stream{seed, core::Purpose::simulate, 4 + candidate, i};
      const double drawn = stream.chance(own_share) ? stream.uniform() : difficulty[i];
      const bool is_right = drawn < rate;
      row.push_back({.score = is_right ? 1.0 : 0.0,
                     .output = core::hash_text(is_right ? "right" : "wrong"),
                     .status = is_right ? model::CellStatus::ok : model::CellStatus::wrong});
    }
  }
  return matrix;
}

}  // namespace foundation::runtime
