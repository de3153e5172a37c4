#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/journal/memory_disk.hpp"

namespace foundation::testing {

enum class CallKind {
  create,
  write,
  truncate,
  sync,
  close,
  link,
  rename,
  unlink,
  make_folder,
  look,  ///< whether a file exists: how a writer learns that its group is acknowledged
};

/// One call of a recorded program, as disk_shim.c noted it. Paths are relative.
struct Call {
  CallKind kind = CallKind::create;
  std::string path;
  std::string target{};      ///< link, rename
  std::uint64_t offset = 0;  ///< write; truncate: the new size; look: 1 if it exists
  Bytes bytes{};             ///< write
};

/// Throws std::runtime_error for a line of another form.
[[nodiscard]] std::vector<Call> read_trace(const std::filesystem::path& log);

}  // namespace foundation::testing
