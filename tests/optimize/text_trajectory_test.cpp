#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash.hpp"
#include "optimize/trajectory.hpp"
#include "tests/optimize/text_world.hpp"

/// Strategies that have texts written, in the trajectory of a run.
namespace foundation::optimize {
namespace {

using namespace testing;
using model::CellRange;
using model::CellResult;
using model::Split;

constexpr std::uint32_t heat = 8;
constexpr std::uint32_t test_cells = 4;

struct Chunk {
  CellRange range;
  std::vector<CellResult> results;
  std::vector<std::string> texts;
};
using Entry = std::variant<Proposal, model::NumberedRequest, Chunk>;

struct Settings {
  std::string kind;
  Racing racing = Racing::halving;
  std::optional<std::uint64_t> budget{};
};

/// What must not depend on the order of arrivals.
struct Answer {
  std::vector<model::Candidate> candidates;
  std::vector<std::uint32_t> cells;  ///< of validation, by candidate
  std::set<std::tuple<core::Digest, std::uint32_t, std::uint32_t>> samples;
  std::vector<CellRange> used_train;
  model::CandidateIndex winner = model::no_candidate;
  std::uint64_t committed = 0;
  std::string stop_reason;
  bool operator==(const Answer&) const = default;
};

class TextRun {
 public:
  TextRun(const TextWorld& world, const Settings& settings, std::uint32_t order,
          std::span<const Entry> restored = {})
      : world_{world},
        order_{order},
        stream_{11, core::Purpose::simulate, order},
        store_{{world.options().train * world.options().trials,
                world.options().validation * world.options().trials, test_cells},
               true},
        journal_{restored.begin(), restored.end()} {
    std::vector<Proposal> proposals;
    std::vector<model::TextRequest> requests;
    for (const Entry& entry : restored) {
      if (const auto* proposal = std::get_if<Proposal>(&entry)) proposals.push_back(*proposal);
      if (const auto* asked = std::get_if<model::NumberedRequest>(&entry))
        requests.push_back(asked->request);
      if (const auto* chunk = std::get_if<Chunk>(&entry))
        store_.finish(chunk->range, chunk->results, chunk->texts);
    }
    StrategyOptions strategy;
    strategy.kind = settings.kind;
    strategy.candidates = 5 * heat;
    strategy.iteration = heat;
    strategy.labeled = 2;
    strategy.bootstrapped = 3;
    strategy.minibatch = 6;
    TrajectoryOptions options;
    options.race = {.racing = settings.racing, .heat = heat};
    options.scale.trials = world.options().trials;
    options.proposes_by_heats = proposes_by_heats(settings.kind);
    options.lookahead = options.proposes_by_heats ? heat : 2 * heat;
    options.budget = settings.budget;
    trajectory_ = std::make_unique<Trajectory>(
        options, make_strategy(strategy, world.input()), true,
        [](Split, std::span<const CellResult> cells) { return mean(cells); }, store_,
        std::move(proposals), std::move(requests));
  }

  Answer finish() {
    trajectory_->advance();
    take_changes();
    while (!bag_.empty()) {
      deliver(take_chunk());
      take_changes();
    }
    EXPECT_EQ(trajectory_->phase(), Trajectory::Phase::finished) << trajectory_->failure();
    return describe();
  }
  [[nodiscard]] const std::vector<Entry>& journal() const noexcept { return journal_; }
  [[nodiscard]] std::uint64_t asked_again() const noexcept { return asked_again_; }
  [[nodiscard]] std::uint64_t charged() const {
    std::uint64_t cells = 0;
    for (const Proposal& proposal : trajectory_->proposals())
      cells += store_.finished_prefix(proposal.candidate.index, Split::validation);
    for (const CellRange& range : trajectory_->used_train_cells()) cells += range.size();
    for (const CellRange& range : trajectory_->used_samples()) cells += range.size();
    return cells;
  }

 private:
  static double mean(std::span<const CellResult> cells) {
    double sum = 0;
    for (const CellResult& cell : cells) sum += std::isnan(cell.score) ? 0 : cell.score;
    return cells.empty() ? std::nan("") : sum / static_cast<double>(cells.size());
  }

  void take_changes() {
    Changes changes = trajectory_->take_changes();
    for (model::NumberedRequest& it : changes.requests) journal_.emplace_back(std::move(it));
    for (Proposal& it : changes.proposals) journal_.emplace_back(std::move(it));
    for (const CellRange& range : changes.work) {
      for (std::uint32_t position = range.begin; position < range.end; ++position)
        if (store_.is_finished(range.candidate, range.split, position)) ++asked_again_;
      bag_.push_back(range);
    }
  }

  CellRange take_chunk() {
    const std::size_t at = order_ == 0 ? 0 : stream_.below(bag_.size());
    CellRange chunk = bag_[at];
    if (order_ > 0 && chunk.size() > 1 && stream_.chance(0.5)) {
      const auto middle =
          static_cast<std::uint32_t>(stream_.between(chunk.begin + 1, chunk.end - 1));
      bag_[at].end = middle;
      chunk.begin = middle;
      return chunk;
    }
    bag_.erase(bag_.begin() + static_cast<std::ptrdiff_t>(at));
    return chunk;
  }

