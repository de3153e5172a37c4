#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/time.hpp"

namespace foundation::endpoints::detail {

struct HttpRequest {
  std::string url{};
  std::string body{};           ///< JSON, sent by POST
  std::string authorization{};  ///< a whole header; empty: none
  std::string ca_file{};        ///< empty: the system's certificates
  core::Duration timeout{0};
};

struct HttpResponse {
  enum class End : std::uint8_t {
    complete,    ///< `status` and `body` are what the server sent
    timed_out,   ///< not within the request's time limit
    no_contact,  ///< no connection: refused, unknown host, no route
    untrusted,   ///< its certificate proves nothing, or the URL cannot be used at all
    cut,         ///< the connection ended in the middle
  };
  End end = End::complete;
  long status = 0;
  std::string body{};
  std::optional<core::Duration> retry_after{};
  std::string error{};  ///< in words, unless complete
  bool reused = false;  ///< over a connection that had served before
  bool began = false;   ///< at least one byte of the answer came
};

/// Sends requests, each on the calling thread's behalf. From any thread.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Blocks until the request has ended, one way or the other.
  [[nodiscard]] virtual HttpResponse perform(const HttpRequest& request) = 0;
};

/// Throws core::Error{bad_input} in a build without libcurl, saying what to install.
void require_transport();
/// Throws likewise.
[[nodiscard]] std::unique_ptr<Transport> make_transport();

}  // namespace foundation::endpoints::detail
