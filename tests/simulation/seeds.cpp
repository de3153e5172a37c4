#include "tests/simulation/seeds.hpp"

#include <fmt/format.h>

#include "tests/simulation/shrink.hpp"

namespace foundation::simulation {

SeedsResult run_seeds(std::uint64_t first, std::uint64_t count, bool stop_at_failure,
                      SeedClass kind) {
  SeedsResult sum;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Options options = draw_options(seed, kind);
    const RunResult result = simulate(options, draw_faults(options));
    ++sum.seeds;
    sum.log_hash = (sum.log_hash ^ result.log_hash) * 0x100000001B3U + seed;
    sum.events += result.events;
    sum.sessions += result.sessions;
    sum.faults += result.faults;
    sum.virtual_s += result.virtual_s;
    sum.diagnoses += result.diagnosis.empty() ? 0 : 1;
    for (std::size_t i = 0; i < sum.matrix.size(); ++i) sum.matrix[i] += result.matrix[i];
    if (result.violation.empty()) continue;
    sum.failing.push_back(seed);
    if (stop_at_failure) break;
  }
  return sum;
}

std::string explain(std::uint64_t seed, SeedClass kind) {
  const Options options = draw_options(seed, kind);
  const std::vector<Fault> faults = draw_faults(options);
  const RunResult result = simulate(options, faults);
  if (result.violation.empty()) return {};
  const std::vector<Fault> few = shrink(faults, [&options](const std::vector<Fault>& some) {
    return !simulate(options, some).violation.empty();
  });
  const std::string_view flag = kind == SeedClass::damage ? " --damage" : "";
  return fmt::format(
      "seed {}: {}\n{}replay:  foundation-sim{} --seed {} --trace\n{} of {} faults are enough: {}\n"
      "replay:  foundation-sim{} --seed {} --faults '{}' --trace\n",
      seed, result.violation, describe(options), flag, seed, few.size(), faults.size(),
      simulate(options, few).violation, flag, seed, to_text(few));
}

}  // namespace foundation::simulation
