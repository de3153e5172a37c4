#include "storage/detail/temporary_file.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "storage/detail/write_all.hpp"
#include "storage/process_stamp.hpp"

namespace foundation::storage::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view ending = ".tmp";
constexpr std::time_t oldest_temporary_s = 24 * 3600;

/// Process numbers mean something within one boot and one pid namespace only.
std::string process_scope() {
  std::error_code ignored;
  const auto space = fs::read_symlink("/proc/self/ns/pid", ignored).string();
  return fmt::format("{:016x}", core::hash_text(this_boot_id() + space));
}

/// ".run.h5.<scope>.<pid>.<start>.<number>.tmp"
std::string temporary_name(const fs::path& target) {
  static std::uint32_t number = 0;
  const ProcessStamp self = this_process();
  return fmt::format(".{}.{}.{}.{}.{}{}", target.filename().string(), process_scope(), self.pid,
                     self.start_ticks, ++number, ending);
}

/// Owner of a temporary file of `target`, if its name has our form and scope.
std::optional<ProcessStamp> owner_of(std::string_view name, const std::string& prefix) {
  if (!name.starts_with(prefix) || !name.ends_with(ending)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::array<std::int64_t, 2> numbers{};
  for (std::int64_t& number : numbers) {
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{}) return std::nullopt;
    name.remove_prefix(static_cast<std::size_t>(end - name.data()));
    if (name.empty() || name.front() != '.') return std::nullopt;
    name.remove_prefix(1);
  }
  return ProcessStamp{.boot_id = this_boot_id(), .pid = numbers[0], .start_ticks = numbers[1]};
}

bool is_left_over(int folder, const std::string& name, const fs::path& target) {
  const std::string stem = fmt::format(".{}.", target.filename().string());
  if (!name.starts_with(stem) || !name.ends_with(ending)) return false;
  if (const auto owner = owner_of(name, stem + process_scope() + '.'))
    return liveness_of(*owner) == Liveness::dead;
  struct stat status {};
  return ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::time(nullptr) - status.st_mtime > oldest_temporary_s;
}

void remove_left_overs(int folder, const fs::path& target) {
  core::Descriptor again{::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const std::unique_ptr<DIR, int (*)(DIR*)> entries{again ? ::fdopendir(again.get()) : nullptr,
                                                    [](DIR* open) { return ::closedir(open); }};
  if (!entries) return;                // a folder that cannot be listed fails with a reason below
  static_cast<void>(again.release());  // closedir closes it
  while (const dirent* entry = ::readdir(entries.get()))
    if (is_left_over(folder, entry->d_name, target)) ::unlinkat(folder, entry->d_name, 0);
}

core::Descriptor open_folder(const fs::path& path) {
  core::Descriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder) throw core::system_error("open", path.string(), errno);
  return folder;
}

/// Removes what others have left; the name of the new file.
std::string prepare(int folder, const fs::path& target) {
  remove_left_overs(folder, target);
  return temporary_name(target);
}

}  // namespace

// All by one descriptor: who swaps the folder meanwhile leads nothing astray.
TemporaryFile::TemporaryFile(const fs::path& target)
    : target_{fs::absolute(target)},
      folder_{open_folder(target_.parent_path())},
      name_{prepare(folder_.get(), target_)},
      file_{::openat(folder_.get(), name_.c_str(),
                     O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600)} {
  if (!file_) throw core::system_error("create", target_.string(), errno);
}

TemporaryFile::~TemporaryFile() {
  if (!name_.empty()) ::unlinkat(folder_.get(), name_.c_str(), 0);
}

fs::path TemporaryFile::path() const {
  return fmt::format("/proc/self/fd/{}/{}", folder_.get(), name_);
}

void TemporaryFile::write(std::span<const std::byte> bytes) {
  if (!write_all(file_.get(), bytes)) throw core::system_error("write", target_.string(), errno);
}

void TemporaryFile::publish() {
  if (::fsync(file_.get()) != 0) throw core::system_error("write", target_.string(), errno);
  if (::renameat(folder_.get(), name_.c_str(), folder_.get(), target_.filename().c_str()) != 0)
    throw core::system_error("replace", target_.string(), errno);
  name_.clear();
  if (::fsync(folder_.get()) != 0)
    throw core::system_error("sync", target_.parent_path().string(), errno);
}

}  // namespace foundation::storage::detail
