#include "programs/generate.hpp"

#include <algorithm>
#include <array>
#include <istream>
#include <numbers>
#include <ostream>
#include <set>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/exact_math.hpp"
#include "core/random.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs {
namespace {

constexpr std::array<std::string_view, 12> sections{"admin",    "database", "editors", "games",
                                                    "graphics", "mail",     "math",    "net",
                                                    "science",  "sound",    "text",    "web"};

struct Package {
  std::string name;
  std::string description;
  std::string section;
  bool operator<(const Package& other) const {
    return std::tie(name, description, section) <
           std::tie(other.name, other.description, other.section);
  }
};

/// Takes `line`, one line of a stanza, into the package if it is one of the three fields.
void take_field(std::string_view line, Package& package) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view field = line.substr(0, colon);
  const std::string_view value = detail::trimmed(line.substr(colon + 1));
  if (field == "Package") package.name = value;
  if (field == "Section") package.section = value.substr(value.rfind('/') + 1);
  if (field == "Description" || (field == "Description-en" && package.description.empty())) {
    package.description = value;
  }
}

bool is_wanted(const Package& package) {
  return !package.name.empty() && !package.description.empty() &&
         std::ranges::find(sections, package.section) != sections.end() &&
         !detail::find_bad_byte(package.name) && !detail::find_bad_byte(package.description);
}

/// Stanzas are separated by empty lines; lines that begin with white space continue a field,
/// which none of ours needs (deb822(5)).
std::vector<Package> read_packages(std::istream& catalogue) {
  std::vector<Package> packages;
  Package current;
  const auto finish = [&] {
    if (is_wanted(current)) packages.push_back(current);
    current = {};
  };
  for (std::string line; std::getline(catalogue, line);) {
    if (detail::trimmed(line).empty()) {
      finish();
    } else if (line.front() != ' ' && line.front() != '\t') {
      take_field(line, current);
    }
  }
  finish();
  return packages;
}

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

}  // namespace

// Sorting the whole records first makes the result independent of the order of the catalogue.
std::uint64_t write_package_examples(std::istream& catalogue, std::ostream& jsonl) {
  std::vector<Package> packages = read_packages(catalogue);
  std::sort(packages.begin(), packages.end());
  std::set<std::string> descriptions;
  std::string_view last_name;
  std::uint64_t written = 0;
  for (const Package& package : packages) {
    if (package.name == last_name) continue;
    if (!descriptions.insert(package.description).second) continue;
    last_name = package.name;
    jsonl << fmt::format("{{\"id\": {}, \"description\": {}, \"section\": {}}}\n",
                         quoted(package.name), quoted(package.description),
                         quoted(package.section));
    ++written;
  }
  return written;
}

void write_oscillator_examples(std::ostream& jsonl, std::uint32_t count, std::uint64_t seed) {
  constexpr double longest_time = 12;
  constexpr double noise = 0.05;
  core::Stream stream{seed, core::Purpose::generate};
  for (std::uint32_t i = 1; i <= count; ++i) {
    const double t = stream.uniform() * longest_time;
    const double angle = 2 * std::numbers::pi * 0.35 * t + 0.6;
    const double wave = core::exact::sin(angle) + 0.3 * core::exact::sin(angle + angle - 0.6);
    const double clean = 0.4 + 1.7 * core::exact::exp(-0.18 * t) * wave;
    // The quantile of a uniform number strictly between 0 and 1 is normally distributed.
    const double y = clean + noise * core::exact::normal_quantile(stream.uniform() + 0x1.0p-54);
    jsonl << fmt::format("{{\"id\": \"{}\", \"t\": {:.6f}, \"y\": {:.6f}}}\n", i, t, y);
  }
}

}  // namespace foundation::programs
