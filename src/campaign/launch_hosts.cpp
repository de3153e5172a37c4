#include "campaign/launch_hosts.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation::campaign {
namespace {

constexpr std::uint32_t most_ranks = 1'000'000;
constexpr const char* list_form = "write hosts as a:2,b:2 (two ranks each) or a,b";

/// Takes the part of `text` up to `end` off its front.
std::string_view take_until(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

/// What can be a host's name; above all nothing that a remote shell or an option parser reads.
bool is_host_name(std::string_view name) {
  const auto allowed = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_' || c == '@';
  };
  return !name.empty() && name.front() != '-' && std::ranges::all_of(name, allowed);
}

std::optional<std::uint32_t> parse_ranks(std::string_view text) {
  std::uint32_t ranks = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ranks);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return ranks == 0 || ranks > most_ranks ? std::nullopt : std::optional{ranks};
}

/// "a" or "a:2".
std::optional<LaunchHost> parse_host(std::string_view text) {
  const std::size_t colon = text.find(':');
  LaunchHost host{std::string{text.substr(0, colon)}, 0};
  if (!is_host_name(host.name)) return std::nullopt;
  if (colon == std::string_view::npos) return host;
  const auto ranks = parse_ranks(text.substr(colon + 1));
  if (!ranks) return std::nullopt;
  host.ranks = *ranks;
  return host;
}

/// A line of a host file without its comment: "a", "a:2" or "a slots=2".
std::optional<LaunchHost> parse_line(std::string_view line) {
  constexpr std::string_view slots = "slots=";
  const std::size_t gap = line.find_first_of(" \t");
  auto host = parse_host(line.substr(0, gap));
  if (!host || gap == std::string_view::npos) return host;
  const std::string_view setting = trim(line.substr(gap));
  if (!setting.starts_with(slots) || host->ranks != 0) return std::nullopt;
  const auto ranks = parse_ranks(setting.substr(slots.size()));
  if (!ranks) return std::nullopt;
  host->ranks = *ranks;
  return host;
}

bool is_named(std::span<const LaunchHost> hosts, std::string_view name) {
  return std::ranges::any_of(hosts, [&](const LaunchHost& host) { return host.name == name; });
}

}  // namespace

std::vector<LaunchHost> parse_hosts(std::string_view list) {
  std::vector<LaunchHost> hosts;
  const auto refuse = [](const std::string& message) {
    throw core::Error{core::ErrorKind::usage, message, list_form};
  };
  if (trim(list).empty()) refuse("the list of hosts is empty");
  while (!list.empty()) {
    const std::string_view part = trim(take_until(list, ','));
    const auto host = parse_host(part);
    if (!host) refuse(fmt::format("'{}' is no host", part));
    if (is_named(hosts, host->name)) refuse(fmt::format("host '{}' is named twice", host->name));
    hosts.push_back(*host);
  }
  return hosts;
}

std::vector<LaunchHost> parse_host_file(std::string_view text, const std::string& file) {
  std::vector<LaunchHost> hosts;
  std::uint32_t number = 0;
  const auto refuse = [&](std::string_view line, const std::string& message) {
    throw core::Error{core::ErrorKind::bad_input,
                      core::Place{file, number, line.empty() ? 0U : 1U, std::string{line}}, message,
                      "a line is a host, or a host and its ranks: a slots=2"};
  };
  while (!text.empty()) {
    ++number;
    const std::string_view line = take_until(text, '\n');
    const std::string_view words = trim(line.substr(0, line.find('#')));
    if (words.empty()) continue;
    const auto host = parse_line(words);
    if (!host) refuse(line, fmt::format("'{}' is no host", words));
    if (is_named(hosts, host->name))
      refuse(line, fmt::format("host '{}' is named twice", host->name));
    hosts.push_back(*host);
  }
  if (hosts.empty()) refuse({}, "there is no host in this file");
  return hosts;
}

std::vector<LaunchHost> share_out(std::vector<LaunchHost> hosts, std::uint32_t ranks) {
  const auto open = static_cast<std::uint32_t>(
      std::ranges::count_if(hosts, [](const LaunchHost& host) { return host.ranks == 0; }));
  const std::uint32_t named = count_ranks(hosts);
  std::uint32_t left = ranks > named ? ranks - named : 0;
  if (ranks == 0) left = open;
  if (left > 0 && open == 0)
    throw core::Error{
        core::ErrorKind::usage,
        fmt::format("{} ranks do not fit on hosts for {} ({})", ranks, named, format_hosts(hosts)),
        "give the hosts larger numbers, or start fewer ranks with -n"};
  std::uint32_t place = 0;
  for (LaunchHost& host : hosts) {
    if (host.ranks != 0) continue;
    host.ranks = left / open + (place < left % open ? 1 : 0);
    ++place;
  }
  return hosts;
}

std::vector<LaunchHost> fill(std::span<const LaunchHost> hosts, std::uint32_t ranks) {
  std::vector<LaunchHost> filled;
  for (const LaunchHost& host : hosts) {
    const std::uint32_t here = std::min(host.ranks, ranks);
    if (here > 0) filled.push_back({host.name, here});
    ranks -= here;
  }
  return filled;
}

std::uint32_t count_ranks(std::span<const LaunchHost> hosts) noexcept {
  std::uint32_t ranks = 0;
  for (const LaunchHost& host : hosts) ranks += host.ranks;
  return ranks;
}

std::string format_hosts(std::span<const LaunchHost> hosts) {
  std::string text;
  for (const LaunchHost& host : hosts)
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", host.name, host.ranks);
  return text;
}

}  // namespace foundation::campaign
