#include "messaging/endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <net/if.h>

#include "messaging/detail/tcp.hpp"

namespace foundation::messaging {
namespace {

constexpr std::size_t offered_at_most = 4;

std::string numeric(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET)
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&six)) return {};
    bytes = &six;
  }
  if (bytes == nullptr) return {};
  return inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr ? ""
                                                                                   : text.data();
}

std::optional<std::uint32_t> ipv4(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string{text}.c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

/// Whether `address` lies in a network like 10.1.0.0/16.
bool is_in_network(std::string_view address, std::string_view network) {
  const auto slash = network.find('/');
  if (slash == std::string_view::npos) return false;
  const auto base = ipv4(network.substr(0, slash));
  const auto it = ipv4(address);
  unsigned bits = 0;
  const std::string_view length = network.substr(slash + 1);
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (!base || !it || error != std::errc{} || end != length.data() + length.size() || bits > 32)
    return false;
  const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
  return (*base & mask) == (*it & mask);
}

bool is_included(const InterfaceAddress& interface, std::string_view include) {
  while (!include.empty()) {
    const auto comma = std::min(include.find(','), include.size());
    const std::string_view part = include.substr(0, comma);
    if (part == interface.name || is_in_network(interface.address, part)) return true;
    include.remove_prefix(std::min(comma + 1, include.size()));
  }
  return false;
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The address from which packets to the world would leave; nothing is sent.
std::string default_route_address() {
  detail::Socket probe{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(9);
  inet_pton(AF_INET, "192.0.2.1", &target.sin_addr);  // reserved for documentation (RFC 5737)
  if (!probe || connect(probe.get(), reinterpret_cast<sockaddr*>(&target), sizeof target) != 0)
    return {};
  sockaddr_in own{};
  socklen_t size = sizeof own;
  if (getsockname(probe.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) return {};
  return numeric(reinterpret_cast<sockaddr*>(&own));
}

}  // namespace

std::vector<InterfaceAddress> interface_addresses() {
  std::vector<InterfaceAddress> found;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return found;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner{list, &freeifaddrs};
  for (const ifaddrs* it = list; it != nullptr; it = it->ifa_next) {
    if (it->ifa_addr == nullptr || (it->ifa_flags & IFF_UP) == 0) continue;
    std::string address = numeric(it->ifa_addr);
    if (!address.empty())
      found.push_back({it->ifa_name, std::move(address), (it->ifa_flags & IFF_LOOPBACK) != 0});
  }
  return found;
}

std::vector<std::string> addresses_to_offer(const std::vector<InterfaceAddress>& interfaces,
                                            bool one_node, std::string_view include,
                                            std::string_view preferred) {
  if (one_node) return {"127.0.0.1"};
  std::vector<std::string> offered;
  for (const InterfaceAddress& it : interfaces)
    if (include.empty() ? !it.loopback : is_included(it, include)) offered.push_back(it.address);
  const auto rank = [preferred](const std::string& address) {
    if (address == preferred) return 0;
    return address.find(':') == std::string::npos ? 1 : 2;  // IPv6 last
  };
  std::ranges::stable_sort(offered, {}, rank);
  if (offered.size() > offered_at_most) offered.resize(offered_at_most);
  return offered;
}

std::vector<std::string> addresses_to_offer(bool one_node) {
  std::string_view include = environment("OMPI_MCA_btl_tcp_if_include");
  if (include.empty()) include = environment("OMPI_MCA_oob_tcp_if_include");
  return addresses_to_offer(interface_addresses(), one_node, include, default_route_address());
}

}  // namespace foundation::messaging
