#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace foundation::capture {

struct KeyValue {
  std::string key;
  std::optional<std::string> value;  ///< none: the key stands alone
};

/// Whether a value in JSON may be an array of texts, which then becomes one text: list_text().
enum class Arrays { refused, allowed };

/// Reads a list of settings in either of two forms: a JSON object, or `key=value` between
/// `separators`, split at the first '='. Blanks around keys and values do not count; numbers and
/// truth values of JSON become text. `what` names the list in messages ("scope"). Throws
/// core::Error{usage}.
[[nodiscard]] std::vector<KeyValue> parse_key_values(const std::string& text,
                                                     std::string_view separators,
                                                     std::string_view what,
                                                     Arrays arrays = Arrays::refused);

/// The error for a key that is none of `keys`, with the nearest one.
[[nodiscard]] core::Error unknown_key(std::string_view key, std::string_view what,
                                      std::span<const std::string_view> keys);

/// The parts of a text between any of the separators; empty ones are left out.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                  std::string_view separators);

/// Texts between commas; a comma that belongs to a text has a backslash before it, and so has a
/// backslash.
[[nodiscard]] std::string list_text(const std::vector<std::string>& texts);
/// These texts again, without blanks around them and without empty ones.
[[nodiscard]] std::vector<std::string> parse_list(std::string_view text);

}  // namespace foundation::capture
