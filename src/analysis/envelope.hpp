#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace foundation::analysis {

/// Who sends what to whom.
struct Envelope {
  std::uint32_t communicator = 0;
  std::int32_t source = -1;  ///< rank in MPI_COMM_WORLD
  std::int32_t target = -1;
  std::int32_t tag = 0;
  std::uint32_t window = 0;  ///< in which it was recorded: between two windows nothing is known
  auto operator<=>(const Envelope&) const = default;
};
inline constexpr std::int32_t any_source = -2;
inline constexpr std::int32_t any_tag = -1;

struct EnvelopeHash {
  std::size_t operator()(const Envelope& it) const noexcept {
    std::uint64_t hash = it.communicator;
    for (const std::uint32_t part :
         {static_cast<std::uint32_t>(it.source), static_cast<std::uint32_t>(it.target),
          static_cast<std::uint32_t>(it.tag), it.window})
      hash = (hash ^ part) * 0x9E3779B97F4A7C15;
    return hash ^ (hash >> 32);
  }
};

}  // namespace foundation::analysis
