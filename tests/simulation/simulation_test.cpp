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
  if (seeds_in_a_normal_run < 2000) return;  // too few for every pair
  fmt::print("{}", matrix_table(result.matrix));
  for (std::uint32_t i = 0; i < fault_kind_count * phase_count; ++i) {
    const auto kind = static_cast<FaultKind>(i / phase_count);
    const auto phase = static_cast<Phase>(i % phase_count);
    EXPECT_EQ(result.matrix[i] > 0, can_hit(kind, phase) && !is_damage(kind))
        << name_of(kind) << " x " << name_of(phase) << ": " << result.matrix[i];
  }
}

TEST(Simulation, never_gives_a_wrong_answer_when_stored_data_is_damaged) {
  const SeedsResult result = run_seeds(1, FOUNDATION_DAMAGE_SEEDS, true, SeedClass::damage);
  fmt::print("{} seeds with damage: {} end with a diagnosis\n", result.seeds, result.diagnoses);
  for (const std::uint64_t seed : result.failing) ADD_FAILURE() << explain(seed, SeedClass::damage);
  EXPECT_GT(result.diagnoses, result.seeds / 20);
  EXPECT_LT(result.diagnoses, result.seeds);
}

/// The wall clock is a label: with and without its jumps everybody does the same at the same time.
TEST(Simulation, decides_nothing_by_the_wall_clock) {
  std::size_t jumps = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Options options = draw_options(seed);
    const std::vector<Fault> faults = draw_faults(options);
    std::vector<Fault> without = faults;
    jumps +=
        std::erase_if(without, [](const Fault& it) { return it.kind == FaultKind::wall_jump; });
    EXPECT_EQ(simulate(options, faults).course, simulate(options, without).course) << seed;
  }
  EXPECT_GT(jumps, 20U);
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
  EXPECT_TRUE(parse_faults("kill@drain+3:1:2"));
  EXPECT_FALSE(parse_faults("kill@lunch+3:1:2"));
}

TEST(Faults, of_every_kind_hit_something) {
  for (std::uint32_t kind = 0; kind < fault_kind_count; ++kind) {
    const auto fault = static_cast<FaultKind>(kind);
    const auto seeds = is_damage(fault) ? SeedClass::damage : SeedClass::normal;
    std::uint32_t hits = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const Options options = with_only(draw_options(seed, seeds), fault, 3);
      const RunResult result = simulate(options, draw_faults(options));
      EXPECT_EQ(result.violation, "") << "seed " << seed << ", only " << name_of(fault);
      hits += result.faults;
    }
    EXPECT_GT(hits, 7U) << name_of(fault);
  }
}

TEST(Faults, of_a_new_kind_leave_the_others_as_they_were) {
  const Options options = draw_options(7);
  Options more = options;
  ++more.faults[static_cast<std::size_t>(FaultKind::kill)];
  const std::string before = to_text(draw_faults(options));
  std::vector<Fault> after = draw_faults(more);
  ASSERT_EQ(after.size(), draw_faults(options).size() + 1);
  const auto is_there = [&before](const Fault& it) {
    return before.find(to_text({it})) != std::string::npos;
  };
  EXPECT_EQ(std::ranges::count_if(after, is_there), static_cast<std::ptrdiff_t>(after.size()) - 1);
}

TEST(Shrink, finds_the_faults_that_matter) {
  std::vector<Fault> faults;
  for (std::uint64_t at = 0; at < 40; ++at) faults.push_back({FaultKind::kill, {}, at, 0, 0});
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
