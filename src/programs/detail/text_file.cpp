#include "programs/detail/text_file.hpp"

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/quantity.hpp"

namespace foundation::programs::detail {
namespace {

constexpr std::uint64_t largest_file = 2'147'483'648;

[[noreturn]] void reject(const std::string& path, std::string message, std::string hint) {
  throw core::Error{core::ErrorKind::bad_input,
                    core::Place{.file = path, .line = 0, .column = 0, .text = {}},
                    std::move(message), std::move(hint)};
}

/// Checked before it is opened: opening a pipe would wait for somebody to write to it.
std::uint64_t checked_size(const std::string& path, std::string_view what, std::string_view key) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (status.type() == std::filesystem::file_type::not_found) {
    reject(path, fmt::format("the {} does not exist", what),
           fmt::format("check the path of {}", key));
  }
  if (problem) throw core::system_error("read", path, problem.value());
  if (status.type() != std::filesystem::file_type::regular) {
    reject(path, fmt::format("the {} is not a regular file", what),
           "it is read by every rank and again when a run is resumed: write it to a file first");
  }
  const std::uint64_t size = std::filesystem::file_size(path, problem);
  if (problem) throw core::system_error("read", path, problem.value());
  if (size > largest_file) {
    reject(path,
           fmt::format("the {} has {}, more than the {} that are read", what,
                       core::format_size(size), core::format_size(largest_file)),
           "leave out fields that are not used, or take a sample");
  }
  return size;
}

}  // namespace

std::string read_text_file(const std::string& path, std::string_view what, std::string_view key) {
  const std::uint64_t size = checked_size(path, what, key);
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file) throw core::system_error("read", path, errno);
  std::string text(size, '\0');
  file.read(text.data(), static_cast<std::streamsize>(size));
  if (file.bad()) throw core::system_error("read", path, errno);
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace foundation::programs::detail
