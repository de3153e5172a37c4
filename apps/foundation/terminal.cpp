#include "terminal.hpp"

#include <cstdlib>
#include <unistd.h>

#include <fmt/format.h>

namespace foundation {
namespace {

std::string_view variable(const char* name) noexcept {
  const char* text = std::getenv(name);
  return text == nullptr ? std::string_view{} : std::string_view{text};
}

}  // namespace

bool wants_colour(std::FILE* stream) noexcept {
  if (!variable("NO_COLOR").empty()) return false;
  if (!variable("FORCE_COLOR").empty()) return true;
  const std::string_view terminal = variable("TERM");
  return isatty(fileno(stream)) == 1 && !terminal.empty() && terminal != "dumb";
}

std::string in_colour(std::string_view text, Colour colour, bool wanted) {
  if (!wanted || colour == Colour::none) return std::string{text};
  const int code = colour == Colour::green ? 32 : colour == Colour::yellow ? 33 : 31;
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace foundation
