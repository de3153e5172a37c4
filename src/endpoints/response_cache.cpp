#include "endpoints/response_cache.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "core/descriptor.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "endpoints/detail/sha256.hpp"

namespace foundation::endpoints {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view magic = "foundation response 1 ";
constexpr std::size_t longest_content = std::size_t{64} << 20U;

std::optional<std::string> read_file(const fs::path& file) {
  const core::Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!descriptor) return std::nullopt;
  std::string content;
  std::array<char, 16384> part{};
  while (content.size() <= longest_content) {
    const ssize_t size = ::read(descriptor.get(), part.data(), part.size());
    if (size == 0) return content;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;  // ESTALE on NFS: somebody has just replaced it
    content.append(part.data(), static_cast<std::size_t>(size));
  }
  return std::nullopt;
}

void write_all(const core::Descriptor& descriptor, std::string_view bytes, const fs::path& file) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(descriptor.get(), bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw core::system_error("write", file.string(), errno);
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    throw core::system_error("create the folder", folder.string(), errno);
}

/// On a name of its own: removed again unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path)
      : path_{std::move(path)},
        descriptor_{::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                           S_IRUSR | S_IWUSR)} {
    if (!descriptor_) throw core::system_error("create", path_.string(), errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  void write(std::string_view bytes) { write_all(descriptor_, bytes, path_); }
  void become(const fs::path& name) {
    if (::fsync(descriptor_.get()) != 0) throw core::system_error("sync", path_.string(), errno);
    if (::rename(path_.c_str(), name.c_str()) != 0)
      throw core::system_error("rename", path_.string(), errno);
    path_.clear();
  }

 private:
  fs::path path_;
  core::Descriptor descriptor_;
};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

}  // namespace

ResponseCache::ResponseCache(fs::path folder) : folder_{std::move(folder)} {
  if (std::error_code failed; !fs::is_directory(folder_.parent_path(), failed))
    fs::create_directories(folder_.parent_path(), failed);  // the next line says what is wrong
  make_folder(folder_);
}

fs::path ResponseCache::file_of(const std::string& key) const {
  EXPECTS(key.size() > 4 && key.find('/') == std::string::npos);
  return folder_ / key.substr(0, 2) / key.substr(2, 2) / key;
}

std::optional<std::string> ResponseCache::find(const std::string& key) const {
  const fs::path file = file_of(key);
  auto content = read_file(file);
  if (!content) return std::nullopt;
  const std::size_t line_end = content->find('\n');
  if (line_end != std::string::npos) {
    const std::string_view line = std::string_view{*content}.substr(0, line_end);
    const std::string_view rest = std::string_view{*content}.substr(line_end + 1);
    if (line.starts_with(magic) && line.substr(magic.size()) == detail::sha256_hex(rest))
      return std::string{rest};
  }
  core::log(core::LogLevel::warning,
            fmt::format("the cached response {} is damaged; it is asked for again", file.string()));
  return std::nullopt;
}

void ResponseCache::store(const std::string& key, std::string_view content) {
  try {
    write(file_of(key), content);
  } catch (const core::Error& error) {
    if (complained_.exchange(true)) return;
    core::log(core::LogLevel::warning,
              fmt::format("responses are not cached: {}; a rerun will ask again", error.what()));
  }
}

void ResponseCache::write(const fs::path& file, std::string_view content) {
  make_folder(file.parent_path().parent_path());
  make_folder(file.parent_path());
  static const std::string host = host_name();
  static std::atomic<std::uint64_t> written{0};  // of all caches of this process
  TemporaryFile temporary{file.parent_path() / fmt::format(".{}.{}.{}.{}.tmp",
                                                           file.filename().string().substr(0, 16),
                                                           host, ::getpid(), ++written)};
  temporary.write(fmt::format("{}{}\n", magic, detail::sha256_hex(content)));
  temporary.write(content);
  temporary.become(file);
}

}  // namespace foundation::endpoints
