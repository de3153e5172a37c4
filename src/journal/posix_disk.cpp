#include "journal/posix_disk.hpp"

#include <utility>

#include "journal/write_thread.hpp"

namespace foundation::journal {

PosixDisk::PosixDisk(std::filesystem::path folder, FolderAccess access)
    : folder_{std::move(folder), access} {}

PosixDisk::~PosixDisk() = default;

void PosixDisk::make_folder(std::string_view name) { folder_.make_folder(name); }

std::vector<std::string> PosixDisk::list(std::string_view folder) const {
  return folder_.list(folder);
}

std::optional<std::vector<std::byte>> PosixDisk::read(std::string_view name) const {
  return folder_.read(name);
}

bool PosixDisk::create_exclusive(std::string_view name, std::string_view content) {
  return folder_.create_exclusive(name, content);
}

void PosixDisk::replace(std::string_view name, std::string_view content) {
  folder_.replace(name, content);
}

void PosixDisk::submit(WriteRequest request) {
  if (!thread_) thread_ = std::make_unique<WriteThread>(folder_);
  thread_->submit(std::move(request));
}

bool PosixDisk::ready() const noexcept { return thread_ && thread_->ready(); }

std::vector<WriteDone> PosixDisk::poll() {
  return thread_ ? thread_->poll() : std::vector<WriteDone>{};
}

bool PosixDisk::wait(core::Duration timeout) { return thread_ && thread_->wait(timeout); }

}  // namespace foundation::journal
