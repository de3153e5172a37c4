#include "model/positions.hpp"

#include <algorithm>
#include <numeric>

namespace foundation::model {
namespace {

/// Redraws what was drawn before; good while at most half of the population is wanted.
std::vector<std::uint32_t> draw_few(core::Stream& stream, std::uint32_t count,
                                    std::uint32_t population) {
  std::vector<std::uint32_t> drawn;
  std::vector<std::uint32_t> sorted;
  drawn.reserve(count);
  while (drawn.size() < count) {
    const auto position = static_cast<std::uint32_t>(stream.below(population));
    const auto place = std::ranges::lower_bound(sorted, position);
    if (place != sorted.end() && *place == position) continue;
    sorted.insert(place, position);
    drawn.push_back(position);
  }
  return drawn;
}

}  // namespace

std::vector<std::uint32_t> draw_positions(core::Stream& stream, std::uint32_t count,
                                          std::uint32_t population) {
  EXPECTS(count <= population);
  if (count <= population / 2) return draw_few(stream, count, population);
  std::vector<std::uint32_t> all(population);
  std::iota(all.begin(), all.end(), 0U);
  stream.shuffle(std::span{all});
  all.resize(count);
  return all;
}

}  // namespace foundation::model
