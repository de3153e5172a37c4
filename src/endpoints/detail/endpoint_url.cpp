#include "endpoints/detail/endpoint_url.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation::endpoints::detail {
namespace {

constexpr std::string_view path = "/chat/completions";

[[noreturn]] void reject(std::string_view url, std::string_view problem) {
  throw core::Error{core::ErrorKind::bad_input, fmt::format("the endpoint '{}' {}", url, problem),
                    "write its base URL, for example \"http://localhost:8080/v1\""};
}

/// What follows "://".
std::string_view authority_and_path(std::string_view url) noexcept {
  const std::size_t scheme = url.find("://");
  return scheme == std::string_view::npos ? std::string_view{} : url.substr(scheme + 3);
}

std::string_view authority_of(std::string_view url) noexcept {
  const std::string_view rest = authority_and_path(url);
  return rest.substr(0, rest.find('/'));
}

}  // namespace

std::string completions_url(std::string_view base) {
  if (!base.starts_with("http://") && !base.starts_with("https://"))
    reject(base, "is neither http nor https");
  const auto is_visible = [](char byte) { return byte > ' ' && byte < 0x7F; };
  if (!std::ranges::all_of(base, is_visible)) reject(base, "holds blanks or other than ASCII");
  // A name and password there are secrets that would show in messages.
  const std::string_view authority = authority_of(base);
  if (authority.find('@') != std::string_view::npos)
    reject(authority.substr(authority.rfind('@')),
           "holds a user name: keys belong in api_key_env or api_key_file");
  if (authority.empty() || authority.front() == ':') reject(base, "names no host");
  if (base.find_first_of("?#") != std::string_view::npos)
    reject(base.substr(0, base.find_first_of("?#")), "has a query or a fragment");
  while (base.ends_with('/')) base.remove_suffix(1);
  if (base.ends_with(path)) base.remove_suffix(path.size());
  return fmt::format("{}{}", base, path);
}

bool is_local(std::string_view url) noexcept {
  const std::string_view authority = authority_of(url);
  if (authority.starts_with("[::1]")) return true;
  const std::string_view host = authority.substr(0, authority.find(':'));
  return host == "localhost" || host.starts_with("127.");
}

}  // namespace foundation::endpoints::detail
