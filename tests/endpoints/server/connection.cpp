#include "connection.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace foundation::lm_server {
namespace {

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

/// The value of a header in the head of a message; empty without it.
std::string_view header(std::string_view head, std::string_view name) {
  const std::string small = lower(head);
  const std::size_t at = small.find("\r\n" + std::string{name} + ":");
  if (at == std::string::npos) return {};
  std::string_view value = head.substr(at + name.size() + 3);
  value = value.substr(0, value.find("\r\n"));
  while (value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

}  // namespace

TlsContext make_tls(const std::string& certificate, const std::string& key) {
  TlsContext context{SSL_CTX_new(TLS_server_method())};
  if (!context || SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error{"the certificate cannot be used"};
  return context;
}

Connection::Connection(core::Descriptor socket, SSL_CTX* tls) : socket_{std::move(socket)} {
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (tls == nullptr) return;
  tls_ = SSL_new(tls);
  SSL_set_fd(tls_, socket_.get());
  usable_ = SSL_accept(tls_) == 1;
}

Connection::~Connection() {
  if (tls_ != nullptr) SSL_free(tls_);
}

bool Connection::await_bytes(int limit_ms) {
  if (tls_ != nullptr && SSL_pending(tls_) > 0) return true;
  pollfd wanted{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&wanted, 1, limit_ms) > 0;
}

bool Connection::fill() {
  std::array<char, 16384> part{};
  const auto size = tls_ != nullptr
                        ? SSL_read(tls_, part.data(), static_cast<int>(part.size()))
                        : static_cast<int>(::recv(socket_.get(), part.data(), part.size(), 0));
  if (size <= 0) return false;
  buffer_.append(part.data(), static_cast<std::size_t>(size));
  return true;
}

std::optional<HttpMessage> Connection::receive(int idle_ms) {
  if (!usable_) return std::nullopt;
  if (buffer_.empty() && (!await_bytes(idle_ms) || !fill())) return std::nullopt;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return std::nullopt;
  const std::string head = buffer_.substr(0, end);
  HttpMessage message;
  const std::size_t space = head.find(' ');
  message.method = head.substr(0, space);
  message.path = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
  message.authorization = header(head, "authorization");
  std::size_t length = 0;
  const std::string_view written = header(head, "content-length");
  std::from_chars(written.data(), written.data() + written.size(), length);
  while (buffer_.size() < end + 4 + length)
    if (!fill()) return std::nullopt;
  message.body = buffer_.substr(end + 4, length);
  buffer_.erase(0, end + 4 + length);
  return message;
}

void Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size =
        tls_ != nullptr
            ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
            : static_cast<int>(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (size <= 0) return;  // the client has gone
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void Connection::await_end() {
  while (await_bytes(-1) && fill()) buffer_.clear();
}

}  // namespace foundation::lm_server
