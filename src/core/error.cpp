#include "core/error.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/terminal_text.hpp"

namespace foundation::core {

namespace {

constexpr std::size_t longest_part = 4096;
constexpr std::size_t longest_excerpt = 200;

/// The line with a mark below the column. A tab takes one column there, as it does in `column`.
std::string excerpt(const Place& place) {
  std::string line = place.text;
  std::replace(line.begin(), line.end(), '\t', ' ');
  std::string text = fmt::format("\n {:>4} | {}", place.line, visible(line, longest_excerpt));
  if (place.column != 0 && place.column <= longest_excerpt)
    text += fmt::format("\n      | {:>{}}", "^", place.column);
  return text;
}

}  // namespace

Error::Error(ErrorKind kind, std::string message, std::string hint)
    : Error{kind, Place{}, std::move(message), std::move(hint)} {}

Error::Error(ErrorKind kind, Place place, std::string message, std::string hint)
    : std::runtime_error{std::move(message)},
      kind_{kind},
      place_{std::move(place)},
      hint_{std::move(hint)} {}

std::string describe(const Error& error) {
  // File names, values and lines of files come from outside.
  std::string text = fmt::format("error: {}", visible(error.what(), longest_part));
  const Place& place = error.place();
  if (!place.file.empty()) {
    text += fmt::format("\n  --> {}", visible(place.file, longest_part));
    if (place.line != 0) text += fmt::format(":{}", place.line);
    if (place.line != 0 && place.column != 0) text += fmt::format(":{}", place.column);
  }
  if (!place.text.empty() && place.line != 0) text += excerpt(place);
  if (!error.hint().empty())
    text += fmt::format("\n  help: {}", visible(error.hint(), longest_part));
  return text;
}

Error system_error(std::string_view action, std::string_view path, int error_number) {
  return Error{ErrorKind::io,
               fmt::format("cannot {} '{}': {}", action, path, std::strerror(error_number))};
}

int exit_status(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::usage:
    case ErrorKind::bad_input:
    case ErrorKind::conflict: return 2;
    case ErrorKind::no_result: return 4;
    case ErrorKind::io:
    case ErrorKind::corrupt_data:
    case ErrorKind::infrastructure: return 5;
    case ErrorKind::internal: break;
  }
  return 70;
}

}  // namespace foundation::core
