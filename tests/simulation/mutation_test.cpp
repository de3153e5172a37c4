#include "tests/simulation/mutation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/simulation/faults.hpp"
#include "tests/simulation/shrink.hpp"
#include "tests/simulation/world.hpp"

namespace foundation::simulation {
namespace {

constexpr std::uint64_t most_seeds = 1500;

std::string violation(const Options& options, const std::vector<Fault>& faults) {
  return simulate(options, faults).violation;
}

class PlantedBug : public ::testing::TestWithParam<Mutation> {};

TEST_P(PlantedBug, is_found) {
  const ScopedMutation mutation{GetParam().name};
  for (std::uint64_t seed = 1; seed <= most_seeds; ++seed) {
    const Options options = draw_options(seed, GetParam().seeds);
    const std::vector<Fault> faults = draw_faults(options);
    const std::string found = violation(options, faults);
    if (found.empty()) continue;
    const auto few = shrink(faults, [&options](const std::vector<Fault>& some) {
      return !violation(options, some).empty();
    });
    EXPECT_FALSE(violation(options, few).empty());
    fmt::print("{:<31} seed {:>3}, {} faults: {}\n", GetParam().name, seed, few.size(),
               found.substr(0, 100));
    RecordProperty("seeds", static_cast<int>(seed));
    return;
  }
  FAIL() << GetParam().means << ": not found within " << most_seeds << " seeds";
}

INSTANTIATE_TEST_SUITE_P(All, PlantedBug,
                         ::testing::ValuesIn(mutations().begin(), mutations().end()),
                         [](const auto& it) { return std::string{it.param.name}; });

TEST(Mutations, are_off_unless_switched_on) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Options options = draw_options(seed);
    EXPECT_EQ(violation(options, draw_faults(options)), "");
  }
}

}  // namespace
}  // namespace foundation::simulation
