#include "tests/simulation/reach.hpp"

#include <array>

#include <fmt/format.h>

namespace foundation::simulation {
namespace {

std::array<std::uint64_t, core::reach_names.size()> counts{};

}  // namespace

std::uint64_t reached(core::Reach mark) noexcept { return counts[static_cast<std::size_t>(mark)]; }

void forget_reached() noexcept { counts = {}; }

std::string reach_table() {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i)
    text += fmt::format("{:<32}{:>10}\n", core::reach_names[i], counts[i]);
  return text;
}

}  // namespace foundation::simulation

#ifdef FOUNDATION_REACH_COUNTERS
void foundation::core::note_reached(Reach mark) noexcept {
  ++simulation::counts[static_cast<std::size_t>(mark)];
}
#endif
