#pragma once

#include <string>
#include <string_view>

#include "endpoints/options.hpp"

namespace foundation::endpoints {

/// The secret of one endpoint, or none. It leaves this object in one way only, as a header of a
/// request; its memory is wiped in the end.
class ApiKey {
 public:
  ApiKey() = default;
  /// Reads the key from the variable or the file that the options name. Throws
  /// core::Error{bad_input} that says which is missing, empty, or open to others, never the key.
  explicit ApiKey(const EndpointOptions& options);
  ApiKey(ApiKey&&) noexcept = default;
  ApiKey& operator=(ApiKey&&) = delete;
  ~ApiKey();

  [[nodiscard]] bool is_set() const noexcept { return !key_.empty(); }
  /// "Authorization: Bearer ...": servers compare the word with its capital B.
  [[nodiscard]] std::string header() const;
  /// `text` with every occurrence of the key made unreadable: servers may repeat it in errors.
  [[nodiscard]] std::string without_key(std::string text) const;

 private:
  std::string key_;
};

}  // namespace foundation::endpoints
