#include "storage/publish_file.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/log.hpp"
#include "storage/detail/descriptor.hpp"
#include "storage/process_stamp.hpp"

namespace foundation::storage {
namespace {

namespace fs = std::filesystem;

using detail::Descriptor;

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
  Descriptor again{::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const std::unique_ptr<DIR, int (*)(DIR*)> entries{again ? ::fdopendir(again.get()) : nullptr,
                                                    [](DIR* open) { return ::closedir(open); }};
  if (!entries) return;                // a folder that cannot be listed fails with a reason below
  static_cast<void>(again.release());  // closedir closes it
  while (const dirent* entry = ::readdir(entries.get()))
    if (is_left_over(folder, entry->d_name, target)) ::unlinkat(folder, entry->d_name, 0);
}

/// A new, private file that goes away unless it is renamed.
class TemporaryFile {
 public:
  TemporaryFile(int folder, const fs::path& target)
      : folder_{folder},
        target_{target},
        name_{temporary_name(target)},
        file_{::openat(folder, name_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
                       0600)} {
    if (!file_) throw core::system_error("create", target_.string(), errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
  }
  void write(std::span<const std::byte> bytes) {
    if (!detail::write_all(file_.get(), bytes) || ::fsync(file_.get()) != 0)
      throw core::system_error("write", target_.string(), errno);
  }
  void become_target() {
    if (::renameat(folder_, name_.c_str(), folder_, target_.filename().c_str()) != 0)
      throw core::system_error("replace", target_.string(), errno);
    name_.clear();
  }

 private:
  int folder_;
  fs::path target_;
  std::string name_;
  Descriptor file_;
};

}  // namespace

core::Digest publish_file(const fs::path& target, Layout layout,
                          const std::function<void(FileWriter&)>& fill) {
  const fs::path place = fs::absolute(target);
  FileWriter writer{layout};
  fill(writer);
  const std::vector<std::byte> image = writer.finish();
  // All by one descriptor: who swaps the folder meanwhile leads nothing astray.
  const fs::path parent = place.parent_path();
  const Descriptor folder{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder) throw core::system_error("open", parent.string(), errno);
  remove_left_overs(folder.get(), place);
  TemporaryFile file{folder.get(), place};
  file.write(image);
  file.become_target();
  if (::fsync(folder.get()) != 0) throw core::system_error("sync", parent.string(), errno);
  return writer.digest();
}

}  // namespace foundation::storage
