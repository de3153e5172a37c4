#pragma once

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace foundation {

/// Prints JSON for whoever reads it, a terminal too: all but ASCII is escaped, so nothing in a name
/// or a text is obeyed; what is no UTF-8 becomes U+FFFD instead of an error.
inline void print_json(const nlohmann::json& value) {
  fmt::print("{}\n", value.dump(2, ' ', true, nlohmann::json::error_handler_t::replace));
}

}  // namespace foundation
