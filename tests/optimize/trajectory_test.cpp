#include "optimize/trajectory.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/contracts.hpp"
#include "core/random.hpp"
#include "model/text_request.hpp"
#include "tests/optimize/trajectory_course.hpp"

namespace foundation::optimize {
namespace {

using Phase = Trajectory::Phase;

class TrajectoryCourse : public testing::TestWithParam<CourseOptions> {};

TEST_P(TrajectoryCourse, ignores_the_order_of_arrivals) {
  const CourseResult expected = run_course(GetParam(), 0).result;
  ASSERT_EQ(expected.phase, Phase::finished) << expected.failure;
  EXPECT_FALSE(expected.stop_reason.empty());
  for (std::uint32_t order = 1; order <= 200; ++order) {
    const Course course = run_course(GetParam(), order);
    ASSERT_EQ(course.result, expected) << "order " << order;
    ASSERT_FALSE(course.test_before_end);
    ASSERT_EQ(course.requested_again, 0U);
  }
}

TEST_P(TrajectoryCourse, charges_what_it_takes) {
  const CourseResult result = run_course(GetParam(), 1).result;
  EXPECT_EQ(result.committed, result.charged);
  EXPECT_LE(result.committed, GetParam().trajectory.budget.value_or(result.committed));
}

TEST_P(TrajectoryCourse, resumes_from_any_prefix) {
  const Course whole = run_course(GetParam(), 3);
  for (std::size_t length = 0; length <= whole.journal.size(); ++length) {
    const std::span prefix{whole.journal.data(), length};
    const auto order = static_cast<std::uint32_t>(1000 + length);
    const Course resumed = run_course(GetParam(), order, prefix);
    ASSERT_EQ(resumed.result, whole.result) << "prefix of " << length;
    ASSERT_EQ(resumed.requested_again, 0U);
  }
}

TEST_P(TrajectoryCourse, resumes_with_any_part_of_the_results) {
  const Course whole = run_course(GetParam(), 4);
  core::Stream stream{5, core::Purpose::simulate};
  for (std::uint32_t round = 0; round < 60; ++round) {
    const std::span prefix{whole.journal.data(), stream.below(whole.journal.size() + 1)};
    const Course resumed = run_course(GetParam(), 2000 + round, prefix, stream.uniform());
    ASSERT_EQ(resumed.result, whole.result) << "round " << round;
    ASSERT_EQ(resumed.requested_again, 0U);
  }
}

TEST_P(TrajectoryCourse, survives_one_interruption_after_another) {
  const Course whole = run_course(GetParam(), 6);
  std::vector<JournalEntry> journal;
  for (std::uint32_t session = 0; session < 8; ++session) {
    const Course course = run_course(GetParam(), 3000 + session, journal);
    ASSERT_EQ(course.result, whole.result);
    const std::size_t more = (course.journal.size() - journal.size()) / 3;
    journal.assign(course.journal.begin(),
                   course.journal.begin() + static_cast<std::ptrdiff_t>(journal.size() + more));
  }
}

INSTANTIATE_TEST_SUITE_P(All, TrajectoryCourse, testing::ValuesIn(course_options()),
                         [](const auto& it) { return "case_" + std::to_string(it.index); });

CourseOptions simple() {
  CourseOptions options;
  options.job = {.candidates = 6, .train = 8, .validation = 16, .test = 4, .failure_share = 0};
  options.trajectory.race.racing = Racing::none;
  options.trajectory.lookahead = 2;
  return options;
}

TEST(Trajectory, refuses_a_budget_below_the_baseline) {
  CourseOptions options = simple();
  options.trajectory.budget = 15;
  const CourseResult result = run_course(options, 1).result;
  EXPECT_EQ(result.phase, Phase::failed);
  EXPECT_NE(result.failure.find("15 evaluations"), std::string::npos) << result.failure;
  EXPECT_EQ(result.committed, 0U);
}

TEST(Trajectory, spends_a_budget_to_the_last_candidate_it_pays_for) {
  CourseOptions options = simple();
  for (std::uint64_t budget = 16; budget <= 16 * 6; ++budget) {
    options.trajectory.budget = budget;
    const CourseResult result = run_course(options, 1).result;
    EXPECT_EQ(result.candidates.size(), budget / 16);
    EXPECT_EQ(result.stop_reason, budget == 16 * 6 ? "all candidates proposed" : "budget used up");
  }
}

/// What races save pays for further candidates, up to less than one more could cost.
TEST(Trajectory, spends_what_races_save) {
  for (const Racing racing : {Racing::paired, Racing::asha, Racing::friedman}) {
    CourseOptions options = simple();
    options.job.candidates = 1000;
    options.job.validation = 40;
    options.trajectory.race = {.racing = racing, .heat = 8, .margin = 0.1};
    options.trajectory.lookahead = 16;
    options.trajectory.budget = 40 * 30;
    const CourseResult result = run_course(options, 1).result;
    EXPECT_EQ(result.stop_reason, "budget used up");
    EXPECT_GT(result.candidates.size(), 36U);
    EXPECT_EQ(result.committed, result.charged);
    EXPECT_LE(result.committed, 40 * 30U);
    EXPECT_GT(result.committed, 40 * 29U);
  }
}

TEST(Trajectory, closes_a_heat_early_when_the_budget_waits_for_it) {
  CourseOptions options = simple();
  options.job.candidates = 9;
  options.job.validation = 40;
  options.trajectory.race = {.racing = Racing::paired, .heat = 6, .margin = 0.3};
  options.trajectory.lookahead = 6;
  options.trajectory.budget = 40 * 4;  // pays for four of the six
  const CourseResult result = run_course(options, 1).result;
  EXPECT_GT(result.candidates.size(), 4U);
  EXPECT_LE(result.committed, 40 * 4U);
}

/// Notes how many outcomes each proposal could see.
class Counting final : public Strategy {
 public:
  explicit Counting(std::vector<std::uint32_t>& seen) : seen_{seen} {}
  [[nodiscard]] Reply ask(std::uint32_t index, const Evidence&) const override {
    if (index >= 20) return Exhausted{};
    seen_.resize(std::max<std::size_t>(seen_.size(), index + 1));
    if (index <= accepted_) seen_[index] = told_;  // not one that is only looked at ahead
    return model::Candidate{.index = index, .origin = {}, .assignment = {}};
  }
  void accept(const model::Candidate& candidate) override { accepted_ = candidate.index + 1; }
  void tell(const CandidateOutcome&) override { ++told_; }

