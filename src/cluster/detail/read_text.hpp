#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace foundation::cluster::detail {

/// A small file of the kernel's; empty if it cannot be read.
inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream{file};
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace foundation::cluster::detail
