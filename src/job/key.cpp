#include "job/detail/key.hpp"

#include <algorithm>

namespace foundation::job {
namespace detail {

std::string path_of(const KeyInfo& info) {
  return std::string{info.section} + "." + std::string{info.key};
}

const Key* find_key(std::string_view path) noexcept {
  const auto dot = path.rfind('.');
  if (dot == std::string_view::npos) return nullptr;
  for (const Key& key : all_keys()) {
    if (key.info.section == path.substr(0, dot) && key.info.key == path.substr(dot + 1)) {
      return &key;
    }
  }
  return nullptr;
}

bool is_section(std::string_view path) noexcept {
  return std::ranges::any_of(all_keys(), [&](const Key& key) { return key.info.section == path; });
}

}  // namespace detail

std::span<const KeyInfo> known_keys() noexcept {
  static const std::vector<KeyInfo> infos = [] {
    std::vector<KeyInfo> list;
    for (const detail::Key& key : detail::all_keys()) list.push_back(key.info);
    return list;
  }();
  return infos;
}

}  // namespace foundation::job