 private:
  std::vector<std::uint32_t>& seen_;
  std::uint32_t accepted_ = 0;
  std::uint32_t told_ = 0;
};

TEST(Trajectory, shows_all_proposals_of_a_heat_the_same_outcomes) {
  for (const std::uint32_t lookahead : {5U, 7U, 10U}) {
    std::vector<std::uint32_t> seen;
    CellStore store{{0, 8, 0}};
    TrajectoryOptions options;
    options.race = {.racing = Racing::friedman, .heat = 5};
    options.lookahead = lookahead;
    options.proposes_by_heats = true;
    Trajectory trajectory{options, std::make_unique<Counting>(seen), true,
                          [](auto, auto cells) { return static_cast<double>(cells.size()); },
                          store};
    trajectory.advance();
    for (auto work = trajectory.take_changes().work; !work.empty();
         work = trajectory.take_changes().work) {
      for (const model::CellRange& range : work) {
        const std::vector<model::CellResult> results(range.size(),
                                                     {.score = 1, .status = model::CellStatus::ok});
        store.finish(range, results);
        trajectory.advance(&range);
      }
    }
    ASSERT_EQ(seen.size(), 20U);
    for (std::uint32_t index = 0; index < 20; ++index) {
      const std::uint32_t last = index / 5 * 5 + 4;
      EXPECT_EQ(seen[index], last < lookahead ? 0 : last - lookahead + 1) << index;
    }
  }
}

TEST(Trajectory, stops_at_the_first_told_target) {
  CourseOptions options = simple();
  options.trajectory.target = 0.0;
  const CourseResult result = run_course(options, 1).result;
  EXPECT_EQ(result.stop_reason, "target reached");
  EXPECT_EQ(result.candidates.size(), options.trajectory.lookahead);
}

/// A function of outcomes: no order of arrivals and no interruption changes it.
void expect_one_course(const CourseOptions& options, const CourseResult& expected) {
  for (std::uint32_t order = 0; order < 40; ++order)
    EXPECT_EQ(run_course(options, order).result, expected) << "order " << order;
  const Course whole = run_course(options, 7);
  for (std::size_t length = 0; length <= whole.journal.size(); length += 5)
    EXPECT_EQ(run_course(options, 90, std::span{whole.journal.data(), length}).result, expected)
        << "prefix of " << length;
}

TEST(Trajectory, stops_when_its_cost_is_used_up) {
  for (const auto kind : {simulation::SyntheticKind::random, simulation::SyntheticKind::bootstrap,
                          simulation::SyntheticKind::texts}) {
    CourseOptions options = simple();
    options.job.kind = kind;
    const CourseResult all = run_course(options, 1).result;
    options.trajectory.cost_budget = 60;  // a cell costs about 2
    const CourseResult result = run_course(options, 1).result;
    EXPECT_EQ(result.stop_reason, "cost budget used up");
    EXPECT_LT(result.candidates.size(), all.candidates.size());
    expect_one_course(options, result);
  }
}

TEST(Trajectory, stops_when_nothing_gets_better) {
  CourseOptions options = simple();
  options.job.candidates = 60;
  options.trajectory.patience = 4;
  const CourseResult result = run_course(options, 1).result;
  EXPECT_EQ(result.stop_reason, "no improvement");
  EXPECT_LT(result.candidates.size(), 60U);
  expect_one_course(options, result);
}

TEST(Trajectory, chooses_its_winner_among_those_that_keep_the_limits) {
  CourseOptions options = simple();
  options.job.candidates = 20;
  const CourseResult free = run_course(options, 1).result;
  options.trajectory.objectives.minimised = {Objective::cost};
  EXPECT_EQ(run_course(options, 1).result, free) << "the best score is on every front";
  options.trajectory.objectives.limits[Objective::cost] = 1.7;
  const CourseResult limited = run_course(options, 1).result;
  EXPECT_NE(limited.winner, free.winner);
  EXPECT_EQ(limited.candidates, free.candidates);
  expect_one_course(options, limited);
  options.trajectory.objectives.winner = WinnerRule::weights;
  expect_one_course(options, run_course(options, 1).result);
  options.trajectory.objectives.limits[Objective::cost] = -1;
  const CourseResult none = run_course(options, 1).result;
  EXPECT_EQ(none.phase, Phase::failed);
  EXPECT_NE(none.failure.find("keeps all limits of [objectives]"), std::string::npos);
}

TEST(Trajectory, gives_up_when_everything_fails_at_the_start) {
  CourseOptions options = simple();
  options.job.failure_share = 1;
  for (std::uint32_t order = 0; order < 20; ++order) {
    const Course course = run_course(options, order);
    EXPECT_EQ(course.result.phase, Phase::failed);
    EXPECT_NE(course.result.failure.find("all failed"), std::string::npos);
    EXPECT_FALSE(course.test_before_end);
  }
}

TEST(Trajectory, fails_without_a_valid_score) {
  CourseOptions options = simple();
  options.job.maximise = false;
  options.job.failure_share = 1;
  options.job.candidates = 2;
  options.job.validation = 9;  // fewer than what the early abort looks at
  const CourseResult result = run_course(options, 1).result;
  EXPECT_EQ(result.phase, Phase::failed);
  EXPECT_EQ(result.failure, "no candidate has a valid score on the whole validation split");
}

TEST(Trajectory, needs_no_test_split) {
  CourseOptions options = simple();
  options.job.test = 0;
  EXPECT_EQ(run_course(options, 1).result.phase, Phase::finished);
}

TEST(Trajectory, wants_a_look_ahead_of_a_heat_at_least) {
  CourseOptions options = simple();
  options.trajectory.race.racing = Racing::halving;
  options.trajectory.race.heat = 4;
  options.trajectory.lookahead = 3;
  EXPECT_THROW((void)run_course(options, 0), core::ContractViolation);
}

/// Each proposal of a heat needs a text about the best candidate told; the first two heats are
/// told about none.
class Asking final : public Strategy {
 public:
  explicit Asking(std::vector<model::TextRequest>& asked) : asked_{asked} {}
  [[nodiscard]] Reply ask(std::uint32_t index, const Evidence& evidence) const override {
    if (index >= 12) return Exhausted{};
    const model::Candidate candidate{.index = index, .origin = {}, .assignment = {}};
    if (index == 0) return candidate;
    const model::TextRequest request{.parameter = std::to_string(told_), .examples = {index}};
    if (std::ranges::find(asked_, request) == asked_.end()) asked_.push_back(request);
    if (!evidence.text(request, 1)) return Need{.texts = {{request, 2}}};
    return candidate;
  }
  void accept(const model::Candidate&) override {}
  void tell(const CandidateOutcome&) override { ++told_; }

