#include "cluster/gpus.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

#include "core/contracts.hpp"

namespace foundation::cluster {
namespace {

namespace fs = std::filesystem;

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Appends the devices of "0-3"; false if it is no such range.
bool append_range(std::string_view text, std::vector<std::string>& names) {
  constexpr std::uint32_t most = 1024;
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  const std::string_view low_text = text.substr(0, dash);
  const std::string_view high_text = text.substr(dash + 1);
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  if (!is_number(low_text) || !is_number(high_text)) return false;
  std::from_chars(low_text.data(), low_text.data() + low_text.size(), low);
  std::from_chars(high_text.data(), high_text.data() + high_text.size(), high);
  if (low > high || high >= most) return false;
  for (std::uint32_t device = low; device <= high; ++device)
    names.push_back(std::to_string(device));
  return true;
}

/// "0,1", "0-3" (Slurm), "GPU-8932f937"; like the drivers it stops at the first name that cannot
/// be one ("-1", "NoDevFiles").
std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const std::string_view name = text.substr(0, comma);
    if (is_number(name) || name.starts_with("GPU-") || name.starts_with("MIG-")) {
      names.emplace_back(name);
    } else if (!append_range(name, names)) {
      break;
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return names;
}

std::vector<std::string> numbered(std::uint32_t count) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

/// dev/nvidia0, dev/nvidia1, ... but not nvidiactl, nvidia-uvm.
std::vector<std::string> device_files(const fs::path& root) {
  constexpr std::string_view prefix = "nvidia";
  std::uint32_t count = 0;
  std::error_code failed;
  for (fs::directory_iterator entry{root / "dev", failed}, end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && is_number(std::string_view{name}.substr(prefix.size())))
      ++count;
  }
  return numbered(count);
}

}  // namespace

std::vector<std::string> visible_gpus(const Environment& environment, const fs::path& root) {
  for (const char* variable : {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "SLURM_JOB_GPUS"})
    if (const char* list = environment(variable)) return parse_list(list);
  if (const char* text = environment("SLURM_GPUS_ON_NODE")) {
    constexpr std::uint32_t most = 1024;
    std::uint32_t count = 0;
    const std::string_view view{text};
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), count);
    if (error == std::errc{} && end == view.data() + view.size() && count <= most)
      return numbered(count);
  }
  return device_files(root);
}

std::vector<std::string> gpus_of_slot(std::uint32_t slot_on_node, std::uint32_t gpus_per_cell,
                                      std::span<const std::string> devices) {
  const std::size_t first = std::size_t{slot_on_node} * gpus_per_cell;
  EXPECTS(first + gpus_per_cell <= devices.size());
  const auto mine = devices.subspan(first, gpus_per_cell);
  return {mine.begin(), mine.end()};
}

}  // namespace foundation::cluster
