#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace foundation::messaging {

/// Where a server can be reached: a numeric IPv4 or IPv6 address and a port.
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

/// An address of this machine.
struct InterfaceAddress {
  std::string name;     ///< "eth0"
  std::string address;  ///< numeric
  bool loopback = false;
};
[[nodiscard]] std::vector<InterfaceAddress> interface_addresses();

/// The addresses at which the other ranks may reach this one, best first, at most four. All ranks
/// on one node: loopback only. Else those that `include` names (interfaces or networks such as
/// 10.1.0.0/16, separated by commas, as Open MPI's btl_tcp_if_include); else all that are not
/// loopback, `preferred` first. Empty if there is none.
[[nodiscard]] std::vector<std::string> addresses_to_offer(
    const std::vector<InterfaceAddress>& interfaces, bool one_node, std::string_view include,
    std::string_view preferred);

/// The same for this process: asks the system, and the environment for the interfaces that MPI
/// was told to use.
[[nodiscard]] std::vector<std::string> addresses_to_offer(bool one_node);

}  // namespace foundation::messaging
