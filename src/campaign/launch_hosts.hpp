#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foundation::campaign {

/// A host and how many ranks it may have. In a list from a user, 0 means: none was named.
struct LaunchHost {
  std::string name;
  std::uint32_t ranks = 0;
  bool operator==(const LaunchHost&) const = default;
};

/// "a:2,b:2,c". Throws core::Error{usage} for anything else and for a host named twice.
[[nodiscard]] std::vector<LaunchHost> parse_hosts(std::string_view list);
/// A host file: a host a line, "a slots=2", "a:2" or "a"; empty lines and # comments. `file` is
/// named in errors (core::Error{bad_input}).
[[nodiscard]] std::vector<LaunchHost> parse_host_file(std::string_view text,
                                                      const std::string& file);

/// Shares `ranks` out (0: as many as the hosts may have, one where no number was named). Hosts
/// without a number divide evenly what the others leave over, the first ones getting one more.
/// The result is the most ranks each host gets. Throws core::Error{usage} if they do not fit.
[[nodiscard]] std::vector<LaunchHost> share_out(std::vector<LaunchHost> hosts, std::uint32_t ranks);

/// Fills the hosts in order, none with more ranks than it may have, `ranks` at most; hosts
/// without a rank are left out.
[[nodiscard]] std::vector<LaunchHost> fill(std::span<const LaunchHost> hosts, std::uint32_t ranks);

[[nodiscard]] std::uint32_t count_ranks(std::span<const LaunchHost> hosts) noexcept;
/// "a:2,b:2".
[[nodiscard]] std::string format_hosts(std::span<const LaunchHost> hosts);

}  // namespace foundation::campaign
