#include "tests/simulation/shrink.hpp"

#include <algorithm>

namespace foundation::simulation {

std::vector<Fault> shrink(std::vector<Fault> faults,
                          const std::function<bool(const std::vector<Fault>&)>& fails) {
  if (fails({})) return {};
  std::size_t parts = 2;
  while (faults.size() > 1) {
    const std::size_t size = (faults.size() + parts - 1) / parts;
    bool smaller = false;
    for (std::size_t begin = 0; begin < faults.size() && !smaller; begin += size) {
      std::vector<Fault> rest = faults;
      const std::size_t end = std::min(begin + size, faults.size());
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(begin),
                 rest.begin() + static_cast<std::ptrdiff_t>(end));
      if (rest.empty() || !fails(rest)) continue;
      faults = std::move(rest);
      smaller = true;
    }
    if (smaller) {
      parts = std::max<std::size_t>(parts - 1, 2);
    } else if (parts >= faults.size()) {
      break;
    } else {
      parts = std::min(parts * 2, faults.size());
    }
  }
  return faults;
}

}  // namespace foundation::simulation
