#include <set>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "tests/optimize/planted_evidence.hpp"

namespace foundation::optimize {
namespace {

using namespace testing;

class BootstrapRandomSearch : public ::testing::Test {
 protected:
  PlantedEvidence evidence_{0.6};
  StrategyOptions options_ = options_for("bootstrap_random_search");
  Space space_ = model::testing::classifier_space();
  std::vector<Candidate> candidates_ = run(*make_strategy(options_, input_for(space_)), evidence_);

  /// The number in "bootstrap of 12 beside ...".
  static std::size_t bootstrapped(const Candidate& candidate) {
    return std::stoul(candidate.origin.substr(std::string_view{"bootstrap of "}.size()));
  }
};

TEST_F(BootstrapRandomSearch, goes_through_the_steps_of_the_algorithm) {
  EXPECT_EQ(candidates_[0].origin, "baseline");
  EXPECT_EQ(candidates_[1].origin, "zero-shot");
  EXPECT_TRUE(shown(candidates_[1]).empty());
  EXPECT_EQ(candidates_[2].origin, "bootstrap of 48 beside 16 labelled");
  EXPECT_EQ(candidates_[2].parent, 0U);
  for (const std::size_t i : {1U, 2U}) {
    model::Assignment without = candidates_[i].assignment;
    without.set("demonstrations", model::Demonstrations{});
    EXPECT_EQ(without, space_.initial());
  }
  std::set<std::string> rules;
  std::set<std::size_t> sizes;
  for (std::size_t i = 3; i < candidates_.size(); ++i) {
    rules.insert(candidates_[i].assignment.text("rule"));
    sizes.insert(bootstrapped(candidates_[i]));
  }
  EXPECT_EQ(rules.size(), 3U);
  EXPECT_GT(sizes.size(), 10U);
  EXPECT_GE(*sizes.begin(), 1U);
  EXPECT_LE(*sizes.rbegin(), 48U);
}

/// Two stages: what the first one gets is what it would get alone.
class TwoOfThem : public ::testing::Test {
 protected:
  static Space space_of(std::vector<std::string> names) {
    std::vector<model::Parameter> parameters;
    for (std::string& name : names)
      parameters.push_back({.name = std::move(name),
                            .kind = model::ParameterKind::demonstrations,
                            .low = 0,
                            .high = 40,
                            .choices = {},
                            .initial = model::Demonstrations{},
                            .conditions = {},
                            .description = {}});
    return Space{std::move(parameters)};
  }
  static std::vector<Candidate> proposals(const std::string& kind, const Space& space) {
    PlantedEvidence evidence{0.6};
    return run(*make_strategy(options_for(kind), input_for(space)), evidence);
  }
};

TEST_F(TwoOfThem, each_draws_its_own_and_the_first_what_it_drew_alone) {
  for (const std::string kind : {"labeled_few_shot", "bootstrap_random_search"}) {
    const auto alone = proposals(kind, space_of({"one"}));
    const auto both = proposals(kind, space_of({"one", "two"}));
    ASSERT_EQ(alone.size(), both.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < both.size(); ++i) {
      const auto& first = both[i].assignment.demonstrations("one");
      if (i > 2) {
        EXPECT_EQ(first, alone[i].assignment.demonstrations("one")) << kind << " " << i;
      }
      different += first == both[i].assignment.demonstrations("two") ? 0 : 1;
    }
    EXPECT_GE(different, both.size() - 3) << kind;
  }
}

TEST_F(TwoOfThem, zero_shot_leaves_both_empty_and_a_program_without_any_is_refused) {
  const auto both = proposals("bootstrap_random_search", space_of({"one", "two"}));
  EXPECT_EQ(both[1].origin, "zero-shot");
  EXPECT_TRUE(both[1].assignment.demonstrations("one").positions.empty());
  EXPECT_TRUE(both[1].assignment.demonstrations("two").positions.empty());
  EXPECT_THROW(
      static_cast<void>(make_strategy(options_for("labeled_few_shot"), input_for(space_of({})))),
      core::Error);
}

TEST_F(BootstrapRandomSearch, in_order_keeps_the_first_successes) {
  std::vector<std::uint32_t> expected;
  for (std::uint32_t example = 0; expected.size() < 48; ++example) {
    if (evidence_.is_success(example)) expected.push_back(example);
  }
  const auto& positions = shown(candidates_[2]);
  EXPECT_EQ(std::vector(positions.begin(), positions.begin() + 48), expected);
}

TEST_F(BootstrapRandomSearch, shows_the_teachers_successes_and_no_example_twice) {
  for (std::size_t i = 2; i < candidates_.size(); ++i) {
    const auto& positions = shown(candidates_[i]);
    const std::size_t count = bootstrapped(candidates_[i]);
    EXPECT_EQ(positions.size(), count + 16);
    for (std::size_t k = 0; k < count; ++k) EXPECT_TRUE(evidence_.is_success(positions[k]));
    EXPECT_EQ(std::set(positions.begin(), positions.end()).size(), positions.size());
  }
}

TEST_F(BootstrapRandomSearch, bootstraps_cover_the_train_split) {
  std::set<std::uint32_t> covered;
  for (const Candidate& candidate : candidates_) {
    covered.insert(shown(candidate).begin(), shown(candidate).end());
  }
  EXPECT_GT(covered.size(), train_size * 3 / 4);
}

TEST_F(BootstrapRandomSearch, gives_up_labelled_examples_first) {
  auto parameters = space_.parameters();
  parameters[0].high = 50;
  const auto candidates = run(options_, Space{parameters});
  EXPECT_EQ(candidates[2].origin, "bootstrap of 48 beside 2 labelled");
  parameters[0].high = 30;
  const auto fewer = run(options_, Space{parameters});
  EXPECT_EQ(fewer[2].origin, "bootstrap of 30 beside 0 labelled");
}

TEST_F(BootstrapRandomSearch, is_content_with_fewer_successes) {
  const auto candidates = run(options_, space_, 0.05);
  EXPECT_LT(bootstrapped(candidates[2]), 48U);
  EXPECT_GT(bootstrapped(candidates[2]), 0U);
  const auto none = run(options_, space_, 0);
  EXPECT_EQ(none[2].origin, "bootstrap of 0 beside 16 labelled");
}

TEST_F(BootstrapRandomSearch, asks_for_aligned_blocks_in_waves) {
  const auto strategy = make_strategy(options_, input_for(space_));
  PlantedEvidence nothing{0.6};
  const Reply reply = strategy->ask(2, nothing);
  const auto& ranges = std::get<Need>(reply).ranges;
  ASSERT_EQ(ranges.size(), 3U);  // 48 wanted, half of 32 expected from a block
  for (std::uint32_t block = 0; block < 3; ++block) {
    EXPECT_EQ(ranges[block], (CellRange{0, model::Split::train, block * 64, block * 64 + 64}));
  }
  nothing.finish(ranges[1]);
  const Reply rest = strategy->ask(2, nothing);
  EXPECT_EQ(std::get<Need>(rest).ranges, (std::vector{ranges[0], ranges[2]}));
}

TEST_F(BootstrapRandomSearch, needs_do_not_depend_on_accepted_candidates) {
  const auto fresh = make_strategy(options_, input_for(space_));
  const auto full = make_strategy(options_, input_for(space_));
  for (std::size_t i = 0; i < 20; ++i) full->accept(candidates_[i]);
  const PlantedEvidence nothing{0.6};
  for (std::uint32_t i = 20; i < 32; ++i) {
    EXPECT_TRUE(is_same_reply(fresh->ask(i, nothing), full->ask(i, nothing)));
  }
}

TEST_F(BootstrapRandomSearch, works_without_bootstraps_labels_or_trainset) {
  StrategyOptions labels_only = options_;
  labels_only.bootstrapped = 0;
  EXPECT_EQ(run(labels_only, space_)[2].origin, "bootstrap of 0 beside 16 labelled");
  StrategyOptions bootstraps_only = options_;
  bootstraps_only.labeled = 0;
  EXPECT_EQ(run(bootstraps_only, space_)[1].origin, "bootstrap of 48 beside 0 labelled");
  const auto strategy = make_strategy(options_, {.space = space_, .train_size = 0});
  EXPECT_TRUE(std::holds_alternative<Candidate>(strategy->ask(3, evidence_)));
}

TEST_F(BootstrapRandomSearch, low_scores_are_successes_when_minimising) {
  StrategyOptions options = options_;
  options.success_threshold = 0;
  StrategyInput input = input_for(space_);
  input.maximise = false;
  PlantedEvidence evidence{0.6};
  const auto candidates = run(*make_strategy(options, input), evidence);
  for (std::size_t k = 0; k < bootstrapped(candidates[2]); ++k) {
    EXPECT_FALSE(evidence.is_success(shown(candidates[2])[k]));
  }
}

// A changed proposal is a changed trajectory of every job there is.
TEST_F(BootstrapRandomSearch, proposals_never_change) {
  core::Hasher hasher;
  for (const Candidate& candidate : candidates_) {
    const core::Digest part = digest(candidate.assignment);
    hasher.add(part.high).add(part.low);
  }
  EXPECT_EQ(hasher.digest().hex(), "2ace90a5f39d9a5e3602a8a089046f61");
}

}  // namespace
}  // namespace foundation::optimize
