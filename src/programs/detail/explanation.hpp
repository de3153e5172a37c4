#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "programs/program.hpp"

/// Short sentences about answers, for whoever improves a program. Pure.
namespace foundation::programs::detail {

/// What there is to say about an output that is no answer; empty for one that is.
[[nodiscard]] std::string explain_failure(const CellOutput& output);

/// A text in backquotes, on one line, cut where it is long.
[[nodiscard]] std::string quoted(std::string_view text);

/// A wrong answer and the one that was expected: "The answer was `x`, expected `y`." and what is
/// nearly right about it.
[[nodiscard]] std::string explain_mismatch(std::string_view answer, std::string_view label);

/// "`a`, `b` and 3 more".
[[nodiscard]] std::string listed_words(const std::vector<std::string>& words);

}  // namespace foundation::programs::detail
