#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "core/descriptor.hpp"
#include "core/unique_handle.hpp"

namespace foundation::lm_server {

struct ContextPolicy {
  using Raw = SSL_CTX*;
  static Raw null() noexcept { return nullptr; }
  static void close(Raw raw) noexcept { SSL_CTX_free(raw); }
};
using TlsContext = core::UniqueHandle<ContextPolicy>;

/// Throws std::runtime_error when the certificate or its key cannot be used.
[[nodiscard]] TlsContext make_tls(const std::string& certificate, const std::string& key);

struct HttpMessage {
  std::string method;
  std::string path;
  std::string authorization;
  std::string body;
};

/// A connection of a client, with TLS or without. One thread.
class Connection {
 public:
  /// `tls` may be null.
  Connection(core::Descriptor socket, SSL_CTX* tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The next request; nothing when the client has gone, or stayed idle for so long.
  [[nodiscard]] std::optional<HttpMessage> receive(int idle_ms);
  void send(std::string_view bytes);
  /// Waits until the client has gone.
  void await_end();

 private:
  [[nodiscard]] bool fill();
  [[nodiscard]] bool await_bytes(int limit_ms);

  core::Descriptor socket_;
  SSL* tls_ = nullptr;
  bool usable_ = true;
  std::string buffer_;
};

}  // namespace foundation::lm_server
