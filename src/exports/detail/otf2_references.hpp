#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace foundation::exports::detail {

/// Numbers things in the order in which they are first asked for.
template <class Thing>
class Numbering {
 public:
  std::uint32_t operator()(const Thing& thing) {
    const auto next = static_cast<std::uint32_t>(things_.size());
    const auto [found, is_new] = numbers_.try_emplace(thing, next);
    if (is_new) things_.push_back(thing);
    return found->second;
  }
  [[nodiscard]] const std::vector<Thing>& things() const noexcept { return things_; }

 private:
  std::unordered_map<Thing, std::uint32_t> numbers_;
  std::vector<Thing> things_;
};

/// Numbers in events that definitions explain; those are written behind the events, so only what
/// occurs is defined. Regions, counters and marks are indices into TraceSet::regions.
struct Otf2References {
  Numbering<std::string> strings;
  Numbering<std::uint32_t> regions;
  Numbering<std::uint32_t> counters;

  static constexpr std::uint32_t unfinished = 0;  ///< the attribute
  static constexpr std::uint32_t mark = 0;        ///< the parameter
};

}  // namespace foundation::exports::detail
