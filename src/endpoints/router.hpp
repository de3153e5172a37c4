#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/time.hpp"

namespace foundation::endpoints {

/// Chooses an endpoint for each request: by highest random weight (Thaler and Ravishankar,
/// IEEE/ACM Transactions on Networking 1998; weighted as by Schindelhauer and Schomaker, SPAA
/// 2005), so that requests with the same prefix meet the same server and its prepared prompt. One
/// that is closed, or has more than 1.25 times its share of what is under way (Mirrokni, Thorup
/// and Zadimoghaddam, "Consistent hashing with bounded loads", SODA 2018), is passed over.
///
/// Pure bookkeeping: no clock. Not thread-safe.
class Router {
 public:
  /// Identities are what the hash sees (URLs): the order of the endpoints makes no difference.
  struct Target {
    std::uint64_t identity = 0;
    double weight = 1;
  };
  explicit Router(std::span<const Target> targets);

  struct Choice {
    std::optional<std::size_t> endpoint;  ///< it has one request more under way now
    core::Time ask_again{};               ///< without one: when the first opens
  };
  [[nodiscard]] Choice choose(std::uint64_t prefix, core::Time now);
  /// When the first endpoint is open, which may be long ago.
  [[nodiscard]] core::Time first_open() const noexcept;
  /// A request to this endpoint is no longer under way.
  void ended(std::size_t endpoint) noexcept;
  /// It answered: it is there.
  void answered(std::size_t endpoint) noexcept;
  /// It asked for a pause: no request before then.
  void close_until(std::size_t endpoint, core::Time open) noexcept;
  /// It could not be reached: closed for a second, and twice as long each time, up to half a
  /// minute, until it answers.
  void unreachable(std::size_t endpoint, core::Time now) noexcept;

 private:
  struct State {
    Target target;
    std::uint32_t under_way = 0;
    std::uint32_t failures = 0;  ///< in a row
    core::Time open{};
  };
  [[nodiscard]] bool has_room(const State& state) const noexcept;

  std::vector<State> endpoints_;
  double weights_ = 0;
  std::uint32_t under_way_ = 0;
};

}  // namespace foundation::endpoints
