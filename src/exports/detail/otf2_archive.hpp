#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <otf2/otf2.h>

#include "core/unique_handle.hpp"

namespace foundation::exports::detail {

struct Otf2ArchivePolicy {
  using Raw = OTF2_Archive*;
  static Raw null() noexcept { return nullptr; }
  static void close(Raw archive) noexcept { static_cast<void>(OTF2_Archive_Close(archive)); }
};

/// Sole writer of an archive: `traces.otf2` and what belongs to it. Many writes fail in buffers
/// behind a call that has said success, and only the library's error callback is told: here each
/// of them becomes core::Error{io}, at the next check() or in close().
///
/// Local, one thread; one at a time, for the library has a single callback. Destroyed without
/// close() it leaves an unfinished archive, silently.
class Otf2Archive {
 public:
  explicit Otf2Archive(std::filesystem::path folder);
  ~Otf2Archive();
  Otf2Archive(const Otf2Archive&) = delete;
  Otf2Archive& operator=(const Otf2Archive&) = delete;

  [[nodiscard]] OTF2_Archive* get() const noexcept { return handle_.get(); }
  /// Each call of the library goes through one of these.
  void check(OTF2_ErrorCode code) const;
  template <class Handle>
  [[nodiscard]] Handle* check(Handle* handle) const {
    if (handle == nullptr) fail(OTF2_ERROR_INVALID);
    return handle;
  }
  void close();

 private:
  [[noreturn]] void fail(OTF2_ErrorCode code) const;

  std::filesystem::path folder_;
  std::string first_error_;  ///< what the library has told
  OTF2_ErrorCallback former_callback_ = nullptr;
  core::UniqueHandle<Otf2ArchivePolicy> handle_;
};

}  // namespace foundation::exports::detail
