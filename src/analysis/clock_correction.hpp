#pragma once

#include <cstdint>
#include <vector>

#include "analysis/shifts.hpp"

/// Clocks of different hosts differ; what must not be is a message that arrives before it was
/// sent. From such pairs of events follow offset and drift between hosts, and corrections that
/// leave no pair violated.
namespace foundation::analysis {

/// One event cannot come before another: the receipt of a message and its sending, the end of a
/// collective in one process and its begin in another.
struct ClockCondition {
  std::uint32_t from = 0, to = 0;  ///< processes
  TraceTime sent = 0, received = 0;
};

/// A straight line by which a host's times are moved: offset + drift x time.
struct HostLine {
  double offset = 0;
  double drift = 0;
  double bound =
      0;  ///< largest error between the first and the last condition, if clocks run straight
  bool known = false;
  [[nodiscard]] TraceTime at(TraceTime time) const noexcept {
    return static_cast<TraceTime>(offset + drift * static_cast<double>(time));
  }
};

/// Lines that put the hosts on the clock of host 0. A message bounds the offset between two hosts
/// from one side, so messages both ways leave a band, and the lines within it are those that
/// violate nothing. Of their slopes the middle one is taken, and of its offsets the middle (Duda,
/// Harrus, Haddad, Bernard: Estimating global time in distributed systems, ICDCS 1987: the convex
/// hull method). Slopes are limited to what kernels allow clocks to differ, so a short trace does
/// not read a drift out of its latencies. If no line fits, the one with the least violation is
/// taken. Hosts that no messages both ways join stay as they are. Pure. `hosts` gives each process
/// its host.
[[nodiscard]] std::vector<HostLine> fit_hosts(const std::vector<ClockCondition>& conditions,
                                              const std::vector<std::uint32_t>& hosts);

/// The controlled logical clock (Becker, Rabenseifner, Wolf, Linford, Parallel Computing 35, 2009,
/// its forward amortisation): moves receipts behind their sendings by `least` at least, and again
/// whatever that has put wrong, until no condition is violated. Pure.
[[nodiscard]] std::vector<Shifts> repair(const std::vector<ClockCondition>& conditions,
                                         std::size_t processes, TraceTime least);

struct Violations {
  std::uint64_t count = 0;
  TraceTime worst = 0;
};
[[nodiscard]] Violations violations(const std::vector<ClockCondition>& conditions,
                                    const std::vector<Shifts>& shifts);

}  // namespace foundation::analysis
