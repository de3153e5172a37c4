#pragma once

#include <string>
#include <string_view>

namespace foundation::endpoints::detail {

/// Where completions are asked for below a base URL ("http://localhost:8080/v1"). Throws
/// core::Error{bad_input} for one that is not http or https, names no host, or holds a user name,
/// a query or a fragment: they would end up in messages.
[[nodiscard]] std::string completions_url(std::string_view base);

/// The host is this machine itself, so no proxy stands in between.
[[nodiscard]] bool is_local(std::string_view url) noexcept;

}  // namespace foundation::endpoints::detail
