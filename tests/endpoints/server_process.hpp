#pragma once

#include <string>
#include <vector>
#include <sys/types.h>

#include <nlohmann/json.hpp>

#include "endpoints/client.hpp"

namespace foundation::endpoints {

/// The test server as a process of its own, ended with this object.
class ServerProcess {
 public:
  explicit ServerProcess(std::vector<std::string> arguments = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// Ends it as kill -9 does.
  void kill();
  [[nodiscard]] std::string url(const std::string& scheme = "http") const;
  [[nodiscard]] int port() const noexcept { return port_; }
  /// What it has seen; not over TLS.
  [[nodiscard]] nlohmann::json stats() const;

 private:
  pid_t process_ = -1;
  int port_ = 0;
};

/// A folder that is gone with this object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// Options for one endpoint without a cache; short time limits.
[[nodiscard]] ClientOptions options_for(const std::string& url);
/// A request in the prompt format, with one demonstration a label; `model` may ask for trouble.
[[nodiscard]] Request request_for(const std::string& text, const std::string& model = "nearest");
/// The completion; fails the test with the failure's text if there is none.
[[nodiscard]] Completion completion_of(const Reply& reply);
[[nodiscard]] Failure failure_of(const Reply& reply);

}  // namespace foundation::endpoints
