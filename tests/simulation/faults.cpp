#include "tests/simulation/faults.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include <fmt/format.h>

namespace foundation::simulation {
namespace {

constexpr std::array<std::string_view, fault_kind_count> names{
    "worker_crash", "worker_pause", "connection_lost", "worker_joins", "clog",
    "cell_failure", "kill",         "power_loss",      "freeze",       "takeover",
    "call_error",   "slow_sync",    "wall_jump",       "stop"};

/// How long it lasts; for a call error, how many calls later it comes.
std::int64_t draw_amount(core::Stream& stream, FaultKind kind) {
  if (kind == FaultKind::call_error) return static_cast<std::int64_t>(stream.below(8));
  if (kind == FaultKind::wall_jump) return stream.between(-7'200, 7'200) * 1'000'000'000;
  return log_normal(stream, 0.1, 1.5).count();
}

std::optional<Fault> parse_fault(const std::string& word) {
  const auto at = word.find('@');
  const auto name = std::ranges::find(names, std::string_view{word}.substr(0, at));
  if (at == std::string::npos || name == names.end()) return std::nullopt;
  Fault fault{.kind = static_cast<FaultKind>(name - names.begin())};
  char colon = 0;
  std::istringstream numbers{word.substr(at + 1)};
  numbers >> fault.at >> colon >> fault.target >> colon >> fault.amount_ns;
  return numbers.fail() ? std::nullopt : std::optional{fault};
}

}  // namespace

std::string_view name_of(FaultKind kind) noexcept { return names[static_cast<std::size_t>(kind)]; }

std::vector<Fault> draw_faults(const Options& options) {
  std::vector<FaultKind> kinds;
  for (std::uint32_t kind = 0; kind < fault_kind_count; ++kind)
    if ((options.fault_kinds >> kind & 1U) != 0) kinds.push_back(static_cast<FaultKind>(kind));
  std::vector<Fault> faults;
  if (kinds.empty()) return faults;
  core::Stream stream = draw_stream(options.seed, Draw::faults);
  const std::uint64_t cells = std::uint64_t{options.job.candidates} * options.job.validation +
                              options.job.train + 2 * options.job.test;
  const std::uint64_t horizon = 20 + cells * (1 + stream.below(4));
  for (std::uint32_t i = 0; i < options.faults; ++i) {
    const FaultKind kind = kinds[stream.below(kinds.size())];
    const std::uint64_t at = stream.below(horizon);
    const auto target = static_cast<std::uint32_t>(stream.below(1000));
    faults.push_back({kind, at, target, draw_amount(stream, kind)});
  }
  std::ranges::stable_sort(faults, {}, &Fault::at);
  return faults;
}

std::string to_text(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults)
    text += fmt::format("{}{}@{}:{}:{}", text.empty() ? "" : " ", name_of(fault.kind), fault.at,
                        fault.target, fault.amount_ns);
  return text;
}

std::optional<std::vector<Fault>> parse_faults(std::string_view text) {
  std::istringstream words{std::string{text}};
  std::vector<Fault> faults;
  for (std::string word; words >> word;) {
    const auto fault = parse_fault(word);
    if (!fault) return std::nullopt;
    faults.push_back(*fault);
  }
  return faults;
}

}  // namespace foundation::simulation