  void deliver(const CellRange& range) {
    Chunk chunk{range, {}, {}};
    for (std::uint32_t position = range.begin; position < range.end; ++position)
      range.split == Split::request ? write(range.candidate, position, chunk)
                                    : evaluate(range, position, chunk);
    store_.finish(range, chunk.results, chunk.texts);
    journal_.emplace_back(std::move(chunk));
    trajectory_->advance(&range);
  }

  void write(model::RequestIndex request, std::uint32_t sample, Chunk& chunk) const {
    std::string text = world_.write(trajectory_->requests().all()[request], sample);
    CellResult result;
    result.status = text.empty() ? model::CellStatus::invalid_output : model::CellStatus::ok;
    result.output = text.empty() ? 0 : core::hash_text(text);
    chunk.results.push_back(result);
    chunk.texts.push_back(std::move(text));
  }

  void evaluate(const CellRange& range, std::uint32_t position, Chunk& chunk) const {
    const auto& candidate = trajectory_->proposals()[range.candidate].candidate;
    chunk.results.push_back(world_.evaluate(candidate.assignment, range.split, position));
    chunk.texts.push_back(range.split == Split::train
                              ? world_.output(candidate.assignment, position)
                              : std::string{});
    if (!chunk.texts.back().empty())
      chunk.results.back().output = core::hash_text(chunk.texts.back());
  }

  Answer describe() const {
    Answer answer;
    for (const Proposal& proposal : trajectory_->proposals()) {
      answer.candidates.push_back(proposal.candidate);
      answer.cells.push_back(store_.finished_prefix(proposal.candidate.index, Split::validation));
    }
    for (const CellRange& range : trajectory_->used_samples())
      answer.samples.insert(
          {trajectory_->requests().digest_of(range.candidate), range.begin, range.end});
    answer.used_train = trajectory_->used_train_cells();
    answer.winner = trajectory_->winner();
    answer.committed = trajectory_->committed();
    answer.stop_reason = trajectory_->stop_reason();
    return answer;
  }

  const TextWorld& world_;
  std::uint32_t order_;
  core::Stream stream_;
  CellStore store_;
  std::vector<Entry> journal_;
  std::unique_ptr<Trajectory> trajectory_;
  std::vector<CellRange> bag_;
  std::uint64_t asked_again_ = 0;
};

class TextTrajectory : public ::testing::TestWithParam<std::tuple<std::string_view, Racing>> {
 protected:
  [[nodiscard]] static Settings settings() {
    return {.kind = std::string{std::get<0>(GetParam())}, .racing = std::get<1>(GetParam())};
  }
  const TextWorld world_{{.stages = 2, .trials = 2}};
};

TEST_P(TextTrajectory, ignores_the_order_of_arrivals) {
  const Answer expected = TextRun{world_, settings(), 0}.finish();
  EXPECT_EQ(expected.candidates.size(), 5 * heat);
  EXPECT_FALSE(expected.samples.empty());
  for (std::uint32_t order = 1; order <= 8; ++order) {
    TextRun run{world_, settings(), order};
    ASSERT_EQ(run.finish(), expected) << order;
    EXPECT_EQ(run.asked_again(), 0U);
  }
}

TEST_P(TextTrajectory, resumes_without_asking_again) {
  TextRun whole{world_, settings(), 2};
  const Answer expected = whole.finish();
  for (std::size_t part = 1; part <= 6; ++part) {
    const std::span kept{whole.journal().data(), whole.journal().size() * part / 6};
    TextRun resumed{world_, settings(), static_cast<std::uint32_t>(20 + part), kept};
    ASSERT_EQ(resumed.finish(), expected) << part;
    EXPECT_EQ(resumed.asked_again(), 0U);
  }
}

TEST_P(TextTrajectory, keeps_to_a_budget) {
  Settings limited = settings();
  limited.budget = 900;
  const Answer expected = TextRun{world_, limited, 0}.finish();
  EXPECT_LE(expected.committed, 900U);
  EXPECT_EQ(expected.stop_reason, "budget used up");
  for (std::uint32_t order = 1; order <= 4; ++order) {
    TextRun run{world_, limited, order};
    ASSERT_EQ(run.finish(), expected) << order;
    EXPECT_EQ(run.charged(), expected.committed);
  }
}

std::vector<std::string_view> kinds_with_texts() {
  std::vector<std::string_view> kinds;
  std::ranges::copy_if(strategy_kinds(), std::back_inserter(kinds), reads_texts);
  return kinds;
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<std::string_view, Racing>>& which) {
  constexpr std::array<std::string_view, 5> names{"none", "halving", "paired", "asha", "friedman"};
  const auto& [kind, racing] = which.param;
  return std::string{kind} + "_" + std::string{names[static_cast<std::size_t>(racing)]};
}

INSTANTIATE_TEST_SUITE_P(Kinds, TextTrajectory,
                         ::testing::Combine(::testing::ValuesIn(kinds_with_texts()),
                                            ::testing::Values(Racing::none, Racing::halving,
                                                              Racing::paired, Racing::asha,
                                                              Racing::friedman)),
                         name_of);

}  // namespace
}  // namespace foundation::optimize
