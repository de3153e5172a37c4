#include "programs/detail/known_fields.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/quantity.hpp"

namespace foundation::programs::detail {
namespace {

constexpr std::size_t most_listed = 8;
constexpr std::size_t longest_name = 60;

}  // namespace

std::string hint_for_field(std::string_view wanted, std::span<const std::string_view> known) {
  std::vector<std::string_view> names;
  for (const std::string_view name : known) {
    if (name.size() <= longest_name) names.push_back(name);
  }
  if (const auto near = core::nearest(wanted, names))
    return fmt::format("did you mean '{}'?", *near);
  if (names.empty()) return {};
  std::string list;
  for (const std::string_view name : std::span{names}.first(std::min(names.size(), most_listed))) {
    list += fmt::format("{}'{}'", list.empty() ? "" : ", ", name);
  }
  return fmt::format("the fields there are {}{}", list, names.size() > most_listed ? ", ..." : "");
}

}  // namespace foundation::programs::detail
