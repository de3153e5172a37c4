#include "storage/publish_file.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>
#include <fcntl.h>
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
constexpr auto oldest_temporary = std::chrono::hours{24};

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

bool is_left_over(const fs::directory_entry& entry, const fs::path& target) {
  const std::string name = entry.path().filename().string();
  const std::string stem = fmt::format(".{}.", target.filename().string());
  if (!name.starts_with(stem) || !name.ends_with(ending)) return false;
  if (const auto owner = owner_of(name, stem + process_scope() + '.'))
    return liveness_of(*owner) == Liveness::dead;
  std::error_code failure;
  const auto written = entry.last_write_time(failure);
  return !failure && fs::file_time_type::clock::now() - written > oldest_temporary;
}

void remove_left_overs(const fs::path& target) {
  std::error_code ignored;  // a folder that cannot be listed fails with a reason below
  std::vector<fs::path> left_over;
  for (const auto& entry : fs::directory_iterator{target.parent_path(), ignored})
    if (is_left_over(entry, target)) left_over.push_back(entry.path());
  for (const fs::path& path : left_over) fs::remove(path, ignored);
}

void sync_folder(const fs::path& path) {
  const Descriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder) throw core::system_error("open", path.string(), errno);
  if (::fsync(folder.get()) != 0) throw core::system_error("sync", path.string(), errno);
}

/// A new, private file that goes away unless it is renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path)
      : path_{std::move(path)},
        file_{::open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600)} {
    if (!file_) throw core::system_error("create", path_.string(), errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  void write(std::span<const std::byte> bytes) {
    if (!detail::write_all(file_.get(), bytes) || ::fsync(file_.get()) != 0)
      throw core::system_error("write", path_.string(), errno);
  }
  void rename_to(const fs::path& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0)
      throw core::system_error("replace", target.string(), errno);
    path_.clear();
  }

 private:
  fs::path path_;
  Descriptor file_;
};

}  // namespace

core::Digest publish_file(const fs::path& target, Layout layout,
                          const std::function<void(FileWriter&)>& fill) {
  const fs::path place = fs::absolute(target);
  FileWriter writer{layout};
  fill(writer);
  const std::vector<std::byte> image = writer.finish();
  remove_left_overs(place);
  TemporaryFile file{place.parent_path() / temporary_name(place)};
  file.write(image);
  file.rename_to(place);
  sync_folder(place.parent_path());
  return writer.digest();
}

}  // namespace foundation::storage
