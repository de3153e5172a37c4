#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/time.hpp"
#include "endpoints/completion.hpp"
#include "endpoints/detail/http.hpp"

namespace foundation::endpoints::detail {

/// What can come instead of a completion, as far as the remedy differs.
enum class TroubleKind : std::uint8_t {
  refused,       ///< 4xx: the request is at fault and will be the next time
  bad_output,    ///< 500, because the model's output was no text
  denied,        ///< 401, 403
  not_found,     ///< 404, 405: no such path, or no such model
  untrusted,     ///< TLS
  limited,       ///< 429
  overloaded,    ///< 503 (loading, or full), 502, 504, 529: the server is there, but not ready
  server_error,  ///< any other 5xx, 408, 425
  unusable,      ///< 200 with something else than a completion
  timeout,
  no_contact,
  cut,
};

struct Trouble {
  TroubleKind kind = TroubleKind::unusable;
  std::string message{};
  std::optional<core::Duration> retry_after{};
};

/// Reads a response. Never throws for what a server sends.
[[nodiscard]] std::variant<Completion, Trouble> judge(const HttpResponse& response);

/// The body of the request: JSON, the same bytes for the same request. Throws core::Error
/// {bad_input} for texts that are not UTF-8 and a response format that is not JSON.
[[nodiscard]] std::string body_of(const Request& request);

/// A completion as it is kept in the cache, and back; nothing for anything else.
[[nodiscard]] std::string pack(const Completion& completion);
[[nodiscard]] std::optional<Completion> unpack(const std::string& text);

}  // namespace foundation::endpoints::detail
