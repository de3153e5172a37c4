#include "endpoints/api_key.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/descriptor.hpp"
#include "core/error.hpp"

namespace foundation::endpoints {
namespace {

constexpr std::size_t longest_key = 8192;
constexpr std::string_view shown_instead = "[key]";

[[noreturn]] void reject(std::string message, std::string hint) {
  throw core::Error{core::ErrorKind::bad_input, std::move(message), std::move(hint)};
}

void wipe(std::string& secret) noexcept { ::explicit_bzero(secret.data(), secret.size()); }

std::string from_environment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr || *value == '\0')
    reject(fmt::format("the environment variable {} holds no API key", variable),
           "export it before the start; ranks on other nodes get it from `mpirun -x` or srun, or "
           "read a file: api_key_file");
  return value;
}

std::string from_file(const std::string& path) {
  const core::Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file) throw core::system_error("read the API key in", path, errno);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0)
    throw core::system_error("read the API key in", path, errno);
  if (!S_ISREG(status.st_mode))
    reject(fmt::format("'{}' is not a regular file, so it holds no API key", path), {});
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    reject(fmt::format("others may read the API key in '{}'", path),
           fmt::format("chmod 600 '{}'; if they may have read it, ask for a new key", path));
  std::array<char, longest_key> bytes{};
  const ssize_t size = ::read(file.get(), bytes.data(), bytes.size());
  if (size < 0) throw core::system_error("read the API key in", path, errno);
  std::string key{bytes.data(), static_cast<std::size_t>(size)};
  ::explicit_bzero(bytes.data(), bytes.size());
  const std::size_t end = key.find_last_not_of(" \t\r\n");
  key.resize(end == std::string::npos ? 0 : end + 1);
  if (key.empty()) reject(fmt::format("the API key file '{}' is empty", path), {});
  return key;
}

/// A key with a line end in it would add headers of its own.
void require_one_word(const std::string& key, const std::string& origin) {
  const auto is_visible = [](char byte) { return byte > ' ' && byte < 0x7F; };
  if (std::ranges::all_of(key, is_visible)) return;
  reject(fmt::format("the API key in {} holds blanks or characters that no key has", origin),
         "it must be the key alone, on one line");
}

}  // namespace

ApiKey::ApiKey(const EndpointOptions& options) {
  if (!options.api_key_env.empty()) {
    key_ = from_environment(options.api_key_env);
    require_one_word(key_, "the environment variable " + options.api_key_env);
  } else if (!options.api_key_file.empty()) {
    key_ = from_file(options.api_key_file);
    require_one_word(key_, fmt::format("'{}'", options.api_key_file));
  }
}

ApiKey::~ApiKey() { wipe(key_); }

std::string ApiKey::header() const { return "Authorization: Bearer " + key_; }

std::string ApiKey::without_key(std::string text) const {
  if (key_.empty()) return text;
  for (std::size_t at = text.find(key_); at != std::string::npos; at = text.find(key_, at))
    text.replace(at, key_.size(), shown_instead);
  return text;
}

}  // namespace foundation::endpoints
