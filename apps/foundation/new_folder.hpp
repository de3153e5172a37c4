#pragma once

#include <filesystem>

namespace foundation {

/// A folder that is there in full or not at all: it is filled under a temporary name beside its
/// own, and removed again unless it is kept. Throws core::Error{usage} when there is something of
/// its name already, core::Error{io} when the system refuses.
class NewFolder {
 public:
  explicit NewFolder(const std::filesystem::path& target);
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder();

  /// Where to put its files.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return temporary_; }
  /// Writes all of it to the disk and gives it its name.
  void keep();

 private:
  std::filesystem::path target_, temporary_;
};

}  // namespace foundation
