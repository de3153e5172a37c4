#include "core/error.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace foundation::core {

Error::Error(ErrorKind kind, std::string message, std::string hint)
    : Error{kind, Place{}, std::move(message), std::move(hint)} {}

Error::Error(ErrorKind kind, Place place, std::string message, std::string hint)
    : std::runtime_error{std::move(message)},
      kind_{kind},
      place_{std::move(place)},
      hint_{std::move(hint)} {}

std::string describe(const Error& error) {
  std::string text = fmt::format("error: {}", error.what());
  const Place& place = error.place();
  if (!place.file.empty()) {
    text += fmt::format("\n  --> {}", place.file);
    if (place.line != 0) text += fmt::format(":{}", place.line);
    if (place.line != 0 && place.column != 0) text += fmt::format(":{}", place.column);
  }
  if (!place.text.empty() && place.line != 0) {
    text += fmt::format("\n {:>4} | {}", place.line, place.text);
    if (place.column != 0) text += fmt::format("\n      | {:>{}}", "^", place.column);
  }
  if (!error.hint().empty()) text += fmt::format("\n  help: {}", error.hint());
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
