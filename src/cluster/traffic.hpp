#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.hpp"

namespace foundation::cluster {

/// How long a small message to a rank and its acknowledgement take.
struct RoundTrip {
  std::uint32_t rank = 0;
  core::Duration span{0};
  bool operator==(const RoundTrip&) const = default;
};

/// What the coordinator's messages were like at one moment.
struct Traffic {
  core::WallLabel at = 0;
  std::uint64_t received = 0;          ///< messages since the session began
  std::uint64_t sent = 0;              ///< likewise
  std::vector<RoundTrip> round_trips;  ///< of one rank a node, where there is a TCP connection
  bool operator==(const Traffic&) const = default;
};

/// Nothing where none was measured.
[[nodiscard]] inline std::optional<core::Duration> mean_round_trip(const Traffic& traffic) {
  if (traffic.round_trips.empty()) return std::nullopt;
  core::Duration sum{0};
  for (const RoundTrip& it : traffic.round_trips) sum += it.span;
  return sum / static_cast<std::int64_t>(traffic.round_trips.size());
}

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off
template <class Archive>
void serialize(Archive& archive, RoundTrip& it, unsigned /*version*/) {
  std::int64_t ns = it.span.count();
  archive & it.rank & ns;
  it.span = core::Duration{ns};
}
template <class Archive>
void serialize(Archive& archive, Traffic& it, unsigned /*version*/) {
  archive & it.at & it.received & it.sent & it.round_trips;
}
// clang-format on

}  // namespace foundation::cluster
