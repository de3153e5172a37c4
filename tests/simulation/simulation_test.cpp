#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/busy.hpp"
#include "tests/simulation/seeds.hpp"
#include "tests/simulation/shrink.hpp"

namespace foundation::simulation {
namespace {

constexpr std::uint64_t seeds_in_a_normal_run = FOUNDATION_SIMULATION_SEEDS;

TEST(Simulation, keeps_every_promise) {
  const SeedsResult result = run_seeds(1, seeds_in_a_normal_run, true);
  fmt::print("{} seeds: {} events, {} sessions, {} faults, {:.0f} s of virtual time\n",
             result.seeds, result.events, result.sessions, result.faults, result.virtual_s);
  for (const std::uint64_t seed : result.failing) ADD_FAILURE() << explain(seed);
}

/// Equal for any compiler, optimisation and sanitizer: the file is the same for all builds. After
/// a change of the simulator or of decisions, `foundation-sim --seeds 1:200 --log-hash` has the
/// new value.
TEST(Simulation, has_the_same_event_log_everywhere) {
  std::ifstream file{FOUNDATION_GOLDEN_LOG_HASH};
  std::string expected;
  file >> expected;
  EXPECT_EQ(fmt::format("{:016x}", run_seeds(1, 200, false).log_hash), expected);
}

TEST(Simulation, repeats_itself) {
  EXPECT_EQ(run_seeds(500, 40, false).log_hash, run_seeds(500, 40, false).log_hash);
  EXPECT_NE(run_seeds(500, 1, false).log_hash, run_seeds(501, 1, false).log_hash);
}

TEST(Simulation, replays_an_explicit_list_of_faults) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Options options = draw_options(seed);
    const std::vector<Fault> faults = draw_faults(options);
    const auto parsed = parse_faults(to_text(faults));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(to_text(*parsed), to_text(faults));
    EXPECT_EQ(simulate(options, faults).log_hash, simulate(options, *parsed).log_hash);
  }
}

TEST(Faults, refuse_what_they_cannot_read) {
  EXPECT_TRUE(parse_faults(""));
  EXPECT_FALSE(parse_faults("earthquake@1:2:3"));
  EXPECT_FALSE(parse_faults("kill"));
  EXPECT_FALSE(parse_faults("kill@x"));
}

TEST(Faults, of_every_kind_hit_something) {
  std::uint32_t hits = 0;
  for (std::uint32_t kind = 0; kind < fault_kind_count; ++kind) {
    std::uint32_t of_kind = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      Options options = draw_options(seed);
      options.fault_kinds = 1U << kind;
      options.faults = 3;
      const RunResult result = simulate(options, draw_faults(options));
      EXPECT_EQ(result.violation, "") << "seed " << seed << ", only faults of kind " << kind;
      of_kind += result.faults;
    }
    EXPECT_GT(of_kind, 10U) << name_of(static_cast<FaultKind>(kind));
    hits += of_kind;
  }
  EXPECT_GT(hits, 0U);
}

TEST(Shrink, finds_the_faults_that_matter) {
  std::vector<Fault> faults;
  for (std::uint64_t at = 0; at < 40; ++at) faults.push_back({FaultKind::kill, at, 0, 0});
  const auto few = shrink(faults, [](const std::vector<Fault>& some) {
    const auto has = [&some](std::uint64_t at) {
      return std::ranges::find(some, at, &Fault::at) != some.end();
    };
    return has(7) && has(31) && has(32);
  });
  EXPECT_EQ(to_text(few), "kill@7:0:0 kill@31:0:0 kill@32:0:0");
  EXPECT_TRUE(shrink(faults, [](const auto&) { return true; }).empty());
}

TEST(BusyTime, is_kept_above_95_per_cent) {
  const std::vector<BusyRow> rows = measure_busy(FOUNDATION_BUSY_SEEDS);
  fmt::print("{}", busy_table(rows));
  for (const BusyRow& row : rows) {
    EXPECT_TRUE(row.is_comparison || row.median >= 95) << row.name;
  }
}

}  // namespace
}  // namespace foundation::simulation
