#pragma once

#include <cstddef>
#include <optional>

namespace foundation::analysis {

/// The regions of a thread nest, but those of the program's own may be left without an end. How
/// many of them are cut off when a region ends around them: those on top of the innermost one that
/// `is_meant`. Nothing if that is not open, or if something `is_firm` (a call of MPI) is open
/// within it. Pure.
template <class Stack, class IsMeant, class IsFirm>
[[nodiscard]] std::optional<std::size_t> cut_off_by_end(const Stack& stack, IsMeant&& is_meant,
                                                        IsFirm&& is_firm) {
  for (std::size_t above = 0; above < stack.size(); ++above) {
    const auto& open = stack[stack.size() - 1 - above];
    if (is_meant(open)) return above;
    if (is_firm(open)) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace foundation::analysis