 private:
  std::vector<model::TextRequest>& asked_;
  std::uint32_t told_ = 0;
};

class AskingTrajectory : public testing::Test {
 protected:
  /// Everything that is open is answered.
  void answer() {
    const Changes changes = trajectory.take_changes();
    for (const model::NumberedRequest& it : changes.requests) announced.push_back(it.request);
    for (const model::CellRange& range : changes.work) {
      EXPECT_EQ(range.split == model::Split::request, range.end <= 2);
      if (range.split == model::Split::request) samples += range.size();
      model::CellResult cell;
      cell.status = model::CellStatus::ok;
      cell.output = 1;
      cell.score = 1;
      store.finish(range, std::vector(range.size(), cell),
                   std::vector<std::string>(range.size(), "text"));
    }
  }
  static TrajectoryOptions options() {
    TrajectoryOptions made;
    made.race = {.racing = Racing::friedman, .heat = 4};
    made.lookahead = 4;
    made.proposes_by_heats = true;
    return made;
  }

  CellStore store{{4, 8, 0}, true};
  std::vector<model::TextRequest> asked;
  std::vector<model::TextRequest> announced;
  std::uint32_t samples = 0;
  Trajectory trajectory{options(), std::make_unique<Asking>(asked), true,
                        [](model::Split, std::span<const model::CellResult>) { return 1.0; },
                        store};
};

TEST_F(AskingTrajectory, asks_ahead_only_with_the_outcomes_of_the_proposal) {
  trajectory.advance();
  answer();
  EXPECT_EQ(announced.size(), 3U) << "the rest of the first heat, all at once";
  EXPECT_EQ(samples, 6U);
  for (int round = 0; round < 40 && trajectory.phase() != Phase::finished; ++round) {
    trajectory.advance();
    answer();
  }
  EXPECT_EQ(trajectory.phase(), Phase::finished);
  EXPECT_EQ(announced, asked) << "and each once";
  ASSERT_EQ(announced.size(), 11U);
  for (const model::TextRequest& request : announced)
    EXPECT_EQ(request.parameter, std::to_string(request.examples.front() / 4 * 4));
  EXPECT_EQ(samples, 22U);
  // Sample 1 of each request was looked at: charged beside 12 candidates of 8 cells.
  EXPECT_EQ(trajectory.committed(), 12 * 8 + 11U);
}

/// Needs cells of two waves; says it is exhausted when asked far ahead.
class ShortSighted final : public Strategy {
 public:
  [[nodiscard]] Reply ask(std::uint32_t index, const Evidence& evidence) const override {
    if (index > accepted_ + 1 || index >= 4) return Exhausted{};
    for (std::uint32_t cell = index * 2; index > 0 && cell < index * 2 + 2; ++cell)
      if (evidence.results(0, cell, cell + 1).empty())
        return Need{{{0, model::Split::train, cell, cell + 1}}};
    return model::Candidate{.index = index, .origin = {}, .assignment = {}};
  }
  void accept(const model::Candidate& candidate) override { accepted_ = candidate.index; }
  void tell(const CandidateOutcome&) override {}

 private:
  std::uint32_t accepted_ = 0;
};

TEST(Trajectory, asks_for_the_next_proposals_needs_in_any_case) {
  CellStore store{{8, 2, 0}};
  TrajectoryOptions options;
  options.race.racing = Racing::none;
  options.lookahead = 4;
  Trajectory trajectory{options, std::make_unique<ShortSighted>(), true,
                        [](auto, auto cells) { return static_cast<double>(cells.size()); }, store};
  trajectory.advance();
  for (auto work = trajectory.take_changes().work; !work.empty();
       work = trajectory.take_changes().work) {
    for (const model::CellRange& range : work) {
      const std::vector<model::CellResult> results(range.size(),
                                                   {.score = 1, .status = model::CellStatus::ok});
      store.finish(range, results);
      trajectory.advance(&range);
    }
  }
  EXPECT_EQ(trajectory.phase(), Phase::finished);
  EXPECT_EQ(trajectory.proposals().size(), 4U);
}

}  // namespace
}  // namespace foundation::optimize
