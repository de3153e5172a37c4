#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace foundation::programs::detail {

/// A POSIX extended regular expression. The C library's matcher knows no recursion, so no text can
/// use up the stack, and answers the same for the same text: no locale is set in this program.
class Pattern {
 public:
  /// Throws core::Error{bad_input} saying what is wrong with it.
  explicit Pattern(const std::string& pattern);

  /// The pattern matches the whole text.
  [[nodiscard]] bool matches(std::string_view text) const;
  /// Of the last line with a match the last match: its first group, or all of it without groups.
  [[nodiscard]] std::optional<std::string> last_match(std::string_view text) const;

 private:
  struct Compiled;
  struct Free {
    void operator()(Compiled* compiled) const noexcept;
  };
  [[nodiscard]] std::optional<std::string> last_in_line(std::string_view line) const;
  std::unique_ptr<Compiled, Free> compiled_;
};

}  // namespace foundation::programs::detail
